"""From measurements to verdicts: metrics, doubts, holds, fails or inconclusive."""

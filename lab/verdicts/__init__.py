"""Judge measurements: metrics, doubts, and the verdict holds, fails or inconclusive."""

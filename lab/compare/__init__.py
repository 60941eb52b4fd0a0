"""Compare two runs, and tell differences beyond chance from the others."""

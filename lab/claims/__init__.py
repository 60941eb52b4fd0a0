"""The ledger: each sentence of three articles, how it is read, and what decides it."""

"""The ledger: claims of three articles, each with its reading and the rule that decides it."""

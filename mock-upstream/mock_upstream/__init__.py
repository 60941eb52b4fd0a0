"""The mock upstream: a slow service whose delay and faults are set by a live dial."""

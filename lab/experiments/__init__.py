"""Experiments: what is sent to which servers, what theory says of it, and running it."""

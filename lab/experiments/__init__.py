"""Experiments: the load, the servers, and the prediction from theory."""

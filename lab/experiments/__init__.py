"""Experiments: the load and the servers, the prediction from theory, and the run."""

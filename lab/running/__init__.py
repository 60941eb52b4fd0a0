"""Runs an experiment on its own servers. Every file of results is measured here."""

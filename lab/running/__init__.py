"""Runs an experiment on its own servers. Everything that the lab measures is measured here."""

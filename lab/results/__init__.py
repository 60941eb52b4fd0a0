"""Runs on disk: write measurements to files and read them back. See docs/results.md."""

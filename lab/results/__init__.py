"""Runs on disk: what was measured, in files that every later step reads. See docs/results.md."""

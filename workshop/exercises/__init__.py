"""Exercises: a task, a starting state, and a short experiment that grades the result."""

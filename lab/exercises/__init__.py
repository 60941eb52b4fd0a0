"""Exercises: a task with a starting state, and a short experiment that says whether it is done."""

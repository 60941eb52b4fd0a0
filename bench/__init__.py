"""The lab's own speed against its targets. Run all of it with `python -m bench`.

Rules: a target is a ratio of two things measured side by side in one run, never a number of
seconds, so that it can be met on any machine. The two take turns, so that a busy minute falls
on both, and what is compared are medians of three rounds or more. A request that fails makes
its figure worthless, however good it looks.
"""

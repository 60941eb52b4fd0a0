"""Benchmarks of the lab's own speed against its targets. Run all with `python -m bench`.

Rules: a target is a ratio of two values measured side by side in one run, never a number of
seconds, so that any machine can meet it. The two sides take turns, so that a busy minute affects
both. Compared are medians of three rounds or more. One failed request makes a result invalid.
"""

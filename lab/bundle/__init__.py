"""One archive for a room without internet: the repository, its handouts, its wheels, its images.

Whoever unpacks it needs neither git nor a network. What a room's machine runs
of this package (`contents`, `fit`, `unpacked`) is Python alone.
"""

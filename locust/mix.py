"""The order in which users are dealt out to load workers.

Locust deals the classes out to workers in turn. Two classes and an even number of workers
fall into step: each worker gets one class alone, and different generators measure the two
frameworks.
"""

from collections.abc import Iterator, Sequence
from math import lcm


def in_turn(names: Sequence[str], workers: int) -> Iterator[str]:
    """Yield class names without end, for workers that take one each in turn.

    After every len(names) names, each class has had equally many; after every
    len(names) * workers names, each worker has had equally many of each class.
    """
    falls_into_step = lcm(len(names), workers)
    count = 0
    while True:
        yield names[(count + count // falls_into_step) % len(names)]
        count += 1

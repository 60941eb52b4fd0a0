"""The order in which users are dealt out to load workers.

Locust deals the classes out to workers in turn. Two classes and an even number of
workers fall into step: each worker gets one class alone, and the frameworks are
measured by different generators.
"""

from collections.abc import Iterator, Sequence
from math import lcm


def in_turn(names: Sequence[str], workers: int) -> Iterator[str]:
    """Class names without end, for workers that take one each in turn.

    After every len(names) of them each class has had as many as any other; and
    after every len(names) * workers, each worker has had as many of each class.
    """
    falls_into_step = lcm(len(names), workers)
    count = 0
    while True:
        yield names[(count + count // falls_into_step) % len(names)]
        count += 1

"""Lanes: which worker served which requests, and when.

A lane is one worker. A block is a group of requests that the worker finished together. A wave is
one block after another in a lane.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lab.samples import Sample


@dataclass(frozen=True, slots=True)
class Block:
    """Requests that one worker answered together. Times in seconds from the burst's start."""

    start_s: float
    end_s: float
    count: int


@dataclass(frozen=True, slots=True)
class Lane:
    """The blocks of one worker in a burst, in order of time."""

    worker_pid: int
    blocks: tuple[Block, ...]

    @property
    def count(self) -> int:
        """Number of requests that this worker served."""
        return sum(block.count for block in self.blocks)


def lanes(samples: Iterable[Sample]) -> list[Lane]:
    """Return one lane per worker, sorted by PID. Requests without a worker PID are left out."""
    # groupby joins neighbours only, so sort by worker first.
    served = sorted(
        (each for each in samples if each.worker_pid is not None),
        key=lambda each: (each.worker_pid or 0, each.end_s),
    )
    return [
        Lane(pid or 0, tuple(_blocks(list(group))))
        for pid, group in groupby(served, key=lambda each: each.worker_pid)
    ]


def waves(lanes: Sequence[Lane]) -> int:
    """Return the largest number of blocks in a lane. A burst lasts as long as its longest lane."""
    return max((len(lane.blocks) for lane in lanes), default=0)


def _blocks(served: Sequence[Sample]) -> Iterator[Block]:
    """Split one worker's requests, sorted by end time, into blocks.

    Ends decide, not starts: a worker can pick up a request early and then let it wait for a thread
    or a connection. Two waves end at least one upstream wait apart.
    """
    # Failures do not count for the wait, because many fail at once; only where nothing else exists.
    answered = [each for each in served if not each.error] or served
    # 75 % of the shortest upstream wait: a quarter is left for jitter.
    apart_s = 0.75 * min(each.upstream_s or 0.0 for each in answered)
    wave: list[Sample] = []
    for each in served:
        if wave and each.end_s - wave[0].end_s > apart_s:
            yield _block(wave)
            wave = []
        wave.append(each)
    yield _block(wave)


def _block(wave: Sequence[Sample]) -> Block:
    # From pick-up, not from sending: a request may wait for its worker before the block begins.
    first_s, last_s = min(each.picked_up_s for each in wave), max(each.end_s for each in wave)
    return Block(start_s=first_s, end_s=last_s, count=len(wave))

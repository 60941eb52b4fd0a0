"""Lanes: which worker served what, and when.

A lane is one worker, a block is what it finished together, a wave is one block
after another in a lane.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lab.samples import Sample


@dataclass(frozen=True, slots=True)
class Block:
    """Requests of one worker that were answered together; times count from the burst's start."""

    start_s: float
    end_s: float
    count: int


@dataclass(frozen=True, slots=True)
class Lane:
    """What one worker did in a burst, block after block."""

    worker_pid: int
    blocks: tuple[Block, ...]

    @property
    def count(self) -> int:
        """The requests this worker served."""
        return sum(block.count for block in self.blocks)


def lanes(samples: Iterable[Sample]) -> list[Lane]:
    """One lane per worker, by pid; requests that no worker answered are in none of them."""
    served = sorted(
        (each for each in samples if each.worker_pid is not None),
        key=lambda each: (each.worker_pid or 0, each.end_s),
    )
    return [
        Lane(pid or 0, tuple(_blocks(list(group))))
        for pid, group in groupby(served, key=lambda each: each.worker_pid)
    ]


def waves(lanes: Sequence[Lane]) -> int:
    """The most blocks that any worker needed; the longest lane is what a burst waits for."""
    return max((len(lane.blocks) for lane in lanes), default=0)


def _blocks(served: Sequence[Sample]) -> Iterator[Block]:
    """Cut one worker's requests, by end, at each that could have begun when another had ended.

    Ends and not starts: a request can be picked up early and then wait inside the
    worker for a thread or a connection. A wave ends one wait at the upstream after
    the one before, at the earliest; a quarter of that is left for jitter. Failures
    do not count for it, because many fail at once.
    """
    answered = [each for each in served if not each.error] or served
    apart_s = 0.75 * min(each.upstream_s or 0.0 for each in answered)
    wave: list[Sample] = []
    for each in served:
        if wave and each.end_s - wave[0].end_s > apart_s:
            yield _block(wave)
            wave = []
        wave.append(each)
    yield _block(wave)


def _block(wave: Sequence[Sample]) -> Block:
    first_s, last_s = min(each.picked_up_s for each in wave), max(each.end_s for each in wave)
    return Block(start_s=first_s, end_s=last_s, count=len(wave))

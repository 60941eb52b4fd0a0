"""Blocks in lanes: which worker process answered how many requests, and when, as they come.

    worker 4711  ██████ 4 ██████▒▒▒▒▒▒ 4 ▒▒▒▒▒▒██████ 4 ██████

A block is a group of requests that one worker finished together. Blocks that overlap in
time lie in different rows of the worker's lane. A block keeps its row and its shade, so
that nothing jumps while the picture moves on. lab/lanes.py does the same for a burst
that has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lab.live.tick import Served

KEEP_S = 12
"""Seconds for which a block is shown."""
TOGETHER = 0.75
"""Share of one upstream wait. Answers within it belong to one block, because a worker's next
wave ends a whole wait later, at the earliest."""
MAX_ROWS = 8


@dataclass(slots=True)
class LiveBlock:
    """Requests that one worker answered together.

    `first_to_s` is the time of day, in seconds, of the last answer in the block's first tick.
    `row` counts from 0; `shade` is 0 or 1.
    """

    served: Served
    first_to_s: float
    row: int
    shade: int


@dataclass(slots=True)
class LiveLane:
    """The blocks of one worker process, the oldest first."""

    blocks: list[LiveBlock] = field(default_factory=list)

    def add(self, served: Served) -> None:
        """Add the answers of one tick: extend the last block, or begin the next one."""
        last = self.blocks[-1] if self.blocks else None
        if last and served.to_s - last.first_to_s <= TOGETHER * last.served.upstream_s:
            last.served.add(served)
            return
        row = self._free_row(served.from_s)
        before = next((each for each in reversed(self.blocks) if each.row == row), None)
        shade = 1 - before.shade if before else 0
        # A copy, because the block grows and the tick's own counts must not change.
        copy = Served(served.count, served.from_s, served.to_s, served.upstream_s)
        self.blocks.append(LiveBlock(copy, served.to_s, row, shade))

    def forget(self, before_s: float) -> None:
        """Remove the blocks that ended before a time of day, in seconds."""
        self.blocks = [each for each in self.blocks if each.served.to_s >= before_s]

    @property
    def rows(self) -> int:
        """Number of rows that the blocks need, at least 1."""
        return max((each.row + 1 for each in self.blocks), default=1)

    def _free_row(self, from_s: float) -> int:
        # A lane with blocks in all MAX_ROWS rows puts further blocks into its last row.
        ends = {each.row: each.served.to_s for each in self.blocks}
        free = (row for row in range(MAX_ROWS) if ends.get(row, 0.0) <= from_s + SLACK_S)
        return next(free, MAX_ROWS - 1)


SLACK_S = 0.1
"""Overlap in seconds that counts as none: two processes' clocks differ, and times are rounded."""


@dataclass(slots=True)
class Lanes:
    """The lanes of one target, by the worker's PID."""

    by_pid: dict[int, LiveLane] = field(default_factory=dict)

    def add(self, served: Mapping[int, Served]) -> None:
        """Add the answers of one tick, by the worker's PID. Call it in the order of the ticks."""
        for pid, each in served.items():
            self.by_pid.setdefault(pid, LiveLane()).add(each)

    def forget(self, before_s: float) -> None:
        """Remove the blocks of all lanes that ended before a time of day, in seconds."""
        for lane in self.by_pid.values():
            lane.forget(before_s)

    def rows(
        self, now_s: float, *, workers: int | None, pids: Sequence[int] = ()
    ) -> list[dict[str, object]]:
        """Return the blocks of the last KEEP_S seconds, as in docs/state.md but without `target`.

        `now_s` is the end of the chart, a time of day in seconds. `workers` is the target's number
        of worker processes, None where unknown; `pids` are theirs as far as they are told. Lanes
        count from 0, in the order of PIDs. A worker with an unknown PID has a lane whose `pid` is
        None. A PID that is not told has a lane while it has blocks, and without blocks only while
        there are no more PIDs than workers.
        """
        seen = {pid for pid, lane in self.by_pid.items() if lane.blocks} | set(pids)
        quiet = [pid for pid in self.by_pid if pid not in seen]
        known = sorted([*seen, *quiet[: max(0, (workers or 0) - len(seen))]])
        lanes: list[int | None] = [*known, *[None] * ((workers or 0) - len(known))]
        found: list[dict[str, object]] = []
        for number, pid in enumerate(lanes):
            lane = LiveLane() if pid is None else self.by_pid.get(pid, LiveLane())
            place = {"pid": pid, "worker": number + 1, "lane": number, "rows": lane.rows}
            found += [place | _row(block, now_s) for block in lane.blocks] or [place | NOTHING]
        return found


NOTHING: dict[str, object] = {"row": 0, "from_s": 0.0, "to_s": 0.0, "count": 0, "shade": 0}


def _row(block: LiveBlock, now_s: float) -> dict[str, object]:
    return {
        "row": block.row,
        "from_s": round(max(-KEEP_S, block.served.from_s - now_s), 3),
        "to_s": round(min(0.0, block.served.to_s - now_s), 3),
        "count": block.served.count,
        "shade": block.shade,
    }

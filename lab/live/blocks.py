"""Which worker process served what, and when: blocks in lanes, as they come.

    worker 4711  ██████ 4 ██████▒▒▒▒▒▒ 4 ▒▒▒▒▒▒██████ 4 ██████

A block is what a worker finished together; blocks that overlap in time lie in
different rows of its lane. A block keeps its row and its shade once it has them, so
that nothing jumps while the picture moves on. lab/lanes.py does the same for a burst
that is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.live.tick import Served

KEEP_S = 12
"""For so long blocks are shown."""
TOGETHER = 0.75
"""Of one wait for the upstream: a worker's next wave ends a whole one later, at the earliest."""
MAX_ROWS = 8


@dataclass(slots=True)
class Block:
    """Requests that a worker answered together; times of day in seconds."""

    served: Served
    first_to_s: float
    row: int
    shade: int


@dataclass(slots=True)
class Lane:
    """One worker process."""

    blocks: list[Block] = field(default_factory=list)

    def add(self, served: Served) -> None:
        """What it answered within a tick: more of its last block, or the next one."""
        last = self.blocks[-1] if self.blocks else None
        if last and served.to_s - last.first_to_s <= TOGETHER * last.served.upstream_s:
            last.served.add(served)
            return
        row = self._free_row(served.from_s)
        before = next((each for each in reversed(self.blocks) if each.row == row), None)
        shade = 1 - before.shade if before else 0
        # A copy: the one in the tick goes on being what was counted in the tick.
        copy = Served(served.count, served.from_s, served.to_s, served.upstream_s)
        self.blocks.append(Block(copy, served.to_s, row, shade))

    def forget(self, before_s: float) -> None:
        """Let go of blocks that ended before."""
        self.blocks = [each for each in self.blocks if each.served.to_s >= before_s]

    @property
    def rows(self) -> int:
        """How many rows its blocks need."""
        return max((each.row + 1 for each in self.blocks), default=1)

    def _free_row(self, from_s: float) -> int:
        """The first row whose last block has ended; the fullest lane shares its last row."""
        ends = {each.row: each.served.to_s for each in self.blocks}
        free = (row for row in range(MAX_ROWS) if ends.get(row, 0.0) <= from_s + SLACK_S)
        return next(free, MAX_ROWS - 1)


SLACK_S = 0.1
"""Blocks that overlap by less lie in one row: clocks of two processes, and rounding."""


@dataclass(slots=True)
class Lanes:
    """The lanes of one target, by pid."""

    by_pid: dict[int, Lane] = field(default_factory=dict)

    def add(self, served: Mapping[int, Served]) -> None:
        """What each worker answered within a tick; ticks in order."""
        for pid, each in served.items():
            self.by_pid.setdefault(pid, Lane()).add(each)

    def forget(self, before_s: float) -> None:
        """Let go of all blocks that ended before."""
        for lane in self.by_pid.values():
            lane.forget(before_s)

    def rows(self, now_s: float, *, workers: int | None) -> list[dict[str, object]]:
        """The blocks of the last seconds, as docs/state.md describes them, but for the target.

        Lanes count from 0, by pid. A worker that nobody has heard of has a lane without a
        pid, and a pid with nothing to show that is one too many has none.
        """
        seen = sorted(pid for pid, lane in self.by_pid.items() if lane.blocks)
        quiet = [pid for pid in self.by_pid if pid not in seen]
        known = sorted([*seen, *quiet[: max(0, (workers or 0) - len(seen))]])
        pids: list[int | None] = [*known, *[None] * ((workers or 0) - len(known))]
        found: list[dict[str, object]] = []
        for number, pid in enumerate(pids):
            lane = self.by_pid[pid] if pid is not None else Lane()
            place = {"pid": pid, "lane": number, "rows": lane.rows}
            found += [place | _row(block, now_s) for block in lane.blocks] or [place | NOTHING]
        return found


NOTHING: dict[str, object] = {"row": 0, "from_s": 0.0, "to_s": 0.0, "count": 0, "shade": 0}


def _row(block: Block, now_s: float) -> dict[str, object]:
    return {
        "row": block.row,
        "from_s": round(max(-KEEP_S, block.served.from_s - now_s), 3),
        "to_s": round(min(0.0, block.served.to_s - now_s), 3),
        "count": block.served.count,
        "shade": block.shade,
    }

"""The table, and whether the two tools agree."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from bench.ruler.figures import Burst, Closed

MAX_DEVIATION = 0.03
ENOUGH_FOR_P99 = 1000
"""With fewer answers p99 is one of the ten slowest and depends on chance more than on the tool."""
_NAMES = {"makespan_s": "makespan s", "rate_rps": "rate 1/s", "p50_s": "p50 s", "p99_s": "p99 s"}


class Row(NamedTuple):
    """One figure of one load, by both tools, round by round."""

    load: str
    figure: str
    ours: list[float]
    foreign: list[float]
    tool: str
    judged: bool = True

    def deviation(self) -> float:
        """Relative difference of our median from the other tool's."""
        return median(self.ours) / median(self.foreign) - 1

    def shortfall(self) -> str | None:
        """The missed target as a sentence; None where it is met."""
        if not self.judged or abs(self.deviation()) <= MAX_DEVIATION:
            return None
        return (
            f"{self.load}, {self.figure}: {self.deviation():+.1%} from {self.tool}, "
            f"target {MAX_DEVIATION:.0%}"
        )


def rows(
    load: str, tool: str, ours: Sequence[Burst | Closed], foreign: Sequence[Burst | Closed]
) -> list[Row]:
    """One row per figure of these rounds."""
    return [
        Row(
            load,
            _NAMES[field],
            [getattr(each, field) for each in ours],
            [getattr(each, field) for each in foreign],
            tool,
            # Only p99 needs many answers; the other figures are always judged.
            field != "p99_s" or _answers(foreign) >= ENOUGH_FOR_P99,
        )
        for field in ours[0]._fields
        if field in _NAMES
    ]


def failures(
    load: str, tool: str, ours: Sequence[Burst | Closed], foreign: Sequence[Burst | Closed]
) -> list[str]:
    """One sentence per tool with failed requests."""
    sums = {"the driver": sum(e.failed for e in ours), tool: sum(e.failed for e in foreign)}
    return [f"{load}: {count} requests of {who} failed" for who, count in sums.items() if count]


def print_table_head() -> None:
    """Print the column names."""
    print("median (least to most) of three rounds")
    print(f"{'load':<40}{'figure':<12}{'driver':<26}{'':6}{'':26}{'apart':>7}")


def print_row(row: Row) -> None:
    """Print one figure as soon as it is known."""
    print(
        f"{row.load:<40}{row.figure:<12}{_spread(row.ours):<26}{row.tool:<6}"
        f"{_spread(row.foreign):<26}{row.deviation():>+7.1%}"
        + ("" if row.judged else "  not judged: few answers"),
        flush=True,
    )


def verdict(shortfalls: Sequence[str]) -> int:
    """Print the missed targets; return 0 where there are none, 1 otherwise."""
    print("\n" + ("\n".join(shortfalls) or f"they agree within {MAX_DEVIATION:.0%}"))
    return 1 if shortfalls else 0


def _answers(loads: Sequence[Burst | Closed]) -> int:
    return min(load.answers for load in loads if isinstance(load, Closed))


def _spread(numbers: list[float]) -> str:
    return f"{median(numbers):.4g} ({min(numbers):.4g}-{max(numbers):.4g})"

"""The table, and whether it meets the targets."""

from statistics import median
from typing import NamedTuple

from bench.services.variants import Variant
from bench.upstream.load import Load


class Row(NamedTuple):
    """The counted bursts of one variant and of its reference variant; [] without a reference."""

    variant: Variant
    loads: list[Load]
    over: list[Load]

    def ratio(self) -> float:
        """Median makespan divided by the reference's."""
        return _makespan_s(self.loads) / _makespan_s(self.over)

    def failed(self) -> int:
        """Number of requests without status 200 in all counted bursts."""
        return sum(load.errors for load in self.loads)

    def shortfall(self) -> str | None:
        """The missed target as a sentence; None where it is met."""
        variant = self.variant
        who = f"{variant.name}, {variant.workers} worker{'s' if variant.workers > 1 else ''}"
        if self.failed():
            return f"{who}: {self.failed()} requests failed"
        if self.over and not variant.least <= self.ratio() <= variant.most:
            return f"{who}: {self.ratio():.2f} x {variant.over}, target {variant.target()}"
        return None


def rows(runs: dict[Variant, list[Load]]) -> list[Row]:
    """Each variant with its reference."""
    # The reference has the same number of workers.
    loads = {(variant.name, variant.workers): runs[variant] for variant in runs}
    return [
        Row(variant, runs[variant], loads.get((variant.over, variant.workers), []))
        for variant in runs
    ]


def print_table(table: list[Row]) -> None:
    """Print one line per variant."""
    print(f"{'variant':<22}  workers  {'makespan in s':^22}  failed  {'ratio':<18}  target")
    for row in table:
        ratio = f"{row.ratio():.2f} x {row.variant.over}" if row.over else ""
        print(
            f"{row.variant.name:<22}  {row.variant.workers:>7}  {_spread(row.loads):<22}  "
            f"{row.failed():>6}  {ratio:<18}  {_met(row)}".rstrip()
        )


def verdict(table: list[Row]) -> int:
    """Print the missed targets; return 0 where there are none, 1 otherwise."""
    shortfalls = [shortfall for row in table if (shortfall := row.shortfall())]
    print("\n" + ("\n".join(shortfalls) or "every target was met"))
    return 1 if shortfalls else 0


def _met(row: Row) -> str:
    if not row.variant.target():
        return ""
    return f"{row.variant.target()}: {'MISSED' if row.shortfall() else 'met'}"


def _makespan_s(loads: list[Load]) -> float:
    return median(load.makespan_s for load in loads)


def _spread(loads: list[Load]) -> str:
    makespans_s = [load.makespan_s for load in loads]
    return f"{median(makespans_s):6.3f} ({min(makespans_s):.3f}-{max(makespans_s):.3f})"

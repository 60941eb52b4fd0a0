"""The table, and whether it meets the targets."""

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from bench.dashboard.loads import Load
from bench.dashboard.measuring import Result, Spent

BARE, CLOSED, OPEN = "bare Locust", "page closed", "page open"
LEAST_RATIO = 0.90
LEAST_REFRESHES_PER_S = 0.75  # the tab's interval is one second
QUIET_CORES = 0.2


class Row(NamedTuple):
    """One load on one side, with bare Locust's results of the same rounds."""

    load: Load
    side: str
    results: list[Result]
    bare: list[Result]

    def ratio(self) -> float:
        """Median over the rounds of the throughput relative to bare Locust in the same round."""
        # Ratios per round first, then the median: a busy round affects both sides of its own ratio.
        return median(
            result.throughput_rps / bare.throughput_rps
            for result, bare in zip(self.results, self.bare, strict=True)
        )

    def shortfall(self) -> str | None:
        """The missed target as a sentence; None where all are met."""
        who = f"{self.load}, {self.side}"
        if failed := sum(result.failed for result in self.results):
            return f"{who}: {failed} requests failed"
        if self.side != OPEN:
            return None
        if self.refreshes_per_s() < LEAST_REFRESHES_PER_S:
            return (
                f"{who}: refreshed {self.refreshes_per_s():.2f} times per second, "
                f"target at least {LEAST_REFRESHES_PER_S:.2f}"
            )
        if not all(result.drawn and result.drawn.charts for result in self.results):
            return f"{who}: a whole window in which no chart changed"
        if self.ratio() < LEAST_RATIO:
            return f"{who}: {self.ratio():.2f} of bare Locust, target at least {LEAST_RATIO:.2f}"
        return None

    def refreshes_per_s(self) -> float:
        """Requests for the state per second, in the slowest round; 0 without a tab."""
        return min(each.drawn.refreshes_per_s if each.drawn else 0.0 for each in self.results)

    def cores(self) -> Spent:
        """Cores used by each part: CPU seconds per second, medians."""
        return Spent(
            *(
                median(result.spent[part] / result.seconds for result in self.results)
                for part in range(len(Spent._fields))
            )
        )


def rows(results: Mapping[tuple[Load, str], list[Result]]) -> list[Row]:
    """One row per load and side, each with bare Locust's results."""
    return [Row(load, side, found, results[load, BARE]) for (load, side), found in results.items()]


def print_table(table: list[Row]) -> None:
    """Print one line per row."""
    print(
        f"{'':<24}  {'':<11}  {'':<19}  {'CPU s per':>9}  {'cores kept busy by'}\n"
        f"{'load':<24}  {'sent by':<11}  {'requests per second':<19}  {'1,000':>9}  "
        f"{'load':>5}  {'page':>5}  {'browser':>7}  {'others':>6}  refreshes  ratio  target"
    )
    for row in table:
        cores = row.cores()
        cpu_s = median(result.load_cpu_per_1000_s for result in row.results)
        print(
            f"{row.load!s:<24}  {row.side:<11}  {_spread(row.results):<19}  {cpu_s:>9.3f}  "
            f"{cores.load_s:>5.2f}  {cores.page_s:>5.2f}  {cores.browser_s:>7.2f}  "
            f"{cores.others_s:>6.2f}  {_refreshes(row):>9}  {_met(row)}".rstrip()
        )


def verdict(table: list[Row]) -> int:
    """Print the missed targets; return 0 where there are none, 1 otherwise."""
    others = max(result.spent.others_s / result.seconds for row in table for result in row.results)
    # Only a warning: the ratio may still be right.
    if others > QUIET_CORES:
        print(f"\nmay be unstable: other programs kept up to {others:.1f} cores busy")
    shortfalls = [shortfall for row in table if (shortfall := row.shortfall())]
    print("\n" + ("\n".join(shortfalls) or "every target was met"))
    return 1 if shortfalls else 0


def _met(row: Row) -> str:
    if row.side == BARE:
        return ""
    if row.side == CLOSED:
        return f"{row.ratio():>5.2f}"
    met = "MISSED" if row.shortfall() else "met"
    return f"{row.ratio():>5.2f}  at least {LEAST_RATIO:.2f}: {met}"


def _refreshes(row: Row) -> str:
    return f"{row.refreshes_per_s():.2f} / s" if row.side == OPEN else ""


def _spread(results: list[Result]) -> str:
    found = [result.throughput_rps for result in results]
    return f"{median(found):,.0f} ({min(found):,.0f}-{max(found):,.0f})"

"""The tables, and whether they meet the targets."""

from statistics import median
from typing import NamedTuple

from bench.upstream.load import Load

MAX_RATIO = 1.10
MAX_COST = 0.10


class Row(NamedTuple):
    """All runs of one size; `not_run` is the reason why there are none."""

    requests: int
    nginx: list[Load]
    mock: list[Load]
    not_run: str | None

    def ratio(self) -> float:
        """Median makespan of the mock upstream divided by nginx's."""
        return _makespan_s(self.mock) / _makespan_s(self.nginx)

    def errors(self) -> tuple[int, int]:
        """Requests without status 200 in all rounds: nginx's, the mock upstream's."""
        return sum(run.errors for run in self.nginx), sum(run.errors for run in self.mock)

    def shortfall(self) -> str | None:
        """The missed target as a sentence; None where it is met."""
        if self.not_run:
            return f"{self.requests}: not run: {self.not_run}"
        # A failed request makes the figure invalid, however good it looks.
        if self.errors()[1]:
            return f"{self.requests}: {self.errors()[1]} requests had no answer"
        if self.ratio() > MAX_RATIO:
            return f"{self.requests}: ratio {self.ratio():.3f}, target {MAX_RATIO:.2f}"
        return None


class Cost(NamedTuple):
    """CPU time of one request in microseconds, with the ledger and without."""

    counted_us: float
    uncounted_us: float

    def share(self) -> float:
        """Extra CPU time of the ledger, relative to the time without it."""
        return self.counted_us / self.uncounted_us - 1

    def shortfall(self) -> str | None:
        """The missed target as a sentence; None where it is met."""
        if self.share() <= MAX_COST:
            return None
        return f"statistics: {self.share():.1%} more CPU time, target {MAX_COST:.0%}"


def print_table_head() -> None:
    """Print the column names."""
    print("burst of requests that wait 1 s each; median makespan (fastest to slowest round)")
    print(f"{'size':>6}  {'nginx':^21}  {'mock-upstream':^21}  ratio  target  errors")


def print_row(row: Row) -> None:
    """Print one size as soon as it is known."""
    if row.not_run:
        print(f"{row.requests:>6}  not run: {row.not_run}", flush=True)
        return
    print(
        f"{row.requests:>6}  {_spread(row.nginx)}  {_spread(row.mock)}  "
        f"{row.ratio():.3f}  {MAX_RATIO:>6.2f}  {row.errors()[0]} / {row.errors()[1]}",
        flush=True,
    )


def print_cost(cost: Cost) -> None:
    """Print the cost of the statistics."""
    print(
        f"\nCPU time of a request: {cost.counted_us:.1f} us with statistics, "
        f"{cost.uncounted_us:.1f} us without: {cost.share():+.1%}, target {MAX_COST:.0%}"
    )


def verdict(rows: list[Row], cost: Cost) -> int:
    """Print the missed targets; return 0 where there are none, 1 otherwise."""
    shortfalls = [each for each in (*(row.shortfall() for row in rows), cost.shortfall()) if each]
    print("\n" + ("\n".join(shortfalls) or "every target was met"))
    return 1 if shortfalls else 0


def _makespan_s(runs: list[Load]) -> float:
    return median(run.makespan_s for run in runs)


def _spread(runs: list[Load]) -> str:
    makespans_s = [run.makespan_s for run in runs]
    return f"{median(makespans_s):6.3f} ({min(makespans_s):.3f}-{max(makespans_s):.3f})"

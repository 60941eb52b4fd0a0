"""The way of a cell's requests on one machine, and what theory predicts for the cell."""

from dataclasses import dataclass

from bench.theory.costs import Cost
from bench.theory.grid import DELAY_S, Cell
from lab import theory
from lab.targets import ROUTES
from lab.theory import Station, Way

WORKER = "worker"
PROCESSORS = ("processor", "load generator", "upstream", "machine")
"""Stations whose slots are cores."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """Answers per second, seconds of an answer, and what limits: a station, or "users"."""

    throughput_rps: float
    response_s: float
    limit: str

    @property
    def tolerance(self) -> float:
        """Largest difference that counts as equal, relative: 5 % for slots, 10 % for cores."""
        return 0.10 if self.limit in PROCESSORS else 0.05


def way(cell: Cell, cost: Cost, *, slots: int | None, workers: int, cores: int) -> Way:
    """Return the stations, the outermost first.

    A worker is one process and computes on one core, and so do the load generator and the upstream.
    All of them share the machine's cores.
    """
    waits_s = DELAY_S if cell.route in ROUTES else 0.0
    return (
        Station(WORKER, slots, waits_s + cost.whole_s),
        Station("processor", min(workers, cores), cost.target_s),
        Station("load generator", 1, cost.generator_s),
        Station("upstream", 1, cost.upstream_s),
        Station("machine", cores, cost.whole_s),
    )


def predict(cell: Cell, stations: Way) -> Predicted:
    """Predict a cell from its stations."""
    alone_rps = cell.users / theory.alone_s(way=stations)
    full = theory.limit(stations)
    is_full = full is not None and alone_rps > full.capacity_rps
    return Predicted(
        theory.throughput_rps(users=cell.users, way=stations),
        theory.response_s(users=cell.users, way=stations),
        full.name if full and is_full else "users",
    )

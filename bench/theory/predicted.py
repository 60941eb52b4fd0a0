"""The way of a cell's requests on one machine, and what theory predicts for the cell."""

from dataclasses import dataclass

from bench.theory.grid import DELAY_S, Cell
from lab import theory
from lab.processor_time import ProcessorTime
from lab.targets import ROUTES
from lab.theory import Station, Way

WORKER, USERS = "worker", "users"


@dataclass(frozen=True, slots=True)
class Predicted:
    """Answers per second, seconds of an answer, and what limits: a station's name, or USERS."""

    throughput_rps: float
    response_s: float
    limit: str

    @property
    def tolerance(self) -> float:
        """Largest difference that counts as equal, relative: 5 % for slots, 10 % for cores."""
        return 0.05 if self.limit in (WORKER, USERS) else 0.10


def way(cell: Cell, time: ProcessorTime, *, slots: int | None, workers: int, cores: int) -> Way:
    """Return the stations, the outermost first."""
    waits_s = DELAY_S if cell.route in ROUTES else 0.0
    return (
        Station(WORKER, slots, waits_s + time.whole_s),
        *time.stations(workers=workers, cores=cores),
    )


def predict(cell: Cell, stations: Way) -> Predicted:
    """Predict a cell from its stations."""
    alone_rps = cell.users / theory.alone_s(way=stations)
    full = theory.limit(stations)
    is_full = full is not None and alone_rps > full.capacity_rps
    return Predicted(
        theory.throughput_rps(users=cell.users, way=stations),
        theory.response_s(users=cell.users, way=stations),
        full.name if full and is_full else USERS,
    )

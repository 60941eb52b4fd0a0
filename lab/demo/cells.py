"""The cells of the demo: what is sent where, what must happen, what did, and whether it held.

A cell is one target, one route and one number of requests. Its prediction is
made from the live slots and the live delay before the first burst is sent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from lab import lanes, samples, theory
from lab.samples import Sample
from lab.targets import ROUTES

TARGETS = ("flask-svc", "fastapi-svc")
ROUTE_NAMES = ("io", "async-io", "async-io-multi")
FEW, MANY = 16, 100
TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Server:
    """What a service tells at /server: its slots by route (None: no limit) and its workers."""

    slots: Mapping[str, int | None]
    workers: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One burst to be: `requests` at once to a route of a target, with the prediction for it."""

    target: str
    route: str
    requests: int
    slots: int | None
    workers: int
    delay_s: float

    @property
    def parts(self) -> int:
        """How many calls one request has at the upstream at once."""
        return ROUTES[self.route].parts

    @property
    def service_s(self) -> float:
        """How long one request holds its slot."""
        return theory.split_s(service_s=self.delay_s, parts=self.parts)

    @property
    def predicted_waves(self) -> int:
        """How often the slots fill up."""
        return theory.waves(requests=self.requests, slots=self.slots)

    @property
    def predicted_makespan_s(self) -> float:
        """How long the burst must take."""
        return theory.makespan_s(requests=self.requests, slots=self.slots, service_s=self.service_s)

    def __str__(self) -> str:
        return f"{self.target} {ROUTES[self.route].path} with {self.requests} requests"


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of sending a cell once: the samples, and the most calls the upstream held."""

    samples: tuple[Sample, ...]
    peak_calls: int

    @property
    def makespan_s(self) -> float:
        """From the first start to the last end."""
        return samples.makespan_s(self.samples)

    @property
    def waves(self) -> int:
        """The most blocks in a lane."""
        return lanes.waves(lanes.lanes(self.samples))

    @property
    def worker_pids(self) -> Counter[int]:
        """How many requests each worker served, the most first."""
        pids = [each.worker_pid for each in self.samples if each.worker_pid is not None]
        return Counter(dict(Counter(pids).most_common()))


@dataclass(frozen=True, slots=True)
class Result:
    """A cell and every burst of it, at least one."""

    cell: Cell
    bursts: tuple[Burst, ...]

    @property
    def measured_makespan_s(self) -> float:
        """The median over the bursts."""
        return median(burst.makespan_s for burst in self.bursts)

    @property
    def typical(self) -> Burst:
        """The burst nearest to the median: the one to show."""
        middle_s = self.measured_makespan_s
        return min(self.bursts, key=lambda burst: abs(burst.makespan_s - middle_s))

    @property
    def ratio(self) -> float:
        """Measured over predicted."""
        return self.measured_makespan_s / self.cell.predicted_makespan_s

    @property
    def held(self) -> bool:
        """Whether the measurement lies within TOLERANCE of the prediction, edges included."""
        predicted_s = self.cell.predicted_makespan_s
        return abs(self.measured_makespan_s - predicted_s) <= TOLERANCE * predicted_s + 1e-9

    @property
    def is_in_predicted_waves(self) -> bool:
        """Whether its slots filled up as often as predicted, and its length is off by no wave."""
        off_s = abs(self.measured_makespan_s - self.cell.predicted_makespan_s)
        return self.typical.waves == self.cell.predicted_waves and off_s < self.cell.service_s

    @property
    def peak_busy_slots(self) -> float:
        """The most busy slots: the upstream's peak of calls, shared out over a request's parts."""
        return max(burst.peak_calls for burst in self.bursts) / self.cell.parts

    @property
    def failed(self) -> list[Sample]:
        """The failed requests of all bursts."""
        return [each for burst in self.bursts for each in samples.failed(burst.samples)]


def cells(servers: Mapping[str, Server], delay_ms: float) -> list[Cell]:
    """Every cell, in the order to run them: 16 at once by route, then 100, cheap ones first.

    `servers` has an entry for each of TARGETS.
    """

    def row(route: str, requests: int) -> list[Cell]:
        return [
            Cell(
                target=target,
                route=route,
                requests=requests,
                slots=servers[target].slots[route],
                workers=servers[target].workers,
                delay_s=delay_ms / 1000,
            )
            for target in TARGETS
        ]

    def cost(cell: Cell) -> float:
        return cell.predicted_makespan_s

    few = [cell for route in ROUTE_NAMES for cell in sorted(row(route, FEW), key=cost)]
    many = [cell for route in ROUTE_NAMES for cell in row(route, MANY)]
    return few + sorted(many, key=cost)


def schedule(cells: Sequence[Cell], repeats: int) -> list[Cell]:
    """The bursts in order: each route's 16 `repeats` times, targets in turn (A B A B), 100 once."""
    order = []
    for route in ROUTE_NAMES:
        pair = [cell for cell in cells if cell.requests == FEW and cell.route == route]
        order += pair * repeats
    return order + [cell for cell in cells if cell.requests == MANY]


def objections(results: Sequence[Result]) -> list[str]:
    """Why the demo cannot say that all went as predicted; one sentence each, [] if it can.

    Flask's waves decide, and failed requests anywhere. A length that is off by less than a wave,
    in as many waves as predicted, tells of a machine that has other work: it is only reported.
    FastAPI's plain `def` route is a lottery over who accepts a connection, and so is its length.
    """
    found = []
    for result in results:
        cell = result.cell
        is_as_predicted = result.held or result.is_in_predicted_waves
        if not is_as_predicted and cell.target == "flask-svc":
            found.append(
                f"{cell} took {result.measured_makespan_s:.2f} s where "
                f"{cell.predicted_makespan_s:.2f} s were predicted "
                f"({(result.ratio - 1) * 100:+.1f} %, {TOLERANCE * 100:.0f} % allowed)."
            )
        if failed := result.failed:
            sent = cell.requests * len(result.bursts)
            found.append(
                f"{cell}: {len(failed)} of {sent} failed, the first with: {failed[0].error}."
            )
    return found

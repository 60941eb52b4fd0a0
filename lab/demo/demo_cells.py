"""The cells of the demo: load, prediction, measurement, and whether the prediction held.

A cell is one target, one route and one number of requests. Its prediction uses the servers' actual
slots and the upstream's current delay, before the first burst is sent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from lab import lanes, samples, theory
from lab.rounded import change
from lab.samples import Sample
from lab.targets import ROUTES

TARGETS = ("flask-svc", "fastapi-svc")
ROUTE_NAMES = ("io", "async-io", "async-io-multi")
FEW, MANY = 16, 100
TOLERANCE = 0.05
QUARTER = 0.25
"""Of a length: one of four waves. A length that is off by less, in as many waves as predicted, is
that of a busy machine."""


@dataclass(frozen=True, slots=True)
class DemoServer:
    """A service's answer at /server: slots by route (None: no limit) and number of workers."""

    slots: Mapping[str, int | None]
    workers: int


@dataclass(frozen=True, slots=True)
class DemoCell:
    """One planned burst: `requests` at once to a route of a target, with its prediction."""

    target: str
    route: str
    requests: int
    slots: int | None
    workers: int
    delay_s: float

    @property
    def parts(self) -> int:
        """Number of concurrent upstream calls of one request."""
        return ROUTES[self.route].parts

    @property
    def service_s(self) -> float:
        """Seconds for which one request holds its slot."""
        return theory.split_s(service_s=self.delay_s, parts=self.parts)

    @property
    def predicted_waves(self) -> int:
        """Predicted number of waves."""
        return theory.waves(requests=self.requests, slots=self.slots)

    @property
    def predicted_makespan_s(self) -> float:
        """Predicted length of the burst in seconds."""
        way = theory.slots_alone(self.slots, self.service_s)
        return theory.makespan_s(requests=self.requests, way=way)

    def __str__(self) -> str:
        return f"{self.target} {ROUTES[self.route].path} with {self.requests} requests"


@dataclass(frozen=True, slots=True)
class DemoBurst:
    """Result of one burst: its samples, and the largest number of calls the upstream held."""

    samples: tuple[Sample, ...]
    peak_calls: int

    @property
    def makespan_s(self) -> float:
        """Seconds from the first start to the last end."""
        return samples.makespan_s(self.samples)

    @property
    def waves(self) -> int:
        """Largest number of blocks in one lane."""
        return lanes.waves(lanes.lanes(self.samples))

    @property
    def worker_pids(self) -> Counter[int]:
        """Number of requests by worker pid, largest first."""
        pids = [each.worker_pid for each in self.samples if each.worker_pid is not None]
        return Counter(dict(Counter(pids).most_common()))


@dataclass(frozen=True, slots=True)
class DemoResult:
    """A cell and all its bursts, at least one."""

    cell: DemoCell
    bursts: tuple[DemoBurst, ...]

    @property
    def measured_makespan_s(self) -> float:
        """Median makespan of the bursts in seconds."""
        return median(burst.makespan_s for burst in self.bursts)

    @property
    def typical(self) -> DemoBurst:
        """The burst whose makespan is nearest to the median; this one is shown."""
        middle_s = self.measured_makespan_s
        return min(self.bursts, key=lambda burst: abs(burst.makespan_s - middle_s))

    @property
    def ratio(self) -> float:
        """Measured makespan divided by the predicted one."""
        return self.measured_makespan_s / self.cell.predicted_makespan_s

    @property
    def held(self) -> bool:
        """True where the measurement is within TOLERANCE of the prediction, edges included."""
        predicted_s = self.cell.predicted_makespan_s
        # 1e-9 absorbs float rounding at the edge.
        return abs(self.measured_makespan_s - predicted_s) <= TOLERANCE * predicted_s + 1e-9

    @property
    def is_in_predicted_waves(self) -> bool:
        """True where the waves are as predicted, and their length is off by less than a quarter."""
        return self.typical.waves == self.cell.predicted_waves and abs(self.ratio - 1) < QUARTER

    @property
    def peak_busy_slots(self) -> float:
        """Largest number of busy slots: the upstream's peak of calls divided by the parts."""
        # A request of several parts counts as several calls upstream, but holds one slot.
        return max(burst.peak_calls for burst in self.bursts) / self.cell.parts

    @property
    def failed(self) -> list[Sample]:
        """Failed requests of all bursts."""
        return [each for burst in self.bursts for each in samples.failed(burst.samples)]


def cells(servers: Mapping[str, DemoServer], delay_ms: float) -> list[DemoCell]:
    """Every cell in order of execution: 16 at once by route, then 100, the shortest first.

    `servers` has an entry for each of TARGETS.
    """

    def row(route: str, requests: int) -> list[DemoCell]:
        return [
            DemoCell(
                target=target,
                route=route,
                requests=requests,
                slots=servers[target].slots[route],
                workers=servers[target].workers,
                delay_s=delay_ms / 1000,
            )
            for target in TARGETS
        ]

    def cost(cell: DemoCell) -> float:
        return cell.predicted_makespan_s

    few = [cell for route in ROUTE_NAMES for cell in sorted(row(route, FEW), key=cost)]
    many = [cell for route in ROUTE_NAMES for cell in row(route, MANY)]
    return few + sorted(many, key=cost)


def schedule(cells: Sequence[DemoCell], repeats: int) -> list[DemoCell]:
    """Order of the bursts: by route, 16 at once `repeats` times, targets in turn; then 100 once.

    The targets alternate: A B A B.
    """
    order = []
    for route in ROUTE_NAMES:
        pair = [cell for cell in cells if cell.requests == FEW and cell.route == route]
        # The pair repeats, so that a busy moment of the machine affects both targets.
        order += pair * repeats
    return order + [cell for cell in cells if cell.requests == MANY]


def objections(results: Sequence[DemoResult]) -> list[str]:
    """Reasons why the demo did not go as predicted, one sentence each; [] where it did.

    Only Flask's waves and failed requests count. A makespan that is off by less than a quarter,
    with the predicted number of waves, shows a busy machine and is only reported: of 4 waves a
    quarter is one, and of 25 waves each may be late by as much. FastAPI's plain `def`
    route does not count: its length depends on which worker happens to accept a connection.
    """
    found = []
    for result in results:
        cell = result.cell
        is_as_predicted = result.held or result.is_in_predicted_waves
        if not is_as_predicted and cell.target == "flask-svc":
            found.append(
                f"{cell} took {result.measured_makespan_s:.2f} s where "
                f"{cell.predicted_makespan_s:.2f} s were predicted "
                f"({change(result.ratio - 1)}, {TOLERANCE * 100:.0f} % allowed)."
            )
        if failed := result.failed:
            sent = cell.requests * len(result.bursts)
            found.append(
                f"{cell}: {len(failed)} of {sent} failed, the first with: {failed[0].error}."
            )
    return found

"""The load on one target, in numbers, and the throughput and the response predicted for it."""

from dataclasses import dataclass

from lab import theory
from lab.theory import Station, Way

CLOSED, BURST, OPEN, STEPS = LOADS = ("closed", "burst", "open", "steps")
SCHEDULED = (BURST, OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLoad:
    """One load; each kind uses the numbers that it needs and ignores the others.

        closed, steps  `users`, each thinking `think_s` seconds between answer and next request
        burst          `burst_size` requests at once, every `burst_every_s` seconds
        open           `arrival_rate` requests per second, whether or not the last was answered

    Burst and open have at most `max_in_flight` requests in flight and drop the rest; None means
    no limit. Raises ValueError for an unknown kind.
    """

    kind: str
    users: int = 0
    think_s: float = 0.0
    burst_size: int = 1
    burst_every_s: float = 1.0
    arrival_rate: float = 1.0
    max_in_flight: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in LOADS:
            raise ValueError(f"kind={self.kind!r}: expected one of {', '.join(LOADS)}")

    @property
    def is_scheduled(self) -> bool:
        """Whether requests leave by a schedule, not when a user is ready for the next one."""
        return self.kind in SCHEDULED

    @property
    def at_once(self) -> int:
        """Scheduled load: requests that leave at one due time, without the dropped ones."""
        size = self.burst_size if self.kind == BURST else 1
        return size if self.max_in_flight is None else min(size, self.max_in_flight)

    @property
    def rate_rps(self) -> float:
        """Scheduled load: mean rate of requests that leave, per second, while none is in flight."""
        return self.at_once / self.burst_every_s if self.kind == BURST else self.arrival_rate

    @property
    def pause_s(self) -> float:
        """Longest normal gap between two requests, in seconds, to a target that answers at once.

        Open load may come at random: then one gap in a thousand (e^-7) is seven times the mean.
        """
        if self.kind == BURST:
            return self.burst_every_s
        return 7 / self.arrival_rate if self.kind == OPEN else self.think_s


@dataclass(frozen=True, slots=True)
class LoadPrediction:
    """Answers per second, and response in seconds; None where theory has no number."""

    throughput_rps: float | None = None
    response_s: float | None = None


def predict(load: TargetLoad, *, way: Way | None, elapsed_s: float) -> LoadPrediction:
    """Predict a load on a target whose requests pass the stations of `way`.

    `way` is None for a route of which theory knows no station, and for a mix of routes with
    different hold times; the prediction is then empty. `elapsed_s` is the time since the load
    began. It counts for a scheduled load above capacity, whose queue grows.

    Closed load and steps: the response is the mean once the queue has built up. Burst: the
    throughput is the mean over whole intervals, and the response is that of the slowest request,
    the makespan. This also holds for bursts that overlap, up to capacity. Above capacity no burst
    ends before the next begins, each waits for all earlier ones, and the response grows as under
    open load (`theory.open_response_s`).
    """
    if way is None:
        return LoadPrediction()
    if load.is_scheduled:
        return _scheduled(load, way, max(0.0, elapsed_s))
    if load.users < 1 or theory.alone_s(way=way) + load.think_s == 0:
        return LoadPrediction()
    return LoadPrediction(
        theory.throughput_rps(users=load.users, way=way, think_s=load.think_s),
        theory.response_s(users=load.users, way=way, think_s=load.think_s),
    )


def _scheduled(load: TargetLoad, way: Way, elapsed_s: float) -> LoadPrediction:
    # The load itself is the outermost station: at most `max_in_flight` requests are on the way.
    way = (Station("load", load.max_in_flight, theory.alone_s(way=way)), *way)
    return LoadPrediction(
        theory.open_throughput_rps(rate_rps=load.rate_rps, way=way),
        theory.open_response_s(
            rate_rps=load.rate_rps,
            way=way,
            elapsed_s=elapsed_s,
            at_once=load.at_once,
            max_in_flight=load.max_in_flight,
        ),
    )

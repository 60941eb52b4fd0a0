"""A load on one target, in numbers: who or what sends requests, and how often."""

from dataclasses import dataclass

CLOSED, BURST, OPEN, STEPS = LOADS = ("closed", "burst", "open", "steps")
SCHEDULED = (BURST, OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load; a kind uses the numbers that it needs and leaves the others alone.

    closed, steps  `users`, each thinking `think_s` seconds between an answer and the next request
    burst          `burst_size` requests at once, every `burst_every_s` seconds
    open           `arrival_rate` requests per second, answered or not

    Burst and open never have more than `max_in_flight` requests in flight: the rest is
    dropped. Raises ValueError for a kind that does not exist.
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
        """Whether requests leave by a schedule, rather than when a user is ready for the next."""
        return self.kind in SCHEDULED

    @property
    def at_once(self) -> int:
        """Scheduled: the requests that leave at one due time, without those that are dropped."""
        size = self.burst_size if self.kind == BURST else 1
        return size if self.max_in_flight is None else min(size, self.max_in_flight)

    @property
    def rate_rps(self) -> float:
        """Scheduled: requests that leave per second, on average, while none is in flight."""
        return self.at_once / self.burst_every_s if self.kind == BURST else self.arrival_rate

    @property
    def pause_s(self) -> float:
        """For so long the load may leave a target that answers at once without any request.

        Open load can come at random: one gap in a thousand is seven times the mean.
        """
        if self.kind == BURST:
            return self.burst_every_s
        return 7 / self.arrival_rate if self.kind == OPEN else self.think_s

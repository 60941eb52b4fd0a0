"""Load by a schedule, burst or open: sends each request when it is due, answered or not.

Latency counts from the due time. Each request has its own connection: its sender is a new
client, and a kept connection would pin it to one worker of the target.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

import arrivals
import gevent
import loads
from gevent.pool import Group
from locust.env import Environment

LONGEST_WAIT_S = 0.1  # until changed options and the end of the run are noticed
# A process that begins later, because a load worker joined, leaves out what was due before.
LATE_S = 2.0


class ScheduledUser(Protocol):
    """What a schedule needs from the user that drives it."""

    environment: Environment

    def request(self, *, due: float | None = None) -> None:
        """Send one request; its latency counts from `due`, a reading of perf_counter."""

    def drop(self) -> None:
        """Count a request that was not sent."""


class Scheduled:
    """The load on one target from this process."""

    def __init__(self, user: ScheduledUser) -> None:
        self.user = user
        self.in_flight = Group()
        # Read the time of day once; from here on use the monotonic clock.
        self.begin = perf_counter() - loads.now_s(user.environment)
        late_s = self._now_s()
        self.schedule = arrivals.Schedule(self._next_s, at_s=late_s if late_s > LATE_S else -1.0)
        self.decided_by = self._decided_by()
        self.random = arrivals.random_of(self._options.arrival_seed, self._part)

    def run(self, lasts: Callable[[], bool]) -> None:
        """Send what is due while `lasts` returns true, then wait for the answers."""
        while lasts():
            self._send_due()
            gevent.sleep(min(self.schedule.wait_s(self._now_s()), LONGEST_WAIT_S))
        self.in_flight.join()

    def give_up(self) -> None:
        """Stop waiting for the requests in flight."""
        self.in_flight.kill()

    def _send_due(self) -> None:
        if self.decided_by != self._decided_by():
            self.decided_by = self._decided_by()
            self.schedule.change()
        for due_s in self.schedule.due(self._now_s()):
            for _ in range(self._size()):
                self._send(self.begin + due_s)

    def _send(self, due: float) -> None:
        # At least one, even with more load workers than `max_in_flight` requests.
        if len(self.in_flight) < max(1, self._part.of(self._options.max_in_flight)):
            self.in_flight.spawn(self.user.request, due=due)
        else:
            self.user.drop()

    def _size(self) -> int:
        if loads.of(self.user.environment) == loads.BURST:
            return self._part.of(self._options.burst_size)
        return 1

    def _next_s(self, after_s: float) -> float:
        options, part = self._options, self._part
        if loads.of(self.user.environment) == loads.BURST:
            rate = 1 / options.burst_every_s
            return arrivals.next_even_s(after_s, rate=rate, part=arrivals.Part())
        rate = options.arrival_rate
        if options.arrivals == "even":
            return arrivals.next_even_s(after_s, rate=rate, part=part)
        return arrivals.next_poisson_s(after_s, rate=rate, part=part, random=self.random)

    def _decided_by(self) -> tuple[object, ...]:
        options = self._options
        return (options.burst_every_s, options.arrival_rate, options.arrivals, self._part)

    def _now_s(self) -> float:
        return perf_counter() - self.begin

    @property
    def _options(self) -> Any:
        return self.user.environment.parsed_options

    @property
    def _part(self) -> arrivals.Part:
        return loads.part_of(self.user.environment)

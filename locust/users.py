"""A plain user: asks its target for one route, thinks, asks again; or drives a schedule."""

from time import perf_counter
from typing import Any

import answers
import loads
import options
import scheduled
from lab_user import LabUser
from locust import task
from locust.user.task import LOCUST_STATE_STOPPING

DROPPED = "not sent: as many in flight as --max-in-flight allows"


class PlainUser(LabUser):
    """A user that sends GETs to the route in the options."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.scheduled = (
            scheduled.Scheduled(self) if loads.of(environment) in loads.SCHEDULED else None
        )

    @task
    def act(self) -> None:
        """Send one request, or all requests of a schedule.

        A schedule is one task from its first request to its last answer: Locust ends a user that
        waits between tasks at once, with all that it has in flight.
        """
        if self.scheduled:
            self.scheduled.run(lambda: self._state != LOCUST_STATE_STOPPING)
        else:
            self.request()

    def on_stop(self) -> None:
        """Give up what is still in flight after --stop-timeout."""
        if self.scheduled:
            self.scheduled.give_up()
        super().on_stop()

    def request(self, *, due: float | None = None) -> None:
        """Send one request; a wrong answer becomes a failure under the same name.

        Latency counts from sending, or from `due`, a reading of perf_counter. With `due` the
        request has its own connection.
        """
        path = self._path()
        begin = perf_counter() if due is None else due
        self.record.start()
        try:
            answer = self.client.get(path, keep=due is None)
        finally:
            self.record.end()
        latency_ms = (perf_counter() - begin) * 1000
        self.count("GET", path, answer, answers.fault(answer), latency_ms)

    def drop(self) -> None:
        """Count a request that was not sent, as a failure in a row of its own."""
        self.record.drop()
        self.fire("GET", f"{self._path()} dropped", None, fault=DROPPED)

    def _path(self) -> str:
        route = self.environment.parsed_options.route
        return f"/{options.route_of(route, self.target.framework)}"

"""A user: asks its target for one route, thinks, asks again; or drives a schedule."""

from time import perf_counter
from typing import Any

import answers
import asking
import loads
import options
import scheduled
from locust import User, task
from locust.exception import CatchResponseError
from locust.user.task import LOCUST_STATE_STOPPING

from lab.live.record import Record
from lab.samples import server_timing_s
from lab.targets import Target

# Above the services' own limit for the upstream (65 s), so that it is a service's
# answer that fails and not our patience.
TIMEOUT_S = 120.0
DROPPED = "not sent: as many in flight as --max-in-flight allows"


class TargetUser(User):
    """A user that can reach one target and no other address."""

    abstract = True
    target: Target
    url: str
    record: Record

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        # To `url`, whatever the page's field, the command line or a master wrote to `host`.
        # No limit of the client's own: a schedule has one, and a closed load needs one connection.
        self.client = asking.Client(
            self.url, timeout_s=TIMEOUT_S, connections=options.MAX_IN_FLIGHT
        )
        self.scheduled = (
            scheduled.Scheduled(self) if loads.of(environment) in loads.SCHEDULED else None
        )

    @task
    def act(self) -> None:
        """Send one request, or all of a schedule.

        One task from the first request to the last answer: a user that waits between
        tasks is ended at once, with all that is in flight.
        """
        if self.scheduled:
            self.scheduled.run(lambda: self._state != LOCUST_STATE_STOPPING)
        else:
            self.request()

    def wait_time(self) -> float:
        """Seconds until a user's next request."""
        return float(self.environment.parsed_options.think_s)

    def on_stop(self) -> None:
        """What is still in flight after --stop-timeout is given up."""
        if self.scheduled:
            self.scheduled.give_up()
        self.client.close()

    def request(self, *, due: float | None = None) -> None:
        """Send one request; a wrong answer becomes a failure under the same name.

        Latency counts from sending, or from `due`, a reading of perf_counter; then
        the connection is the request's own.
        """
        route = self._route()
        begin = perf_counter() if due is None else due
        self.record.start()
        try:
            answer = self.client.get(f"/{route}", keep=due is None)
        finally:
            self.record.end()
        self._count(route, answer, (perf_counter() - begin) * 1000)

    def drop(self) -> None:
        """Count a request that was not sent, as a failure in a row of its own."""
        self.record.drop()
        self.environment.events.request.fire(
            request_type="GET",
            name=f"{self._row(self._route())} dropped",
            response_time=None,  # there is none, and 0 would make the others' look better
            response_length=0,
            exception=CatchResponseError(DROPPED),
            context={},
        )

    def _count(self, route: str, answer: asking.Answer, latency_ms: float) -> None:
        fault = answers.fault(answer)
        timing_s = server_timing_s(answer.server_timing)
        self.record.answer(
            latency_ms=latency_ms,
            fault=fault,
            pid=answers.pid(answer),
            upstream_s=timing_s.get("upstream", 0.0),
            app_s=timing_s.get("app", 0.0),
        )
        self.environment.events.request.fire(
            request_type="GET",
            name=self._row(route),
            response_time=latency_ms,
            response_length=len(answer.content),
            exception=CatchResponseError(fault) if fault else None,
            context={},
        )

    def _route(self) -> str:
        return options.route_of(self.environment.parsed_options.route, self.target.framework)

    def _row(self, route: str) -> str:
        return f"{self.target.name} /{route}"


def user_class(target: Target, url: str, record: Record) -> type[TargetUser]:
    """The class of `target`'s users, all of whom count in `record`.

    `host` is for the page to show; what counts is `url`.
    """
    fields = {"target": target, "url": url, "host": url, "record": record}
    return type(class_name(target), (TargetUser,), fields)


def class_name(target: Target) -> str:
    """What Locust calls the users of a target: FlaskSvc for flask-svc."""
    return target.name.replace("-", " ").title().replace(" ", "")

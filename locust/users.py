"""A user: asks its target for one route, thinks, asks again; or drives a schedule."""

from time import perf_counter
from typing import Any

import answers
import loads
import options
import scheduled
from locust import FastHttpUser, task
from locust.exception import CatchResponseError
from locust.user.task import LOCUST_STATE_STOPPING

from lab.targets import Target

# Above the services' own limit for the upstream (65 s), so that it is a service's
# answer that fails and not our patience.
TIMEOUT_S = 120.0
DROPPED = "not sent: as many in flight as --max-in-flight allows"


class TargetUser(FastHttpUser):
    """A user that can reach one target and no other address."""

    abstract = True
    target: Target
    url: str
    connection_timeout = TIMEOUT_S
    network_timeout = TIMEOUT_S
    max_retries = 0  # a second attempt would hide the first one's failure
    # No limit of the client's own: a schedule has one, and a closed load needs one connection.
    concurrency = options.MAX_IN_FLIGHT

    def __init__(self, environment: Any) -> None:
        # On the instance, where it wins over the host that the page's field, the
        # command line or a master would write to the class.
        self.host = self.url
        super().__init__(environment)
        # A redirect could lead out of the lab. For good, not with each request: requests
        # of one schedule would switch it on again for each other.
        client: Any = self.client.client
        client.redirect_response_codes = frozenset()
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

    def request(self, *, due: float | None = None) -> None:
        """Send one request; a wrong answer becomes a failure under the same name.

        Latency counts from sending, or from `due`, a reading of perf_counter; then
        the connection is the request's own.
        """
        with self.client.get(
            f"/{self._route()}",
            name=self._row(),
            catch_response=True,
            headers={"Connection": "close"} if due else None,
        ) as answer:
            if due:
                answer.request_meta["response_time"] = (perf_counter() - due) * 1000
            fault = answers.fault(answer, answer.request_meta["exception"])
            if fault:
                answer.failure(fault)

    def drop(self) -> None:
        """Count a request that was not sent, as a failure in a row of its own."""
        self.environment.events.request.fire(
            request_type="GET",
            name=f"{self._row()} dropped",
            response_time=None,  # there is none, and 0 would make the others' look better
            response_length=0,
            exception=CatchResponseError(DROPPED),
            context={},
        )

    def _route(self) -> str:
        return options.route_of(self.environment.parsed_options.route, self.target.framework)

    def _row(self) -> str:
        return f"{self.target.name} /{self._route()}"


def user_class(target: Target, url: str) -> type[TargetUser]:
    """The class of `target`'s users: flask-svc gives FlaskSvc.

    `host` is for the page to show; what counts is `url`.
    """
    name = target.name.replace("-", " ").title().replace(" ", "")
    return type(name, (TargetUser,), {"target": target, "url": url, "host": url})

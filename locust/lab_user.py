"""What all users share: one target, one record, and rows that are named by the target."""

from typing import Any

import answers
import http_client
import options
from locust import User
from locust.exception import CatchResponseError
from locust.user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from lab.live.record import Record
from lab.samples import server_timing_s
from lab.targets import Target
from lab.user_kinds import UserKind

# Above the services' own timeout for the upstream (65 s), so that the service gives up first
# and its answer says so.
TIMEOUT_S = 120.0


class LabUser(User):
    """A user that can reach one target and no other address."""

    abstract = True
    kind: UserKind
    target: Target
    url: str
    record: Record

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        # Requests go to `url`, whatever the page's field, the command line or a master wrote to
        # `host`. The client must not limit the load: a schedule has its own limit, and a user of
        # a closed load needs one connection.
        self.client = http_client.Client(
            self.url, timeout_s=TIMEOUT_S, connections=options.MAX_IN_FLIGHT
        )

    def wait_time(self) -> float:
        """Think time: seconds until the user's next request."""
        return float(self.environment.parsed_options.think_s)

    def stop(self, force: bool = False) -> bool:
        """End the user between two requests; return whether it has ended.

        Locust kills a user that waits. One whose wait is over in the same turn of the event loop
        would first send a request, and nobody would count its answer; told in time, it sends none.
        """
        if force or self._state != LOCUST_STATE_WAITING:
            return bool(super().stop(force))
        self._state = LOCUST_STATE_STOPPING
        self._group.killone(self._greenlet)
        return True

    def on_stop(self) -> None:
        """Close the user's connections."""
        self.client.close()

    def count(
        self,
        method: str,
        row: str,
        answer: http_client.Answer,
        fault: str | None,
        latency_ms: float,
    ) -> None:
        """Count an answer that came in one piece, for the dashboard and in Locust's row."""
        timing_s = server_timing_s(answer.server_timing)
        self.record.answer(
            latency_ms=latency_ms,
            fault=fault,
            pid=answers.pid(answer),
            upstream_s=timing_s.get("upstream", 0.0),
            app_s=timing_s.get("app", 0.0),
        )
        self.fire(method, row, latency_ms, length=len(answer.content), fault=fault)

    def fire(
        self,
        method: str,
        row: str,
        latency_ms: float | None,
        *,
        length: int = 0,
        fault: str | None = None,
    ) -> None:
        """Count in Locust's row alone, "flask-svc /io" for `row` "/io".

        A latency of None is not counted; 0 would make the other latencies look better.
        """
        self.environment.events.request.fire(
            request_type=method,
            name=f"{self.target.name} {row}",
            response_time=latency_ms,
            response_length=length,
            exception=CatchResponseError(fault) if fault else None,
            context={},
        )

"""A user: asks its target for one route, thinks, asks again. Closed load."""

from typing import Any

import answers
import options
from locust import FastHttpUser, task

from lab.targets import Target

# Above the services' own limit for the upstream (65 s), so that it is a service's
# answer that fails and not our patience.
TIMEOUT_S = 120.0


class TargetUser(FastHttpUser):
    """A user that can reach one target and no other address."""

    abstract = True
    target: Target
    url: str
    connection_timeout = TIMEOUT_S
    network_timeout = TIMEOUT_S
    max_retries = 0  # a second attempt would hide the first one's failure

    def __init__(self, environment: Any) -> None:
        # On the instance, where it wins over the host that the page's field, the
        # command line or a master would write to the class.
        self.host = self.url
        super().__init__(environment)

    @task
    def ask(self) -> None:
        """Send one request; a wrong answer becomes a failure under the same name."""
        route = options.route_of(self.environment.parsed_options.route, self.target.framework)
        with self.client.get(
            f"/{route}",
            name=f"{self.target.name} /{route}",
            catch_response=True,
            allow_redirects=False,  # a redirect could lead out of the lab
        ) as answer:
            fault = answers.fault(answer, answer.request_meta["exception"])
            if fault:
                answer.failure(fault)

    def wait_time(self) -> float:
        """Seconds until the next request."""
        return float(self.environment.parsed_options.think_s)


def user_class(target: Target, url: str) -> type[TargetUser]:
    """The class of `target`'s users: flask-svc gives FlaskSvc.

    `host` is for the page to show; what counts is `url`.
    """
    name = target.name.replace("-", " ").title().replace(" ", "")
    return type(name, (TargetUser,), {"target": target, "url": url, "host": url})

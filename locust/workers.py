"""Several load workers (`--processes N`) that together measure what one would.

Locust deals users out to workers in turn. Two classes and an even number of workers
fall into step: each worker gets one class alone, and the frameworks are measured by
different generators. And what a worker counts in its last seconds does not reach
the master in time.
"""

from collections.abc import Iterator
from typing import Any

from locust import events, runners
from locust.dispatch import UsersDispatcher
from locust.env import Environment

REPORT_INTERVAL_S = 1.0


class PerWorkerMix(UsersDispatcher):
    """Gives each worker a user of one class before any gets one of the next."""

    def _user_gen(self) -> Iterator[str | None]:
        in_turn = super()._user_gen()
        while True:
            name = next(in_turn)
            for _ in range(max(1, len(self._worker_nodes))):
                yield name


def install() -> None:
    """Report each second, and once more at the end."""
    module: Any = runners
    module.WORKER_REPORT_INTERVAL = REPORT_INTERVAL_S
    hooks: Any = events
    hooks.test_stop.add_listener(report_the_rest)


def report_the_rest(environment: Environment, **_: Any) -> None:
    """On a worker whose users have all stopped: report at once what was not reported yet."""
    if isinstance(environment.runner, runners.WorkerRunner):
        environment.runner._send_stats()
        # Locust would now sleep for as long as the users might have taken to stop,
        # before this worker is ready again. Each run brings the value anew.
        environment.stop_timeout = 0.0


def stop_before_quitting(environment: Environment) -> None:
    """Have a master stop its workers, and wait for their answers, before it makes them quit.

    By itself it waits half a second, and what is then in flight would not be counted.
    """
    if isinstance(environment.runner, runners.MasterRunner):
        master: Any = environment.runner
        quit_at_once = master.quit

        def quit_in_order() -> None:
            master.stop()
            quit_at_once()

        master.quit = quit_in_order

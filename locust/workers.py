"""Several load workers (`--processes N`) that together measure what one would.

What a worker counts in its last seconds does not reach Locust's master in time, and
the worker is not ready again for as long as its users might have taken to stop.
How users are dealt out to them stands in dealing.py.
"""

from typing import Any

from locust import events, runners
from locust.env import Environment

REPORT_INTERVAL_S = 1.0


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

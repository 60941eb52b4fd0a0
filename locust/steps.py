"""Steps: a rising number of users for each target, each number held for the same time.

It is not one of Locust's shapes: the page would show a shape's users as 0, and with the
class picker a person would have to choose the shape beside the load.
"""

from typing import Any

import gevent
import loads
from gevent.pool import Group
from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

USERS = (1, 4, 16, 64, 256)  # for each target


def users(environment: Environment) -> int:
    """Users for each target on the step that the run is on."""
    return USERS[vars(environment.parsed_options).get("load_step", 0)]


def install() -> None:
    """Climb the steps whenever a run with this load begins, until the run ends."""
    hooks: Any = events
    climbing = Group()

    def begin(environment: Environment, **_: Any) -> None:
        if loads.of(environment) != loads.STEPS or isinstance(environment.runner, WorkerRunner):
            return
        options: Any = environment.parsed_options
        options.load_step = 0
        climbing.spawn(_climb, environment)

    def end(**_: Any) -> None:
        if gevent.getcurrent() not in climbing:  # the climb may be what ends the run
            climbing.kill()

    hooks.test_start.add_listener(begin)
    hooks.test_stopping.add_listener(end)


def _climb(environment: Environment) -> None:
    """Hold each step, ask for the next one, and end the run after the last."""
    options: Any = environment.parsed_options
    runner: Any = environment.runner
    for step in range(len(USERS)):
        if step:
            options.load_step = step
            runner.start(users(environment) * len(runner.user_classes), 100)
        gevent.sleep(options.step_s)
    if options.headless:
        runner.quit()
    else:
        runner.stop()

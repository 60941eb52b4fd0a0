"""Deal out users to load workers: to each a mix of classes, in all as many as a load needs.

Locust notices a lost worker after about four seconds of silence. Its users then go to the
others at once, whatever the spawn rate. A worker that joins takes over some of theirs.
"""

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import loads
import mix
import steps
from gevent.pool import Group
from locust.dispatch import UsersDispatcher
from locust.env import Environment

POLL_S = 0.1


class LabDispatcher(UsersDispatcher):
    """Gives each worker a mix of classes, and knows how many users a load needs."""

    environment: Environment
    redistribution: Group

    @property
    def dispatch_in_progress(self) -> bool:
        """Always true, so that Locust leaves the second distribution in a run to this class.

        Locust would distribute users in the greenlet that listens to the workers, and hear none of
        them meanwhile; only the first time in a run; and, without an experimental option, not for a
        worker that is lost.
        """
        return True

    def __init__(self, worker_nodes: Any, user_classes: Any) -> None:
        super().__init__(worker_nodes=worker_nodes, user_classes=user_classes)
        loads.begin(self.environment)
        self._share()

    def new_dispatch(
        self, target_user_count: int, spawn_rate: float, user_classes: Any = None
    ) -> None:
        """Distribute the form's users in a closed load, else the number that the load needs."""
        if needed := self._needed():
            target_user_count, spawn_rate = needed, float(needed)
            # Otherwise the runner would wait for the form's users, or distribute them again.
            runner: Any = self.environment.runner
            runner.target_user_count = needed
        super().new_dispatch(target_user_count, spawn_rate, user_classes)

    def _needed(self) -> int | None:
        load = loads.of(self.environment)
        if load in loads.SCHEDULED:
            return len(self._user_classes) * len(self._worker_nodes)
        if load == loads.STEPS:
            return len(self._user_classes) * steps.users(self.environment)
        return None

    def _user_gen(self) -> Iterator[str | None]:
        names = [each.__name__ for each in self._user_classes]
        return mix.in_turn(names, max(1, len(self._worker_nodes)))

    def _prepare_rebalance(self) -> None:
        """Locust calls it when a worker has come or gone."""
        if needed := self._needed():
            self._current_user_count = self._target_user_count = needed
        self._share()
        super()._prepare_rebalance()
        self.redistribution.spawn(self._redistribute)

    def _redistribute(self) -> None:
        """Send out the new shares, unless a ramp that was still going on has done it."""
        runner: Any = self.environment.runner
        while not runner.spawning_completed:
            gevent.sleep(POLL_S)
        if self._rebalance:
            runner.start(runner.target_user_count, runner.spawn_rate)

    def _share(self) -> None:
        loads.share(self.environment, [node.id for node in self._worker_nodes])


def dispatcher(environment: Environment) -> Callable[..., LabDispatcher]:
    """Return the class from which a runner of `environment` makes a dispatcher for each run."""
    redistribution = Group()
    hooks: Any = environment.events
    # A redistribution while a run ends would make Locust believe that the run goes on.
    hooks.test_stopping.add_listener(lambda **_: redistribution.kill())
    own = {"environment": environment, "redistribution": redistribution}
    return type("LabDispatcher", (LabDispatcher,), own)

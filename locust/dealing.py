"""How many users of which class each load worker gets: a mix, and as many as a load needs.

When a worker is lost, which shows after some four seconds of silence, its users go to the
others at once, whatever the spawn rate; when one joins, it takes over some of theirs.
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


class Dealer(UsersDispatcher):
    """Gives each worker a mix of classes, and knows how many users a load needs."""

    environment: Environment
    dealing_again: Group

    @property
    def dispatch_in_progress(self) -> bool:
        """Always, so that Locust leaves it to this class to deal again.

        It would do so where it listens to the workers, and hear none of them meanwhile;
        only the first time in a run; and, without an experimental option, not for one
        that is lost.
        """
        return True

    def __init__(self, worker_nodes: Any, user_classes: Any) -> None:
        super().__init__(worker_nodes=worker_nodes, user_classes=user_classes)
        loads.begin(self.environment)
        self._share()

    def new_dispatch(
        self, target_user_count: int, spawn_rate: float, user_classes: Any = None
    ) -> None:
        """As asked for in a closed load; otherwise what the load needs, at once."""
        if needed := self._needed():
            target_user_count, spawn_rate = needed, float(needed)
            # So that the runner neither waits for those asked for nor deals them out again.
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
        """A worker came or went."""
        if needed := self._needed():
            self._current_user_count = self._target_user_count = needed
        self._share()
        super()._prepare_rebalance()
        self.dealing_again.spawn(self._deal_again)

    def _deal_again(self) -> None:
        """Send out the new shares, unless a ramp that is still going on has done it."""
        runner: Any = self.environment.runner
        while not runner.spawning_completed:
            gevent.sleep(POLL_S)
        if self._rebalance:
            runner.start(runner.target_user_count, runner.spawn_rate)

    def _share(self) -> None:
        loads.share(self.environment, [node.id for node in self._worker_nodes])


def dealer(environment: Environment) -> Callable[..., Dealer]:
    """What a runner of `environment` makes anew for each run."""
    dealing_again = Group()
    hooks: Any = environment.events
    # Whoever deals while a run ends would have Locust believe that it goes on.
    hooks.test_stopping.add_listener(lambda **_: dealing_again.kill())
    return type("Dealer", (Dealer,), {"environment": environment, "dealing_again": dealing_again})

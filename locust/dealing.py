"""How many users of which class each load worker gets: a mix, and as many as a load needs."""

from collections.abc import Callable, Iterator
from typing import Any

import loads
import mix
import steps
from locust.dispatch import UsersDispatcher
from locust.env import Environment


class Dealer(UsersDispatcher):
    """Gives each worker a mix of classes, and knows how many users a load needs."""

    environment: Environment

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

    def _share(self) -> None:
        loads.share(self.environment, [node.id for node in self._worker_nodes])


def dealer(environment: Environment) -> Callable[..., Dealer]:
    """What a runner of `environment` makes anew for each run."""
    return type("Dealer", (Dealer,), {"environment": environment})

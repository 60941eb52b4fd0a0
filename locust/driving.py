"""What Locust is told to do: the run's state, its options, and the load on each target."""

from typing import Any

import options
import users
from locust.env import Environment
from locust.runners import MasterRunner

from lab.load import Load
from lab.targets import Target

SHOWN_OPTIONS = ("route", *options.NUMBERS, "arrivals")
STATES = {"cleanup": "stopping", "missing": "stopped"}


class Driving:
    """The run that lasts, the last one, or the one that START would begin."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._last_users: dict[str, int] = {}
        self.has_begun = False

    @property
    def is_on(self) -> bool:
        """Whether a run lasts, its end included."""
        return self.state not in ("ready", "stopped")

    @property
    def state(self) -> str:
        """The run's state, as docs/state.md has it."""
        runner: Any = self.environment.runner
        return str(STATES.get(runner.state, runner.state))

    def described(self) -> dict[str, Any]:
        """The options of the run."""
        parsed: Any = self.environment.parsed_options
        return {
            "state": self.state,
            "load": parsed.load,
            "stop_timeout_s": float(parsed.stop_timeout),
            "options": {name: getattr(parsed, name) for name in SHOWN_OPTIONS},
        }

    def includes(self, target: Target) -> bool:
        """Whether it sends anything to a target."""
        runner: Any = self.environment.runner
        return users.class_name(target) in {each.__name__ for each in runner.user_classes}

    def route(self, target: Target) -> str:
        """The route that it asks a target for."""
        parsed: Any = self.environment.parsed_options
        return options.route_of(parsed.route, target.framework)

    def load(self, target: Target) -> Load:
        """The load on a target."""
        parsed: Any = self.environment.parsed_options
        return Load(
            kind=parsed.load,
            users=self._users(target),
            think_s=parsed.think_s,
            burst_size=parsed.burst_size,
            burst_every_s=parsed.burst_every_s,
            arrival_rate=parsed.arrival_rate,
            max_in_flight=parsed.max_in_flight,
        )

    def _users(self, target: Target) -> int:
        """How many there are; before the first run those of START, after one those at its end."""
        runner: Any = self.environment.runner
        if not self.has_begun and self.includes(target):
            parsed: Any = self.environment.parsed_options
            return int(parsed.num_users) // len(runner.user_classes)
        name = users.class_name(target)
        if runner.state in ("spawning", "running"):
            is_master = isinstance(runner, MasterRunner)
            counts = runner.reported_user_classes_count if is_master else runner.user_classes_count
            self._last_users[name] = int(counts.get(name, 0))
        return self._last_users.get(name, 0)

"""What Locust is driving: the run's state, its options, and the load on each target."""

from collections.abc import Mapping
from typing import Any

import options
from locust.env import Environment
from locust.runners import MasterRunner

from lab.live.load import TargetLoad
from lab.targets import Target
from lab.user_kinds import PLAIN, UserKind, class_name, kinds_of

SHOWN_OPTIONS = ("route", *options.NUMBERS, "arrivals")
# Locust's words for a state, where docs/state.md has others.
STATES = {"cleanup": "stopping", "missing": "stopped"}


class Driving:
    """The current run, the last one, or the run that START would begin."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._last_users: dict[str, int] = {}
        self.has_begun = False

    @property
    def is_on(self) -> bool:
        """Whether a run is going on, including its wait for the last answers."""
        return self.state not in ("ready", "stopped")

    @property
    def state(self) -> str:
        """State of the run, in the words of docs/state.md."""
        runner: Any = self.environment.runner
        return str(STATES.get(runner.state, runner.state))

    def described(self) -> dict[str, Any]:
        """Return the run's state and options, by the keys of `run` in docs/state.md."""
        parsed: Any = self.environment.parsed_options
        return {
            "state": self.state,
            "load": parsed.load,
            "stop_timeout_s": float(parsed.stop_timeout),
            "options": {name: getattr(parsed, name) for name in SHOWN_OPTIONS},
            "form": self.form,
        }

    def includes(self, target: Target) -> bool:
        """Whether the run sends anything to a target."""
        return bool(self._kinds(target))

    def routes(self, target: Target) -> tuple[str, ...]:
        """Routes that the run asks a target for.

        Where the run leaves the target out, the route of its plain users.
        """
        parsed: Any = self.environment.parsed_options
        plain = options.route_of(parsed.route, target.framework)
        kinds = self._kinds(target) or (PLAIN,)
        routes = (each for kind in kinds for each in (kind.route or plain, *kind.more_routes))
        return tuple(dict.fromkeys(routes))  # plain users may ask for one of another kind's

    def load(self, target: Target) -> TargetLoad:
        """Return the load on a target."""
        return self._load(self._users(target), vars(self.environment.parsed_options))

    def next_load(self, target: Target, chosen: Mapping[str, Any]) -> TargetLoad:
        """Return the load on a target that START would give with these options changed."""
        options = vars(self.environment.parsed_options) | dict(chosen)
        users = chosen.get("user_count", options["num_users"])
        return self._load(self._share(target, users), options)

    @property
    def form(self) -> dict[str, Any]:
        """What START would post: `users` in all, the names of the `classes`, and the load."""
        runner: Any = self.environment.runner
        parsed: Any = self.environment.parsed_options
        return {
            "user_count": int(parsed.num_users),
            "user_classes": sorted(each.__name__ for each in runner.user_classes),
        }

    def _load(self, users: int, options: Mapping[str, Any]) -> TargetLoad:
        return TargetLoad(
            kind=options["load"],
            users=users,
            think_s=options["think_s"],
            burst_size=int(options["burst_size"]),
            burst_every_s=options["burst_every_s"],
            arrival_rate=options["arrival_rate"],
            max_in_flight=options["max_in_flight"],
        )

    def _kinds(self, target: Target) -> tuple[UserKind, ...]:
        runner: Any = self.environment.runner
        names = {each.__name__ for each in runner.user_classes}
        return tuple(kind for kind in kinds_of(target) if class_name(target, kind) in names)

    def _users(self, target: Target) -> int:
        # Before the first run, the users that START would give; after a run, those at its end.
        runner: Any = self.environment.runner
        if not self.has_begun and self.includes(target):
            parsed: Any = self.environment.parsed_options
            return self._share(target, parsed.num_users)
        if runner.state in ("spawning", "running"):
            # A master runs no users itself; its workers report theirs.
            is_master = isinstance(runner, MasterRunner)
            counts = runner.reported_user_classes_count if is_master else runner.user_classes_count
            self._last_users[target.name] = sum(
                int(counts.get(class_name(target, kind), 0)) for kind in self._kinds(target)
            )
        return self._last_users.get(target.name, 0)

    def _share(self, target: Target, users: float) -> int:
        runner: Any = self.environment.runner
        return int(users) // len(runner.user_classes) * len(self._kinds(target))

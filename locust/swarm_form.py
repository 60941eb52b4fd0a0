"""Check the form that is posted to /swarm, field by field."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import classes
import loads
import options
from locust.env import Environment
from locust.util.timespan import parse_timespan

MAX_USERS = 10_000
MIN_SPAWN_RATE, MAX_SPAWN_RATE = 0.1, 10_000  # users per second
MAX_RUN_TIME_S = 24 * 3600
MAX_PROFILE = 200  # characters


class RefusedError(ValueError):
    """The form asks for what the lab does not do; the text is a sentence for the page."""


@dataclass(frozen=True, slots=True)
class State:
    """What a form is checked against: the classes, their addresses, and the run.

    `running` has the names of the current run's classes, and is empty without a run. `load` and
    `route` are those of the current run, or of the last one. `available` has each class by its
    name. `unscheduled` are the classes that know closed load only, and `of_database` those that the
    page shows only in a lab with a database; `has_database` tells whether this is one. `stopping`
    is true while a run waits for its last answers.
    """

    classes: frozenset[str]
    hosts: frozenset[str]
    running: frozenset[str]
    load: str
    route: str
    available: Mapping[str, Any]
    unscheduled: frozenset[str]
    of_database: frozenset[str]
    has_database: Callable[[], bool]
    stopping: bool

    @classmethod
    def of(cls, environment: Environment, has_database: Callable[[], bool]) -> Self:
        """Return the present state of `environment`."""
        available: Mapping[str, Any] = environment.available_user_classes or {}
        parsed: Any = environment.parsed_options
        state = environment.runner.state if environment.runner else "ready"
        lasts = state in ("spawning", "running")
        return cls(
            classes=frozenset(available),
            hosts=frozenset(
                # a class of another locustfile has none
                each.url
                for each in available.values()
                if hasattr(each, "url")
            ),
            running=frozenset(environment.user_classes_by_name) if lasts else frozenset(),
            load=loads.of(environment),
            route=parsed.route,
            available=available,
            unscheduled=frozenset(classes.without_schedule(available.values())),
            of_database=frozenset(classes.of_database(available.values())),
            has_database=has_database,
            stopping=state in ("cleanup", "stopping"),
        )


def check(form: Mapping[str, Sequence[str]], state: State) -> None:
    """Raise RefusedError for the first thing in `form` that the lab does not accept."""
    if state.stopping:
        raise RefusedError("The last run is still waiting for its answers: try again in a moment.")
    for name in ("user_count", "spawn_rate"):
        if name not in form:
            raise RefusedError(f"{name} is missing: expected a number.")
    # Without the field Locust would take all classes. During a run, the run's own are meant.
    if "user_classes" not in form and not state.running:
        raise RefusedError("user_classes is missing: tick at least one target.")
    for name, values in form.items():
        if name == "user_classes":
            _check_classes(frozenset(values), state)
        elif name == "host":
            _check_host(values, state)
        elif name == "load" and state.running and list(values) != [state.load]:
            raise RefusedError("The load cannot change while a run lasts: stop it first.")
        elif name not in FIELDS:
            raise RefusedError(f"{name[:100]!r} is not a field of this page.")
        else:
            check_value(name, values)
    if not state.running:  # during a run neither load nor classes can change
        names = sorted(state.unscheduled.intersection(form["user_classes"]))
        if sentence := classes.refusal(form.get("load", [state.load])[0], names):
            raise RefusedError(sentence)
    asked = [state.available[name] for name in state.running or form["user_classes"]]
    route = form.get("route", [state.route])[0]
    for sentence in (
        classes.without_route(route, asked),
        classes.without_database(route, asked, state.has_database),
    ):
        if sentence:
            raise RefusedError(sentence)


def _check_classes(names: frozenset[str], state: State) -> None:
    if unknown := names - state.classes:
        raise RefusedError(
            f"user_classes={', '.join(sorted(unknown))[:100]!r}: "
            f"expected names among {', '.join(sorted(state.classes))}."
        )
    # The page's "Edit" posts all classes that it shows, whichever of them the run has.
    shown = (state.classes, state.classes - state.of_database)
    if state.running and names not in (state.running, *shown):
        raise RefusedError("The classes cannot change while a run lasts: stop it first.")


def _check_host(values: Sequence[str], state: State) -> None:
    if foreign := set(values) - state.hosts - {""}:
        raise RefusedError(
            f"host={min(foreign)[:100]!r}: the load goes to the lab's own targets "
            "and nowhere else; leave it empty."
        )


def check_value(name: str, values: Sequence[str]) -> None:
    """Raise RefusedError where a field of the form does not take these values."""
    does, expected = FIELDS[name]
    # Locust would take the first of several values, so several are refused.
    if len(values) != 1 or not does(values[0]):
        raise RefusedError(f"{name}={', '.join(values)[:100]!r}: expected {expected}.")


def _is_user_count(text: str) -> bool:
    try:
        return 1 <= int(text) <= MAX_USERS
    except ValueError:
        return False


def _is_spawn_rate(text: str) -> bool:
    try:
        return MIN_SPAWN_RATE <= float(text) <= MAX_SPAWN_RATE
    except ValueError:
        return False


def _is_run_time(text: str) -> bool:
    try:
        return not text or parse_timespan(text) <= MAX_RUN_TIME_S
    except (ValueError, OverflowError):
        return False


def _takes(number: options.Number) -> Callable[[str], bool]:
    def takes(text: str) -> bool:
        try:
            number(text)
        except argparse.ArgumentTypeError:
            return False
        return True

    return takes


def _is_one_of(choices: Sequence[str]) -> Callable[[str], bool]:
    return lambda text: text in choices


# For each field: a check of its value, and the words for what it may be.
FIELDS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "user_count": (_is_user_count, f"a whole number from 1 to {MAX_USERS:,}"),
    "spawn_rate": (_is_spawn_rate, f"a number from {MIN_SPAWN_RATE:g} to {MAX_SPAWN_RATE:,}"),
    "run_time": (_is_run_time, "20, 20s, 3m, 2h or 1h20m, a day at most, or nothing"),
    "profile": (lambda text: len(text) <= MAX_PROFILE, f"at most {MAX_PROFILE} characters"),
    "shape_class": (lambda text: text == "Default", "Default"),
    **{
        name: (_is_one_of(choices), f"one of {', '.join(choices)}")
        for name, choices in options.CHOICES.items()
    },
    **{name: (_takes(number), str(number)) for name, number in options.NUMBERS.items()},
}

"""The classes that Locust knows: for each target one for each kind of users that works there.

The plain ones run unless others are chosen, and the others know closed load only: they
send when they are ready for the next, never by a schedule.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import loads
import options
from api_users import ApiUser
from database_users import DatabaseUser
from lab_user import LabUser
from locust.env import Environment
from socket_users import SocketUser
from stream_users import StreamUser
from users import PlainUser

from lab.live.record import Record
from lab.targets import Target
from lab.user_kinds import (
    API,
    DATABASE,
    KINDS,
    PLAIN,
    SOCKETS,
    STREAMS,
    UserKind,
    class_name,
    kinds_of,
)

USERS: dict[UserKind, type[LabUser]] = {
    PLAIN: PlainUser,
    API: ApiUser,
    STREAMS: StreamUser,
    SOCKETS: SocketUser,
    DATABASE: DatabaseUser,
}


def of_target(target: Target, url: str, record: Record) -> list[type[LabUser]]:
    """The classes of a target's users, all of whom count in `record`.

    `host` is for the page to show; what counts is `url`.
    """
    fields = {"target": target, "url": url, "host": url, "record": record}
    return [
        type(class_name(target, kind), (USERS[kind],), {**fields, "kind": kind})
        for kind in kinds_of(target)
    ]


def in_order(classes: Iterable[type[LabUser]]) -> list[type[LabUser]]:
    """Those of one kind together, as the page lists them: the plain ones first."""
    return sorted(classes, key=lambda each: KINDS.index(each.kind))


def for_few(classes: Iterable[Any]) -> list[str]:
    """The names of those that a first run needs not: of special users, and of variants."""
    return sorted(
        each.__name__
        for each in classes
        if hasattr(each, "kind") and (each.kind != PLAIN or each.target.profile)
    )


def without_schedule(classes: Iterable[Any]) -> list[str]:
    """The names of those that know closed load only."""
    return sorted(each.__name__ for each in classes if getattr(each, "kind", None) != PLAIN)


def refusal(load: str, names: Sequence[str]) -> str:
    """Why classes of these names cannot make such a load; "" where they can."""
    if load not in loads.SCHEDULED or not names:
        return ""
    who = names[0] if len(names) == 1 else f"{names[0]} and others"
    return (
        f"load={load!r}: {who} cannot be scheduled: "
        f"expected one of {', '.join(loads.UNSCHEDULED)}, or the plain classes alone."
    )


def without_route(route: str, classes: Iterable[Any]) -> str:
    """Why plain users of these classes cannot ask for the option `route`; "" where they can."""
    for each in classes:
        if _lacks(each, route):
            known = [name for name in options.ROUTES if not _lacks(each, name)]
            return (
                f"route={route!r}: {each.target.name} has no such route: "
                f"expected one of {', '.join(known)}, or a load without {each.__name__}."
            )
    return ""


def of_database(classes: Iterable[Any]) -> list[str]:
    """The names of those that work only in a lab with a database."""
    return sorted(each.__name__ for each in classes if getattr(each, "kind", None) == DATABASE)


def without_database(route: str, classes: Sequence[Any], has_database: Callable[[], bool]) -> str:
    """Why these classes cannot load a lab without a database; "" where they can.

    `has_database` is called only where the answer depends on it.
    """
    who = ", ".join(of_database(classes))
    follow_route = any(getattr(each, "kind", None) == PLAIN for each in classes)
    if not who and route in options.DATABASE_ROUTES and follow_route:
        who = f"route={route!r}"
    return f"{who}: {options.NO_DATABASE}." if who and not has_database() else ""


def choose(environment: Environment, has_database: Callable[[], bool]) -> None:
    """Run the plain classes where the command line names none; end the process for a bad mix.

    And all of those that come from other files than the lab's: `-f locust/locustfile.py,mine.py`.
    Of classes that nobody has named, those without the route get no load.
    """
    parsed: Any = environment.parsed_options
    is_named = bool(parsed.user_classes)
    if not is_named:
        plain: list[Any] = [each for each in environment.user_classes if _is_plain(each)]
        environment.user_classes = [each for each in plain if not _lacks(each, parsed.route)]
        for each in plain:
            if _lacks(each, parsed.route):
                name = each.target.name
                sys.stderr.write(f"locust: no load for {name}, which has no /{parsed.route}\n")
    if not (parsed.headless or parsed.autostart):
        return
    names = without_schedule(environment.user_classes)
    sentence = (
        refusal(loads.of(environment), names)
        or without_route(parsed.route, environment.user_classes if is_named else [])
        or without_database(parsed.route, environment.user_classes, has_database)
    )
    if sentence:
        sys.stderr.write(f"locust: {sentence}\n")
        sys.exit(2)


def _lacks(each: Any, route: str) -> bool:
    # Other kinds have routes of their own, and a class of another locustfile has no target.
    if getattr(each, "kind", None) != PLAIN:
        return False
    target: Target = each.target
    return target.lacks(options.route_of(route, target.framework))


def _is_plain(each: Any) -> bool:
    return getattr(each, "kind", PLAIN) == PLAIN  # a class of another locustfile has none

"""The classes that Locust knows: for each target one for each kind of users that works there.

The plain ones run unless others are chosen, and the others know closed load only: they
send when they are ready for the next, never by a schedule.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import loads
from api_users import ApiUser
from lab_user import LabUser
from locust.env import Environment
from socket_users import SocketUser
from stream_users import StreamUser
from users import PlainUser

from lab.live.record import Record
from lab.targets import Target
from lab.user_kinds import API, KINDS, PLAIN, SOCKETS, STREAMS, UserKind, class_name, kinds_of

USERS: dict[UserKind, type[LabUser]] = {
    PLAIN: PlainUser,
    API: ApiUser,
    STREAMS: StreamUser,
    SOCKETS: SocketUser,
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


def choose(environment: Environment) -> None:
    """Run the plain classes where the command line names none; end the process for a bad mix.

    And all of those that come from other files than the lab's: `-f locust/locustfile.py,mine.py`.
    """
    options: Any = environment.parsed_options
    if not options.user_classes:
        plain = [each for each in environment.user_classes if _is_plain(each)]
        environment.user_classes = plain
    starts_by_itself = options.headless or options.autostart
    names = without_schedule(environment.user_classes)
    if starts_by_itself and (sentence := refusal(loads.of(environment), names)):
        sys.stderr.write(f"locust: {sentence}\n")
        sys.exit(2)


def _is_plain(each: Any) -> bool:
    return getattr(each, "kind", PLAIN) == PLAIN  # a class of another locustfile has none

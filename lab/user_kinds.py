"""The kinds of users: which route each requests, and how long it holds a slot there.

Locust has one class per kind and target. All kinds except the plain one must be selected.
"""

from dataclasses import dataclass

from lab.targets import Target

STREAM_LINES = 10
STREAM_EVERY_MS = 100
SOCKET_HOLD_S = 10.0


@dataclass(frozen=True, slots=True)
class UserKind:
    """One kind of users.

    `suffix` distinguishes its Locust class from the plain one: FlaskSvcSockets, FlaskSvc. `route`
    is the requested route, or "" where the run's options choose it, and `more_routes` are further
    ones that the same users request. `hold_s` is how long one request holds a slot by itself; None
    where it holds none or the upstream decides.
    """

    suffix: str
    route: str
    hold_s: float | None = None
    more_routes: tuple[str, ...] = ()


PLAIN = UserKind("", "")
API = UserKind("Api", "users")
# The first line comes at once, so n lines take n - 1 pauses.
STREAMS = UserKind("Streams", "stream", (STREAM_LINES - 1) * STREAM_EVERY_MS / 1000)
SOCKETS = UserKind("Sockets", "ws", SOCKET_HOLD_S)
DATABASE = UserKind("Database", "db-read", more_routes=("orm-read", "db-write"))
KINDS = (PLAIN, API, STREAMS, SOCKETS, DATABASE)

HOLD_S = {kind.route: kind.hold_s for kind in KINDS if kind.hold_s is not None}
"""Seconds for which a request to each of the held routes keeps its slot."""


def kinds_of(target: Target) -> tuple[UserKind, ...]:
    """Return the kinds that work on a target; plain users always do, on one route or another."""
    return tuple(kind for kind in KINDS if kind == PLAIN or target.has(kind.route))


def class_name(target: Target, kind: UserKind = PLAIN) -> str:
    """Name of the Locust class: FlaskSvc, FlaskSvcSockets for flask-svc."""
    return target.name.replace("-", " ").title().replace(" ", "") + kind.suffix

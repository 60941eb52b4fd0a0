"""The kinds of users: what each asks of a target, and how long it holds a slot there.

Locust has a class for each kind and target; all but the plain ones wait to be chosen.
"""

from dataclasses import dataclass

from lab.targets import Target

STREAM_LINES = 10
STREAM_EVERY_MS = 100
SOCKET_HOLD_S = 10.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of users.

    `suffix` tells its class from that of the plain users, FlaskSvcSockets from FlaskSvc.
    `route` is what it asks for, "" where the run's options say which. `hold_s` is how long
    one request holds a slot by itself, None where it holds none or the upstream decides.
    """

    suffix: str
    route: str
    hold_s: float | None = None


PLAIN = Kind("", "")
API = Kind("Api", "users")
STREAMS = Kind("Streams", "stream", (STREAM_LINES - 1) * STREAM_EVERY_MS / 1000)
SOCKETS = Kind("Sockets", "ws", SOCKET_HOLD_S)
KINDS = (PLAIN, API, STREAMS, SOCKETS)

HOLD_S = {kind.route: kind.hold_s for kind in KINDS if kind.hold_s is not None}
"""How long a request to each of the routes that are held keeps its slot, in seconds."""


def kinds_of(target: Target) -> tuple[Kind, ...]:
    """The kinds that work on a target."""
    return tuple(kind for kind in KINDS if kind.route not in target.broken_routes)


def class_name(target: Target, kind: Kind = PLAIN) -> str:
    """What Locust calls the users of that kind: FlaskSvc, FlaskSvcSockets for flask-svc."""
    return target.name.replace("-", " ").title().replace(" ", "") + kind.suffix

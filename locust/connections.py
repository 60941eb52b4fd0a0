"""What Locust's HTTP client does to connections without being asked, undone.

It asks select() whether an idle connection is still open. select() cannot look at
descriptors from 1024 on; the error counts as "closed", and from about a thousand
users in one process each request silently opens a new connection.

It sends a GET again, up to eleven times, when a connection ends before its
answer: the target then gets more requests than the load has, and the failure that
caused them is not seen.

And it uses an idle connection however old it is. A server closes one after KEEP_ALIVE_S,
and a request that is on its way just then is lost: with as long a think time, up to one
in ten. Here a connection is used again within half of that time, and never after.
"""

import os
import select
import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any

from gevent.monkey import get_original
from gevent.socket import socket
from geventhttpclient import client
from geventhttpclient.connectionpool import ConnectionPool

# The unpatched one: gevent's would yield to the hub, and there is nothing to wait for.
_poll = get_original("select", "poll")
_put_back = ConnectionPool.return_socket
KEEP_ALIVE_S = 5  # the services' own, where nobody says another


class Connection(socket):  # type: ignore[misc]  # gevent has no types
    """A connection that knows since when it is idle, in seconds of the monotonic clock."""

    __slots__ = ("idle_since_s",)


def connect(_pool: ConnectionPool, family: int, kind: int, protocol: int) -> Connection:
    """A connection to be."""
    return Connection(family, kind, protocol)


def put_back(pool: ConnectionPool, connection: Connection) -> None:
    """Keep a connection whose answer has been read for the next request."""
    connection.idle_since_s = monotonic()
    _put_back(pool, connection)


def is_usable(pool: Any, connection: Connection) -> bool:
    """Whether an idle connection is young enough, with nothing to read, not even its end."""
    if monotonic() - connection.idle_since_s > pool.longest_idle_s:
        return False
    if connection.fileno() < 0:
        return False
    poll = _poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def may_send_again(_method: str) -> bool:
    """Whether to repeat a request whose connection was lost: never."""
    return False


def longest_idle_s(environ: Mapping[str, str]) -> float:
    """Half of KEEP_ALIVE_S; a value that is no whole number above 0 ends the process."""
    text = environ.get("KEEP_ALIVE_S", str(KEEP_ALIVE_S))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        sys.stderr.write(f"locust: KEEP_ALIVE_S={text!r}: expected a whole number above 0\n")
        sys.exit(2)
    return int(text) / 2


def install(environ: Mapping[str, str] = os.environ) -> None:
    """Put all of this in the place of the client's own, for all of this process."""
    pool: Any = ConnectionPool
    pool.longest_idle_s = longest_idle_s(environ)
    pool._create_tcp_socket = connect
    pool.return_socket = put_back
    pool._is_socket_alive = is_usable
    module: Any = client
    module._may_retry_after_send_error = may_send_again

"""Undo what Locust's HTTP client does to connections without being asked.

1. It asks select() whether an idle connection is still open. select() cannot look at
   descriptors from 1024 on, and the client counts the error as "closed". From about a
   thousand users in one process, each request silently opens a new connection.
2. It sends a GET again, up to eleven times, when a connection ends before its answer. The
   target then gets more requests than the load has, and the first failure stays hidden.
3. It uses an idle connection however old it is. A server closes one after KEEP_ALIVE_S, and
   loses a request that arrives at that moment: with a think time as long, up to one in ten.
   Here a connection is used again within half of that time, and never later.
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

# The unpatched poll: gevent's would yield to the hub, although there is nothing to wait for.
_poll = get_original("select", "poll")
_put_back = ConnectionPool.return_socket
KEEP_ALIVE_S = 5  # default of the services


class Connection(socket):  # type: ignore[misc]  # gevent has no types
    """A connection that stores since when it is idle, in seconds of the monotonic clock."""

    __slots__ = ("idle_since_s",)


def connect(_pool: ConnectionPool, family: int, kind: int, protocol: int) -> Connection:
    """Return a socket for the pool, not connected yet."""
    return Connection(family, kind, protocol)


def put_back(pool: ConnectionPool, connection: Connection) -> None:
    """Keep a connection whose answer has been read, for the next request."""
    connection.idle_since_s = monotonic()
    _put_back(pool, connection)


def is_usable(pool: Any, connection: Connection) -> bool:
    """Whether an idle connection is young enough and has nothing to read, not even its end."""
    if monotonic() - connection.idle_since_s > pool.longest_idle_s:
        return False
    if connection.fileno() < 0:
        return False
    poll = _poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def may_send_again(_method: str) -> bool:
    """Whether the client may repeat a request whose connection was lost: never."""
    return False


def longest_idle_s(environ: Mapping[str, str]) -> float:
    """Return half of KEEP_ALIVE_S, in seconds.

    Exits with code 2 where the value is not a whole number above 0.
    """
    text = environ.get("KEEP_ALIVE_S", str(KEEP_ALIVE_S))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        sys.stderr.write(f"locust: KEEP_ALIVE_S={text!r}: expected a whole number above 0\n")
        sys.exit(2)
    return int(text) / 2


def install(environ: Mapping[str, str] = os.environ) -> None:
    """Replace the client's own functions with these, in the whole process."""
    pool: Any = ConnectionPool
    pool.longest_idle_s = longest_idle_s(environ)
    pool._create_tcp_socket = connect
    pool.return_socket = put_back
    pool._is_socket_alive = is_usable
    module: Any = client
    module._may_retry_after_send_error = may_send_again

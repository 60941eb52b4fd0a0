"""What Locust's HTTP client does to connections without being asked, undone.

It asks select() whether an idle connection is still open. select() cannot look at
descriptors from 1024 on; the error counts as "closed", and from about a thousand
users in one process each request silently opens a new connection.

And it sends a GET again, up to eleven times, when a connection ends before its
answer: the target then gets more requests than the load has, and the failure that
caused them is not seen.
"""

import select
from typing import Any

from gevent.monkey import get_original
from geventhttpclient import client
from geventhttpclient.connectionpool import ConnectionPool

# The unpatched one: gevent's would yield to the hub, and there is nothing to wait for.
_poll = get_original("select", "poll")


def is_alive(_pool: ConnectionPool, sock: Any) -> bool:
    """Whether an idle connection can be used: nothing to read, not even its end."""
    if sock is None or sock.fileno() < 0:
        return False
    poll = _poll()
    poll.register(sock.fileno(), select.POLLIN)
    return not poll.poll(0)


def may_send_again(_method: str) -> bool:
    """Whether to repeat a request whose connection was lost: never."""
    return False


def install() -> None:
    """Put both in the place of the client's own, for all of this process."""
    pool: Any = ConnectionPool
    pool._is_socket_alive = is_alive
    module: Any = client
    module._may_retry_after_send_error = may_send_again

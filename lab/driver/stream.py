"""A non-blocking socket on the event loop's readiness callbacks.

asyncio's transports would cost more to set up than a request costs to send: a burst would be
over before they were ready.
"""

import errno
import os
import socket
import struct
from asyncio import AbstractEventLoop, TimerHandle

from lab.driver import clock
from lab.driver.endpoint import Endpoint
from lab.driver.exhaustion import reason

RECEIVE_BYTES = 65536
LEAVE_S = 1.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EINTR, errno.EALREADY, errno.EISCONN})
_NOT_YET = frozenset({errno.EAGAIN, errno.ENOTCONN, errno.EINPROGRESS, errno.EINTR})


class Stream:
    """Sends bytes to an endpoint and receives bytes. A subclass implements `heard` and `broke`.

    `sent_s` is the time on the driver's clock when the kernel had all written bytes; None before.
    """

    __slots__ = (
        "_connected",
        "_endpoint",
        "_leave_timer",
        "_listens",
        "_loop",
        "_socket",
        "_unsent",
        "_waits_to_write",
        "sent_s",
    )

    def __init__(self, loop: AbstractEventLoop, endpoint: Endpoint) -> None:
        self._loop = loop
        self._endpoint = endpoint
        self._socket: socket.socket | None = None
        self._connected = self._listens = self._waits_to_write = False
        self._unsent = b""
        self._leave_timer: TimerHandle | None = None
        self.sent_s: float | None = None

    # -- implemented by subclasses --------------------------------------------

    def heard(self, data: bytes) -> None:
        """Handle received bytes; b"" is the end of the stream."""
        raise NotImplementedError

    def broke(self, sentence: str) -> None:
        """Handle a connection that failed or was lost; the sentence is the reason."""
        raise NotImplementedError

    # -- called by the owner --------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether there is a socket, connected or not."""
        return self._socket is not None

    def prepare(self) -> str:
        """Create the socket in advance, so that sending costs less time later.

        Returns "" on success, else a sentence with the reason.
        """
        if self._endpoint.problem:
            return f"no connection: {self._endpoint.problem}"
        try:
            self._socket = socket.socket(self._endpoint.family, socket.SOCK_STREAM)
        except OSError as error:
            return f"no connection: {reason(error)}"
        self._socket.setblocking(False)
        return ""

    def write(self, data: bytes) -> None:
        """Send bytes, and connect first if necessary. Does nothing without a socket.

        Reading starts with `listen`.
        """
        if self._socket is None:
            return
        self._unsent += data
        if not self._connected:
            code = self._socket.connect_ex(self._endpoint.address)
            if code and code not in _UNDER_WAY:
                self._break(OSError(code, os.strerror(code)))
                return
        self._flush()

    def listen(self) -> None:
        """Start reading: received bytes go to `heard`. Does nothing without a socket."""
        if self._socket is not None and not self._listens:
            self._listens = True
            self._loop.add_reader(self._socket.fileno(), self._receive)

    def leave(self) -> None:
        """Close after the server has closed, or after `LEAVE_S` seconds.

        The side that closes first keeps its port occupied for a minute. The client has few ports
        and needs one per connection; the server uses the same port for all of them.
        """
        if self._socket is not None:
            self.listen()
            self._leave_timer = self._loop.call_later(LEAVE_S, self.close)

    def reset(self) -> None:
        """Close with a reset, so that the server drops a request that it has not started."""
        if self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.close()

    def close(self) -> None:
        """Close the socket. `heard` and `broke` are not called afterwards."""
        if self._leave_timer is not None:
            self._leave_timer.cancel()
            self._leave_timer = None
        sock, self._socket = self._socket, None
        if sock is None:
            return
        # Unregister before closing: the kernel may reuse the descriptor for another socket.
        if self._listens:
            self._loop.remove_reader(sock.fileno())
        if self._waits_to_write:
            self._loop.remove_writer(sock.fileno())
        self._connected = self._listens = self._waits_to_write = False
        sock.close()

    # -- called by the event loop ---------------------------------------------

    def _receive(self) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._break(error)
            return
        self.heard(data)

    def _flush(self) -> None:
        assert self._socket is not None
        try:
            count = self._socket.send(self._unsent)
        except OSError as error:
            if error.errno not in _NOT_YET:
                self._break(error)
                return
            count = 0
        else:
            self._connected = True
        self._unsent = self._unsent[count:]
        if self._unsent:
            if not self._waits_to_write:
                self._waits_to_write = True
                self._loop.add_writer(self._socket.fileno(), self._flush)
            return
        if self.sent_s is None:
            self.sent_s = clock()
        if self._waits_to_write:
            self._waits_to_write = False
            self._loop.remove_writer(self._socket.fileno())

    def _break(self, error: OSError) -> None:
        stage = "connection lost" if self._connected else "no connection"
        self.broke(f"{stage}: {reason(error)}")

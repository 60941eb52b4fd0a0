"""A restricted socket: simple_websocket's access to the connection that gunicorn owns."""

import socket
from contextlib import suppress
from threading import Lock

CLOSING_FRAME = b"\x88"  # first byte of a close frame (RFC 6455, 5.2); no frame may follow it


class LentSocket:
    """gunicorn's socket, lent to a WebSocket; gunicorn closes it afterwards.

    It corrects five habits of simple_websocket, which sends from two threads; expects every
    `send` to send all bytes; waits for ever for a client that does not read; buffers, without
    limit, the data that such a client sends meanwhile; and closes the socket before gunicorn
    does, which would leave gunicorn's count of connections off by one.

    `patience_s` is the socket's timeout in seconds.
    """

    def __init__(self, connection: socket.socket, patience_s: float) -> None:
        self._connection = connection
        self._connection.settimeout(patience_s)
        self._in_use = Lock()
        self._has_said_goodbye = False

    def fileno(self) -> int:
        """Return the file descriptor, for a selector."""
        return self._connection.fileno()

    def recv(self, size: int) -> bytes:
        """Return the received bytes; waits while a `send` is in progress.

        Otherwise echoes to a client that does not read would pile up in memory.
        """
        with self._in_use:
            return self._connection.recv(size)

    def send(self, data: bytes) -> int:
        """Send all of `data` without interleaving, and return its length.

        Raises OSError if the client has left, or does not read within the timeout.
        """
        with self._in_use:
            if self._has_said_goodbye:
                return len(data)  # a frame of the other thread after the close frame: drop it
            try:
                self._connection.sendall(data)
            except OSError:
                self.close()  # a partly sent message makes the stream unusable
                raise
            self._has_said_goodbye = data.startswith(CLOSING_FRAME)
        return len(data)

    def close(self) -> None:
        """Shut both directions down; gunicorn closes the file descriptor itself."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

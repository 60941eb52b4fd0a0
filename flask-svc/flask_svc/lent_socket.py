"""What simple_websocket may do with a socket that is not its own."""

import socket
from contextlib import suppress
from threading import Lock

CLOSING_FRAME = b"\x88"  # RFC 6455, section 5.2: no frame may follow it


class LentSocket:
    """gunicorn's socket, as a WebSocket may use it: to be given back whole.

    simple_websocket sends from two threads, takes it that every `send` sends all, waits
    for ever for a client that does not read, keeps whatever that one sends meanwhile, and
    closes what gunicorn is yet to close: its count of connections would be off by one from
    then on.
    """

    def __init__(self, connection: socket.socket, patience_s: float) -> None:
        self._connection = connection
        self._connection.settimeout(patience_s)
        self._in_use = Lock()
        self._has_said_goodbye = False

    def fileno(self) -> int:
        """For a selector."""
        return self._connection.fileno()

    def recv(self, size: int) -> bytes:
        """What has arrived; not while there is something to send, or echoes would pile up."""
        with self._in_use:
            return self._connection.recv(size)

    def send(self, data: bytes) -> int:
        """All of it, and nothing in between; OSError where the client is gone or does not read."""
        with self._in_use:
            if self._has_said_goodbye:
                return len(data)  # made before that by the other thread, and too late
            try:
                self._connection.sendall(data)
            except OSError:
                self.close()  # part of a message may have been sent
                raise
            self._has_said_goodbye = data.startswith(CLOSING_FRAME)
        return len(data)

    def close(self) -> None:
        """Nothing comes or goes any more; gunicorn closes it."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

"""A WebSocket client that opens, holds and closes a WebSocket.

It has only the necessary part of RFC 6455: it answers pings, and reads and drops messages.
"""

import base64
import hashlib
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable

from lab.driver import clock
from lab.driver.connection import SWITCHING, Connection
from lab.driver.endpoint import Endpoint

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CLOSE, _PING, _PONG = 0x8, 0x9, 0xA
_GOING_AWAY = (1001).to_bytes(2, "big")


class Frames:
    """Incremental parser of a server's frames, which are not masked."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Add bytes; return opcode and payload of each frame that is complete now."""
        self._data += data
        found = []
        while (frame := self._next()) is not None:
            found.append(frame)
        return found

    def _next(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        length, begin = data[1] & 0x7F, 2
        if length > 125:
            begin = 4 if length == 126 else 10
            if len(data) < begin:
                return None
            length = int.from_bytes(data[2:begin], "big")
        if len(data) < begin + length:
            return None
        payload = bytes(data[begin : begin + length])
        opcode = data[0] & 0x0F
        del data[: begin + length]
        return opcode, payload


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a client's frame with at most 125 bytes of payload, masked as RFC 6455 requires."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes((0x80 | opcode, 0x80 | len(payload))) + mask + masked


class WebSocket:
    """Opens a WebSocket, holds it for `hold_s` after the handshake, and closes it.

    `connection` has the result of the handshake. Times are on the driver's clock, None before:
    `opened_s` is the end of the handshake, `closing_s` the start of closing, `over_s` the end.
    At the end it calls `over`. `lost` is the error of a WebSocket that ended early, else "".
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        endpoint: Endpoint,
        hold_s: float,
        over: Callable[["WebSocket"], None],
    ) -> None:
        self._loop = loop
        self._hold_s = hold_s
        self._over = over
        self._frames = Frames()
        key = base64.b64encode(os.urandom(16))
        self._accept = base64.b64encode(hashlib.sha1(key + _ACCEPT).digest())
        self._request = endpoint.request(
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": key.decode(),
            }
        )
        self.connection = Connection(loop, endpoint, self._answered)
        self.opened_s: float | None = None
        self.closing_s: float | None = None
        self.over_s: float | None = None
        self.lost = ""

    def depart(self) -> None:
        """Send the request of the handshake."""
        self.connection.depart(self._request)

    def close(self) -> None:
        """Reset the connection, without a closing handshake."""
        self.connection.abandon()

    def _answered(self, connection: Connection) -> None:
        if connection.status == SWITCHING:
            if connection.headers.get(b"sec-websocket-accept") == self._accept:
                self.opened_s = connection.end_s
                connection.receive = self._receive
                self._loop.call_later(self._hold_s, self._begin_to_close)
                return
            connection.error = "no WebSocket: the server accepted another key"
            connection.close()
        elif not connection.error:
            connection.error = f"no WebSocket: answered {connection.status}"
        self.end()

    def _receive(self, data: bytes) -> None:
        if not data:
            if self.closing_s is None:
                self.lost = "connection lost: the server ended the WebSocket while it was held"
            self.end()
            return
        for opcode, payload in self._frames.feed(data):
            if opcode == _PING:
                self.connection.write(frame(_PONG, payload))
            elif opcode == _CLOSE:
                if self.closing_s is None:
                    self.lost = "connection lost: the server closed the WebSocket while it was held"
                    self.connection.write(frame(_CLOSE, payload[:2]))
                self.end()

    def _begin_to_close(self) -> None:
        if self.over_s is None:
            self.closing_s = clock()
            self.connection.write(frame(_CLOSE, _GOING_AWAY))

    def end(self) -> None:
        """End the WebSocket, whether it closed normally or not, and close the connection.

        Further calls do nothing.
        """
        if self.over_s is not None:
            return
        self.over_s = clock()
        self.connection.receive = None
        self.connection.leave()  # RFC 6455: the server should close the TCP connection first
        self._over(self)

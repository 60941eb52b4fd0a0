"""One WebSocket to the lab's own targets: no proxy, no redirect, a timeout on every wait."""

import struct
from socket import create_connection
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import answers
import http_client
from websocket import (
    ABNF,
    WebSocket,
    WebSocketBadStatusException,
    WebSocketException,
    WebSocketTimeoutException,
)

SWITCHING = 101
GOODBYE_S = 3.0


class SpeakingError(Exception):
    """The other side breaks the protocol or is gone; the text is a sentence."""


class Socket:
    """A WebSocket, opened at `path` of the address `url`.

    Raises SpeakingError where it does not open within `timeout_s` seconds.
    """

    def __init__(self, url: str, path: str, *, timeout_s: float) -> None:
        parts = urlsplit(url)
        # Without locks, because only one greenlet uses it.
        make: Any = WebSocket  # the library has types only in part
        self._socket = make(enable_multithread=False, skip_utf8_validation=True)
        try:
            # Connects by itself, so that no proxy from the environment can get between.
            connection = create_connection((parts.hostname, parts.port), timeout_s)
        except OSError as error:
            raise SpeakingError(f"no answer: {error}") from error
        try:
            self._socket.connect(
                f"ws://{parts.netloc}{path}",
                socket=connection,
                suppress_origin=True,
                redirect_limit=0,
            )
        except WebSocketBadStatusException as error:
            raise SpeakingError(_refusal(error)) from error
        except (WebSocketException, OSError) as error:
            raise SpeakingError(f"no answer: {error}") from error

    def send(self, text: str) -> None:
        """Send a message. Raises SpeakingError where the connection has ended."""
        try:
            self._socket.send(text)
        except (WebSocketException, OSError) as error:
            raise SpeakingError(f"the WebSocket broke off: {error}") from error

    def receive(self, timeout_s: float) -> str | None:
        """Return the next message; None where none comes within `timeout_s` seconds.

        Raises SpeakingError where the connection has ended.
        """
        self._socket.settimeout(max(timeout_s, 0.001))  # 0 would not wait at all
        try:
            opcode, data = self._socket.recv_data()
        except WebSocketTimeoutException:
            return None
        except (WebSocketException, OSError) as error:
            raise SpeakingError(f"the WebSocket broke off: {error}") from error
        if opcode == ABNF.OPCODE_CLOSE:
            raise SpeakingError(f"the target closed the WebSocket{_code(data)}")
        return bytes(data).decode(errors="replace")

    def say_goodbye(self) -> None:
        """Close with a closing handshake.

        Raises SpeakingError where the other side leaves the WebSocket open for GOODBYE_S seconds. A
        connection that ends without a closing frame is accepted, because the WebSocket was over.
        """
        until = perf_counter() + GOODBYE_S
        try:
            self._socket.send_close()
            while (left_s := until - perf_counter()) > 0:
                self._socket.settimeout(left_s)
                if self._socket.recv_frame().opcode == ABNF.OPCODE_CLOSE:
                    return
        except WebSocketTimeoutException:
            pass
        except (WebSocketException, OSError):
            return
        raise SpeakingError(f"the WebSocket was still open {GOODBYE_S:g} s after it was closed")

    def hang_up(self) -> None:
        """Close the connection, whatever was said before."""
        self._socket.shutdown()


def _refusal(error: WebSocketBadStatusException) -> str:
    content = error.resp_body if isinstance(error.resp_body, bytes) else b""
    return str(answers.fault(http_client.Answer(error.status_code, content), SWITCHING))


def _code(data: Any) -> str:
    return f" with code {struct.unpack('!H', data[:2])[0]}" if len(data) >= 2 else ""

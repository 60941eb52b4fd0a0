"""Limits of size and time for requests to Locust's page.

gevent's server reads a body of any size, also one that no view reads, and waits for the end of a
request for ever. This handler reads a request completely before the page sees it, or refuses it.
"""

from contextlib import suppress
from io import BytesIO
from socket import SHUT_WR
from typing import Any

import gevent
from gevent import pywsgi

BODY_BYTES = 64 * 1024
REQUEST_S = 10.0  # from the first byte of a request to its last
LINGER_S = 1.0
IDLE_S = 120.0  # between two requests; a browser opens connections that it may need later


def install() -> None:
    """Make Locust's server use the handler. Call it before Locust creates the server."""
    pywsgi.WSGIServer.handler_class = Handler


class Handler(pywsgi.WSGIHandler):  # type: ignore[misc]  # gevent has no types
    """Reads requests within limits of size and time."""

    def handle_one_request(self) -> Any:
        """Handle a request like gevent; answer a refused request and close the connection."""
        try:
            with gevent.Timeout(IDLE_S):
                if not self.rfile.peek(1):
                    return None
        except (gevent.Timeout, OSError):
            return None
        self._deadline = gevent.Timeout.start_new(REQUEST_S)
        try:
            return super().handle_one_request()
        except gevent.Timeout as timeout:
            if timeout is not self._deadline:
                raise
            sentence = f"A whole request must come within {REQUEST_S:g} s."
            self._refuse("408 Request Timeout", sentence)
        except TooLargeError:
            self._refuse("413 Content Too Large", f"A body may have at most {BODY_BYTES:,} bytes.")
        except BrokenBodyError:
            self._refuse("400 Bad Request", "The body does not match the request's headers.")
        finally:
            self._deadline.close()
        return None

    def _refuse(self, status: str, sentence: str) -> None:
        """Send the refusal, then read for LINGER_S: a close while the client sends is a reset."""
        with suppress(OSError), gevent.Timeout(LINGER_S, False):
            self.socket.sendall(refusal(status, sentence))
            self.socket.shutdown(SHUT_WR)
            while self.socket.recv(65536):
                pass

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment with the complete body in it.

        The page does not wait for a body then, and no unread bytes remain on the connection. Raises
        TooLargeError and BrokenBodyError.
        """
        environ: dict[str, Any] = super().get_environ()
        if (self.content_length or 0) > BODY_BYTES:
            raise TooLargeError
        try:
            body = self.wsgi_input.read(BODY_BYTES + 1)
        except (OSError, ValueError):  # get_environ runs outside of gevent's own error handling
            raise BrokenBodyError from None
        if len(body) > BODY_BYTES:
            raise TooLargeError
        self._deadline.close()  # the deadline is for the client, not for the answer
        environ["wsgi.input"] = BytesIO(body)
        if self.wsgi_input.chunked_input:  # Flask takes the length from here
            environ["CONTENT_LENGTH"] = str(len(body))
        return environ


class TooLargeError(Exception):
    """The body is larger than BODY_BYTES."""


class BrokenBodyError(Exception):
    """The body is shorter than announced, or its chunks are malformed."""


def refusal(status: str, sentence: str) -> bytes:
    """Return the HTTP response that refuses a request."""
    text = f'{{"success": false, "message": "{sentence}"}}\n'.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + text

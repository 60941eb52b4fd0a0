"""What a stranger may send to Locust's page: so many bytes, and not slowly.

gevent's server reads a body of any size, also one that nobody has asked for, and waits for the
end of a request for ever. Here a request is read whole before the page sees it, or is refused.
"""

from contextlib import suppress
from io import BytesIO
from socket import SHUT_WR
from typing import Any

import gevent
from gevent import pywsgi

BODY_BYTES = 64 * 1024
REQUEST_S = 10.0  # from its first byte to its last
LINGER_S = 1.0
IDLE_S = 120.0  # between two requests; a browser opens connections that it may need later


def install() -> None:
    """For the server that Locust is yet to make."""
    pywsgi.WSGIServer.handler_class = Handler


class Handler(pywsgi.WSGIHandler):  # type: ignore[misc]  # gevent has no types
    """Reads a request within limits."""

    def handle_one_request(self) -> Any:
        """As gevent's; a refusal is answered, and ends the connection."""
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
            self._refuse("400 Bad Request", "The body is not as the head of the request says.")
        finally:
            self._deadline.close()
        return None

    def _refuse(self, status: str, sentence: str) -> None:
        """Answer, and read on for a moment: a client that still sends would be reset by a close."""
        with suppress(OSError), gevent.Timeout(LINGER_S, False):
            self.socket.sendall(refusal(status, sentence))
            self.socket.shutdown(SHUT_WR)
            while self.socket.recv(65536):
                pass

    def get_environ(self) -> dict[str, Any]:
        """With the body, whole: the page waits for none, and nothing is left to be read after it.

        Raises TooLargeError and BrokenBodyError.
        """
        environ: dict[str, Any] = super().get_environ()
        if (self.content_length or 0) > BODY_BYTES:
            raise TooLargeError
        try:
            body = self.wsgi_input.read(BODY_BYTES + 1)
        except (OSError, ValueError):  # gevent asks outside of what answers for such a request
            raise BrokenBodyError from None
        if len(body) > BODY_BYTES:
            raise TooLargeError
        self._deadline.close()  # how long the answer takes is not the client's fault
        environ["wsgi.input"] = BytesIO(body)
        if self.wsgi_input.chunked_input:  # to Flask its length is known now
            environ["CONTENT_LENGTH"] = str(len(body))
        return environ


class TooLargeError(Exception):
    """A body of more bytes than the page has use for."""


class BrokenBodyError(Exception):
    """A body that ends before its time, or whose chunks are none."""


def refusal(status: str, sentence: str) -> bytes:
    """The answer to a request that is not taken."""
    text = f'{{"success": false, "message": "{sentence}"}}\n'.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + text

"""Reads complete requests from the bytes of one connection, with limits on their size.

httptools parses. This module only collects the parts from its callbacks and enforces the limits.
"""

from collections.abc import Callable

import httptools

from mock_upstream.message import Request
from mock_upstream.problems import Problem

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 64 * 1024
# Limit on the bytes outside the body: the head, and the chunk sizes and line ends of chunks.
MAX_FRAMING_BYTES = MAX_HEAD_BYTES + MAX_BODY_BYTES


class RequestReader:
    """Parse bytes and call `deliver` with each complete request.

    `expects_continue` is true while the client waits for "100 Continue" before it sends its
    body. `is_midway` is true from the first byte of a request to its last.
    """

    def __init__(self, deliver: Callable[[Request], None]) -> None:
        self._deliver = deliver
        self._parser = httptools.HttpRequestParser(self)
        self._refusal: Problem | None = None
        self._framing_bytes = 0
        self.on_message_begin()
        self.is_midway = False

    def feed(self, data: bytes) -> None:
        """Parse the next bytes of the connection.

        Raises Problem if they are not HTTP or exceed a limit; the connection must then close.
        """
        self._framing_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # already delivered, as the last request of its connection
        except httptools.HttpParserCallbackError:
            if self._refusal is None:
                raise
            raise self._refusal from None
        except httptools.HttpParserError as error:
            raise Problem(400, "bad_request", f"not a valid HTTP/1.1 request: {error}") from None
        # An endless line never reaches a callback, so its bytes are counted here.
        if self._in_head and self._framing_bytes > MAX_HEAD_BYTES:
            raise self._head_too_large()
        if self._framing_bytes > MAX_FRAMING_BYTES:
            raise self._body_too_large()

    # -- called by the parser -------------------------------------------------

    def on_message_begin(self) -> None:
        self.is_midway = True
        self._target = b""
        self._head_bytes = 0
        self._in_head = True
        self._hosts = 0
        self._host = b""
        self._caller: bytes | None = None
        self._declared_bytes = 0
        self._body = bytearray()
        self.expects_continue = False

    def on_url(self, part: bytes) -> None:
        self._count_head(part)
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(name, value)
        if not self._in_head:
            return  # a trailer
        match name.lower():
            case b"host":
                self._hosts += 1
                self._host = value
            case b"x-caller":
                self._caller = value
            case b"content-length":
                self._declared_bytes = int(value)
            case b"expect":
                self.expects_continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        self._in_head = False
        version = self._parser.get_http_version()
        if version not in ("1.0", "1.1"):
            self._refuse(Problem(400, "bad_request", f"HTTP/{version}: expected HTTP/1.1"))
        if self._hosts != 1 and version == "1.1":
            self._refuse(Problem(400, "bad_request", "expected exactly one Host header"))
        if self._declared_bytes > MAX_BODY_BYTES:
            self._refuse(self._body_too_large())

    def on_body(self, part: bytes) -> None:
        self.expects_continue = False
        self._framing_bytes -= len(part)
        self._body += part
        if len(self._body) > MAX_BODY_BYTES:
            self._refuse(self._body_too_large())

    def on_message_complete(self) -> None:
        self.expects_continue = False
        self.is_midway = False
        self._framing_bytes = 0
        parser = self._parser
        self._deliver(
            Request(
                method=parser.get_method().decode("ascii"),
                target=self._target,
                version=parser.get_http_version(),
                # An upgrade is ignored, because this server has no other protocol. But the
                # bytes after the request may be in that protocol, so the connection ends here.
                keep_alive=parser.should_keep_alive() and not parser.should_upgrade(),
                host=self._host,
                caller=self._caller,
                body=bytes(self._body),
            )
        )

    # -- limits ---------------------------------------------------------------

    def _count_head(self, *parts: bytes) -> None:
        self._head_bytes += sum(map(len, parts))
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(self._head_too_large())

    def _refuse(self, problem: Problem) -> None:
        # The parser hides exceptions of its callbacks, so `feed` raises this one again.
        self._refusal = problem
        raise problem

    def _head_too_large(self) -> Problem:
        return Problem(
            431, "headers_too_large", f"expected a request head of {MAX_HEAD_BYTES} bytes at most"
        )

    def _body_too_large(self) -> Problem:
        return Problem(413, "body_too_large", f"expected a body of {MAX_BODY_BYTES} bytes at most")

"""A connection that sends one HTTP request at a time and measures its time."""

from asyncio import AbstractEventLoop
from collections.abc import Callable

import httptools

from lab.driver import clock
from lab.driver.endpoint import Endpoint
from lab.driver.stream import Stream

SWITCHING = 101
_NAMES = frozenset(
    {
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"server-timing",
        b"x-worker-pid",
        b"sec-websocket-accept",
    }
)

Ended = Callable[["Connection"], None]


class Connection(Stream):
    """One connection to an endpoint. It calls `ended` for each request that is answered or lost.

    The attributes then describe that request until the next one begins: `start_s`, `sent_s`
    (None where it never reached the kernel) and `end_s` by the driver's clock; `status` (0 for
    no answer); `headers`, only those in `_NAMES`, with names in lower case; `body`, if
    `keeps_body` or the status is not 2xx; `error`, one sentence or "". The connection stays open
    after an answer if `keep_alive` and the server agrees. After an answer with status 101, all
    further bytes go to `receive`, with b"" at the end.
    """

    __slots__ = (
        "_answered",
        "_ended",
        "_keep_alive",
        "_keeps_body",
        "_parser",
        "_survives",
        "body",
        "end_s",
        "error",
        "headers",
        "in_flight",
        "receive",
        "start_s",
        "status",
    )

    def __init__(
        self,
        loop: AbstractEventLoop,
        endpoint: Endpoint,
        ended: Ended,
        *,
        keep_alive: bool = True,
        keeps_body: bool = False,
    ) -> None:
        super().__init__(loop, endpoint)
        self._ended = ended
        self._keep_alive = keep_alive
        self._keeps_body = keeps_body
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._answered = self._survives = False
        self.receive: Callable[[bytes], None] | None = None
        self.in_flight = False
        self.start_s = self.end_s = 0.0
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body: list[bytes] = []
        self.error = ""

    # -- called by the owner --------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether it is open and idle, so that it can send another request."""
        return self._survives and self.is_open and not self.in_flight

    @property
    def text(self) -> str:
        """The body as text; invalid UTF-8 is replaced."""
        return b"".join(self.body).decode(errors="replace")

    def depart(self, request: bytes) -> None:
        """Send a request, and connect first if necessary. `listen` starts reading the answer."""
        self.in_flight = True
        self.status, self.sent_s, self.error = 0, None, ""
        self._answered = False
        self.headers, self.body = {}, []
        self.start_s = clock()
        if not self.is_open and (problem := self.prepare()):
            self._end(problem)
        else:
            self.write(request)

    def send(self, request: bytes) -> None:
        """Send a request and read its answer."""
        self.depart(request)
        self.listen()

    def give_up(self, sentence: str) -> None:
        """End the request in flight with that error, and close the connection normally."""
        self.broke(sentence)

    def abandon(self, sentence: str = "") -> None:
        """Close with a reset, so that the server does not work for a client that has left.

        With a sentence, the request in flight ends with that error; else `ended` is not called.
        """
        was_in_flight = self.in_flight
        self.reset()
        if sentence and was_in_flight:
            self._end(sentence)

    def close(self) -> None:
        """Close without a call to `ended`; the request in flight gets no result."""
        super().close()
        self.in_flight = self._survives = False
        self._parser = None  # breaks a reference cycle, left to the garbage collector otherwise

    # -- called by the stream -------------------------------------------------

    def heard(self, data: bytes) -> None:
        if self.receive is not None:
            self.receive(data)
        elif not self.in_flight:
            self.close()  # the end of an idle connection, or unsolicited bytes
        elif data:
            self._parse(data)
        else:
            self._end_of_stream()

    def broke(self, sentence: str) -> None:
        was_in_flight = self.in_flight
        self.close()
        if was_in_flight:
            self._end(sentence)
        elif self.receive is not None:
            self.receive(b"")

    # -- called by the parser -------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in _NAMES:
            self.headers[name] = value

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self.status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        if self._keeps_body or not _is_success(self.status):
            self.body.append(data)

    def on_message_complete(self) -> None:
        assert self._parser is not None
        self._answered = True
        self._survives = self._keep_alive and self._parser.should_keep_alive()

    # -- how a request ends ---------------------------------------------------

    def _parse(self, data: bytes) -> None:
        assert self._parser is not None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._finish()
            if self.receive is not None and (rest := data[upgrade.args[0] :]):
                self.receive(rest)
            return
        except httptools.HttpParserCallbackError:
            raise  # a bug in the driver, not an error of the server
        except httptools.HttpParserError as error:
            self.broke(f"no HTTP: {error}")
            return
        if self._answered:
            self._finish()

    def _finish(self) -> None:
        # The answer is complete.
        error = ""
        if self.status != SWITCHING:
            if not _is_success(self.status):
                error = f"answered {self.status}: {' '.join(self.text.split())[:200]}"
            if not self._survives:
                self.leave()
        self._end(error)

    def _end_of_stream(self) -> None:
        framed = b"content-length" in self.headers or b"transfer-encoding" in self.headers
        if self.status and not framed:
            self.close()
            self._finish()  # an unframed answer ends with its connection
        elif self.status:
            self.broke("connection lost: closed within the answer")
        else:
            self.broke("connection lost: closed before the answer")

    def _end(self, error: str) -> None:
        self.end_s = clock()
        self.error = error
        self.in_flight = False
        self._ended(self)


def _is_success(status: int) -> bool:
    return 200 <= status < 300

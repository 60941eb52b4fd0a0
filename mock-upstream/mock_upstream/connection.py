"""The protocol of one client connection: it answers requests in order, one at a time.

A pipelined request begins its wait when the request before it has been answered.
Reading never pauses, because only a read shows that the client has left. Therefore a limit
on the number of pipelined requests bounds the memory, not back-pressure. A client that shut
down its sending side counts as gone, like a client that closed or reset the connection. A
client that has begun a request must complete it within REQUEST_S.
"""

import asyncio
import time
from collections import deque
from typing import cast

from mock_upstream.closing import close_gently, reset
from mock_upstream.dial import Fault
from mock_upstream.hold import Hold
from mock_upstream.ledger import Ledger, Tally, caller_name
from mock_upstream.message import CONTINUE, Answer, Request
from mock_upstream.problems import Problem
from mock_upstream.reader import RequestReader
from mock_upstream.routes import Routes
from mock_upstream.waits import Wait

MAX_PIPELINED = 64
REQUEST_S = 10.0  # deadline for a request, from its first byte to its last


class Held:
    """A request during its wait; `hold` is None if the request hangs."""

    __slots__ = ("hold", "request", "tally", "wait")

    def __init__(self, request: Request, wait: Wait, tally: Tally) -> None:
        self.request = request
        self.wait = wait
        self.tally = tally
        self.hold: Hold | None = None


class Connection(asyncio.Protocol):
    """Read requests, answer them through `routes`, and record their waits in `ledger`.

    The connection is a member of `open_connections` while it is open.
    """

    _transport: asyncio.Transport

    def __init__(self, routes: Routes, ledger: Ledger, open_connections: set["Connection"]) -> None:
        self._routes = routes
        self._ledger = ledger
        self._open = open_connections
        self._loop = asyncio.get_running_loop()
        self._reader: RequestReader | None = RequestReader(self._enqueue)
        self._queue: deque[Request | Problem] = deque()
        self._held: Held | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._paused = False  # True while the client does not read its answers
        self._draining = False

    def drain(self) -> None:
        """Close after the answer to the request in flight; at once if there is none.

        Does not wait for a request that hangs, because that request never gets an answer.
        """
        self._draining = True
        if self._held is None or self._held.hold is None:
            self._transport.close()

    # -- called by the event loop ---------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's, but not its class.
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        if self._reader is None:
            return  # the connection is closing: ignore further requests
        try:
            self._reader.feed(data)
        except Problem as problem:
            self._enqueue(problem)
        self._watch()
        self._work()
        if len(self._queue) > MAX_PIPELINED:
            self._drop_excess()
        elif self._reader is not None and self._reader.expects_continue and self._held is None:
            self._transport.write(CONTINUE)

    def eof_received(self) -> None:
        """Treat the end of the client's stream as its departure.

        Returns None, so that the transport closes the connection.
        """

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        self._queue.clear()
        self._reader = None
        self._watch()
        held, self._held = self._held, None
        if held is not None:
            if held.hold is None:
                self._ledger.give_up(held.tally, held)
            else:
                held.hold.cancel()
                self._ledger.cancel(held.tally)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._work()

    # -- one request after the other ------------------------------------------

    def _enqueue(self, item: Request | Problem) -> None:
        self._queue.append(item)
        self._forget_deadline()  # this one has ended; another may have begun behind it
        if isinstance(item, Problem) or not item.keep_alive:
            self._reader = None  # the connection closes after this answer

    def _watch(self) -> None:
        # Most requests arrive whole in one read, and need no timer.
        is_midway = self._reader is not None and self._reader.is_midway
        if is_midway and self._deadline is None:
            self._deadline = self._loop.call_later(REQUEST_S, self._lose_patience)
        elif not is_midway:
            self._forget_deadline()

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _lose_patience(self) -> None:
        detail = f"a request must come whole within {REQUEST_S:g} s"
        self._enqueue(Problem(408, "request_timeout", detail))
        self._work()

    def _drop_excess(self) -> None:
        # Answer the oldest requests and refuse the rest: the queue must stay bounded.
        while len(self._queue) > MAX_PIPELINED:
            self._queue.pop()
        detail = f"more than {MAX_PIPELINED} requests waiting on one connection: expected fewer"
        self._queue.append(Problem(400, "bad_request", detail))
        self._reader = None
        self._forget_deadline()

    def _work(self) -> None:
        while self._queue and not self._is_busy():
            item = self._queue.popleft()
            if isinstance(item, Problem):
                self._refuse(item)
                return
            try:
                outcome = self._routes.answer(item)
            except Problem as problem:
                outcome = Answer.to_problem(problem)
            if isinstance(outcome, Wait):
                self._hold(item, outcome)
            else:
                self._answer(item, outcome)

    def _is_busy(self) -> bool:
        return self._held is not None or self._paused or self._transport.is_closing()

    def _hold(self, request: Request, wait: Wait) -> None:
        held = Held(request, wait, self._ledger.begin(caller_name(request.caller)))
        self._held = held
        if wait.fault is Fault.HANG:
            self._ledger.hang(held.tally, held, at_s=time.time())
        else:
            held.hold = Hold(self._loop, wait.delay_ms, self._release)

    def _release(self, held_ms: float) -> None:
        held, self._held = self._held, None
        assert held is not None
        if held.wait.fault is Fault.RESET:
            self._ledger.fail(held.tally)
            reset(self._transport)
            return
        status, body = held.wait.answer.status, held.wait.answer.body
        timing = {"Server-Timing": f"delay;dur={held_ms:.3f}"}
        self._answer(held.request, Answer(status, body, timing))
        if held.wait.fault is Fault.ERROR:
            self._ledger.fail(held.tally)
        else:
            late_ms = held_ms - held.wait.delay_ms
            self._ledger.serve(held.tally, held_ms=held_ms, late_ms=late_ms)
        self._work()

    def _answer(self, request: Request, answer: Answer) -> None:
        keep_alive = request.keep_alive and not self._draining
        self._transport.write(answer.encode(request, keep_alive=keep_alive))
        if not keep_alive:
            self._transport.close()

    def _refuse(self, problem: Problem) -> None:
        self._transport.write(Answer.to_problem(problem).encode(None, keep_alive=False))
        close_gently(self._transport, self._loop)

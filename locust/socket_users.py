"""A user that opens a WebSocket, holds it, sends an echo now and then, and closes it."""

import json
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import websocket_client
from lab_user import TIMEOUT_S, LabUser
from locust import task
from locust.user.task import LOCUST_STATE_STOPPING

from lab.user_kinds import SOCKET_HOLD_S, SOCKETS

EVERY_MS = 1000
NOTICE_S = 1.0
"""Longest time until STOP is noticed, in seconds, with or without a tick from the target."""
ECHO_EVERY_S = 2.0
PATIENCE_S = 5.0
ROW = f"/{SOCKETS.route}"
PATH = f"{ROW}?every_ms={EVERY_MS}"


@dataclass(slots=True)
class Talk:
    """The state of one WebSocket. `sent_at` is None while the user waits for no echo.

    Names in `_at` are readings of perf_counter.
    """

    heard_at: float
    pid: int = 0
    ticks: int = 0
    echoes: int = 0
    sent_at: float | None = None
    next_echo_at: float = 0.0


class SocketUser(LabUser):
    """A user that counts as served from the handshake's answer to the end of the WebSocket."""

    abstract = True

    @task
    def act(self) -> None:
        """Live one WebSocket from open to close; a fault becomes a failure in its own row.

        After STOP it closes within a second, so that stopping does not wait for the whole hold.
        """
        begin = perf_counter()
        talk, opened_at, fault = Talk(begin), begin, None
        self.record.start()
        try:
            socket = websocket_client.Socket(self.url, PATH, timeout_s=TIMEOUT_S)
            opened_at = talk.heard_at = perf_counter()
            self.fire("WS", f"{ROW} open", (opened_at - begin) * 1000)
            self._hold(socket, talk, until=opened_at + SOCKET_HOLD_S)
        except websocket_client.SpeakingError as error:
            fault = str(error)
        finally:
            self.record.end()
        ended_at = perf_counter()
        latency_ms = (ended_at - begin) * 1000
        self.record.answer(
            latency_ms=latency_ms,
            fault=fault,
            pid=talk.pid,
            upstream_s=ended_at - opened_at,
            app_s=0.0,
        )
        self.fire("WS", ROW, latency_ms, fault=fault)

    def _hold(self, socket: websocket_client.Socket, talk: Talk, *, until: float) -> None:
        self.record.hold(SOCKETS.route)
        try:
            while self._state != LOCUST_STATE_STOPPING and perf_counter() < until:
                self._go_on(socket, talk, until)
            socket.say_goodbye()
        finally:
            socket.hang_up()
            self.record.release(SOCKETS.route)

    def _go_on(self, socket: websocket_client.Socket, talk: Talk, until: float) -> None:
        """Send an echo if it is due, and hear the next message."""
        now = perf_counter()
        if talk.sent_at is None and now >= talk.next_echo_at:
            socket.send(f"echo {talk.echoes}")
            talk.sent_at = now
            talk.next_echo_at = now + ECHO_EVERY_S
        next_at = until if talk.sent_at is not None else min(until, talk.next_echo_at)
        text = socket.receive(min(next_at - now, NOTICE_S))
        now = perf_counter()
        if text is not None:
            self._hear(_json(text), talk, now)
        if now - talk.heard_at > PATIENCE_S:
            raise websocket_client.SpeakingError(f"no tick for {PATIENCE_S:g} s")
        if talk.sent_at is not None and now - talk.sent_at > PATIENCE_S:
            raise websocket_client.SpeakingError(f"no echo within {PATIENCE_S:g} s")

    def _hear(self, told: Any, talk: Talk, now: float) -> None:
        # The target numbers its ticks from 0, so a lost or repeated tick is a fault.
        if told == {"tick": talk.ticks, "pid": told.get("pid")}:
            talk.pid, talk.heard_at = int(told["pid"]), now
            talk.ticks += 1
        elif talk.sent_at is not None and told == {"echo": f"echo {talk.echoes}"}:
            self.fire("WS", f"{ROW} echo", (now - talk.sent_at) * 1000)
            talk.echoes += 1
            talk.sent_at = None
        else:
            raise websocket_client.SpeakingError("a message is neither the next tick nor the echo")


def _json(text: str) -> dict[str, Any]:
    """The object in a message; empty where the message is no object."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}

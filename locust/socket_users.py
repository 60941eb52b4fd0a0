"""A user that opens a WebSocket, holds it, says something now and then, and closes it."""

import json
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import speaking
from lab_user import TIMEOUT_S, LabUser
from locust import task
from locust.user.task import LOCUST_STATE_STOPPING

from lab.kinds import SOCKET_HOLD_S, SOCKETS

EVERY_MS = 1000
NOTICE_S = 1.0
"""Within so long STOP is seen, whether or not there is a tick."""
ECHO_EVERY_S = 2.0
PATIENCE_S = 5.0
ROW = f"/{SOCKETS.route}"
PATH = f"{ROW}?every_ms={EVERY_MS}"


@dataclass(slots=True)
class Talk:
    """What one WebSocket has said so far. `sent_at` is None while no echo is due."""

    heard_at: float
    pid: int = 0
    ticks: int = 0
    echoes: int = 0
    sent_at: float | None = None
    next_echo_at: float = 0.0


class SocketUser(LabUser):
    """Counts as served from the handshake's answer to the end."""

    abstract = True

    @task
    def act(self) -> None:
        """The whole life of one WebSocket; what is wrong with it becomes a failure in its own row.

        From STOP on it is closed within a second: who stops does not wait for the hold.
        """
        begin = perf_counter()
        talk, opened_at, fault = Talk(begin), begin, None
        self.record.start()
        try:
            socket = speaking.Socket(self.url, PATH, timeout_s=TIMEOUT_S)
            opened_at = talk.heard_at = perf_counter()
            self.fire("WS", f"{ROW} open", (opened_at - begin) * 1000)
            self._hold(socket, talk, until=opened_at + SOCKET_HOLD_S)
        except speaking.SpeakingError as error:
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

    def _hold(self, socket: speaking.Socket, talk: Talk, *, until: float) -> None:
        self.record.hold(SOCKETS.route)
        try:
            while self._state != LOCUST_STATE_STOPPING and perf_counter() < until:
                self._go_on(socket, talk, until)
            socket.say_goodbye()
        finally:
            socket.hang_up()
            self.record.release(SOCKETS.route)

    def _go_on(self, socket: speaking.Socket, talk: Talk, until: float) -> None:
        """Say something if it is time, and hear the next message."""
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
            raise speaking.SpeakingError(f"no tick for {PATIENCE_S:g} s")
        if talk.sent_at is not None and now - talk.sent_at > PATIENCE_S:
            raise speaking.SpeakingError(f"no echo within {PATIENCE_S:g} s")

    def _hear(self, told: Any, talk: Talk, now: float) -> None:
        if told == {"tick": talk.ticks, "pid": told.get("pid")}:
            talk.pid, talk.heard_at = int(told["pid"]), now
            talk.ticks += 1
        elif talk.sent_at is not None and told == {"echo": f"echo {talk.echoes}"}:
            self.fire("WS", f"{ROW} echo", (now - talk.sent_at) * 1000)
            talk.echoes += 1
            talk.sent_at = None
        else:
            raise speaking.SpeakingError("a message is neither the next tick nor the echo")


def _json(text: str) -> dict[str, Any]:
    """The object that a message is, an empty one where it is none."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}

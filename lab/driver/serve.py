"""The driver's process: reads commands from stdin and writes answers to stdout, as JSON lines.

    {"do": "hello"}                                     limit of open files, Python version, PID
    {"do": "burst", "url": ..., "requests": 16, ...}    the loads of lab/experiments/experiment.py
    {"do": "release"}                                   wait for the answers of "hold"
    {"do": "fetch", "method": "GET", "url": ...}        one request, its answer as JSON
    {"do": "ceiling", "url": ..., "connections": 64}    the maximum rate of this driver

A load answers {"rows": {column: [...]}, "driver": {...}}; docs/results.md describes both.
"counts" replaces "rows" where single samples are not kept. Some loads add "figures". A failed
request is a row with an error. A command that fails answers {"error": sentence}.
"""

import asyncio
import gc
import json
import os
import platform
import select
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from lab.addresses import ForeignAddressError
from lab.driver import at_once, single, steady, threads
from lab.driver.account import undisturbed
from lab.driver.command_fields import Answer, CommandError, DriverCommand
from lab.driver.exhaustion import open_files, raise_open_files

_STDIN, _STDOUT = 0, 1
_READ_BYTES = 65536


class Commands:
    """Runs one command at a time. A hold lasts from "hold" to "release"."""

    def __init__(self) -> None:
        self._holding = at_once.Holding()
        self._known: dict[str, Callable[[DriverCommand], Awaitable[Answer]]] = {
            "hello": _hello,
            "burst": at_once.burst,
            "closed": steady.closed,
            "open": steady.open_,
            "hold": self._holding.hold,
            "release": self._holding.release,
            "sockets": at_once.sockets,
            "threads": threads.threads,
            "ask": single.ask,
            "fetch": single.fetch,
            "ceiling": steady.ceiling,
        }

    async def answer(self, values: Any) -> Answer:
        """Run a command, a decoded JSON value, and return its answer or {"error": sentence}."""
        try:
            command = DriverCommand(values)
            obey = self._known.get(command.name)
            if obey is None:
                known = ", ".join(self._known)
                raise CommandError(f"do={command.name!r}: expected one of {known}")
            with undisturbed():
                return await obey(command)
        except (CommandError, ForeignAddressError) as problem:
            return {"error": str(problem)}

    def close(self) -> None:
        """Drop the held requests, if any."""
        self._holding.close()


async def _hello(_command: DriverCommand) -> Answer:
    return {"open_files": open_files(), "python": platform.python_version(), "pid": os.getpid()}


def main() -> int:
    """Answer commands until stdin ends. Returns the exit code: 0, or 1 if the reader has gone.

    SIGINT is ignored: Ctrl-C reaches every process of a terminal, but the process that sends the
    commands decides when to stop.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_open_files()
    gc.freeze()  # loaded modules stay forever; later collections can skip them
    try:
        uvloop.run(_serve())
    except BrokenPipeError:
        return 1  # the host process has gone, so no one reads the answers
    return 0


async def _serve() -> None:
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()
    reader = _Reader(asyncio.get_running_loop(), lines)
    reader.start()
    commands = Commands()
    try:
        while (line := await lines.get()) is not None:
            _say(await _answer(commands, line))
    finally:
        commands.close()


async def _answer(commands: Commands, line: bytes) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError as error:
        return {"error": f"no JSON: {error}"}
    return await commands.answer(values)


def _say(answer: dict[str, Any]) -> None:
    line = json.dumps(answer, separators=(",", ":")).encode() + b"\n"
    while line:
        line = line[os.write(_STDOUT, line) :]


class _Reader(threading.Thread):
    # A thread, because an event loop can wait for a pipe, but not for every kind of stdin.

    def __init__(
        self, loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[bytes | None]"
    ) -> None:
        super().__init__(name="stdin", daemon=True)
        self._loop = loop
        self._lines = lines

    def run(self) -> None:
        """Pass on each line, then None at the end; then wait for the reader of stdout to go."""
        rest = b""
        while data := os.read(_STDIN, _READ_BYTES):
            *complete, rest = (rest + data).split(b"\n")
            for line in filter(bytes.strip, complete):
                self._pass_on(line)
        if rest.strip():
            self._pass_on(rest)
        self._pass_on(None)
        self._end_with_listener()

    def _pass_on(self, line: bytes | None) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)

    def _end_with_listener(self) -> None:
        # When the host process has gone, end this process and with it the load.
        poll = select.poll()
        poll.register(_STDOUT, 0)  # poll always reports errors and hang-ups
        while not poll.poll():
            pass
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())

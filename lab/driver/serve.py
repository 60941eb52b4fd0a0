"""The driver's process: commands come in as lines of JSON, answers go out the same way."""

import asyncio
import gc
import json
import os
import select
import signal
import sys
import threading
from typing import Any

import uvloop

from lab.driver.commands import Commands
from lab.driver.exhaustion import raise_open_files

_STDIN, _STDOUT = 0, 1
_READ_BYTES = 65536


def main() -> int:
    """Answer until the input ends; the exit code.

    Whoever gives the commands decides when they end: an interruption from the keyboard, which
    reaches every process of a terminal, is not for this one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_open_files()
    gc.freeze()  # what is loaded by now stays; later collections need not look at it
    try:
        uvloop.run(_serve())
    except BrokenPipeError:
        return 1  # nobody is left to hear the answers
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
    """Reads lines from stdin, whatever that is: an event loop can wait for a pipe alone."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[bytes | None]"
    ) -> None:
        super().__init__(name="stdin", daemon=True)
        self._loop = loop
        self._lines = lines

    def run(self) -> None:
        """Pass each line on, None at the end; then watch whether anybody listens still."""
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
        """End the process, and the load with it, when nobody can hear the answer any more."""
        poll = select.poll()
        poll.register(_STDOUT, 0)  # errors and hang-ups are always told
        while not poll.poll():
            pass
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())

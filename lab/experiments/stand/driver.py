"""Talking to the driver: a line of JSON to it, a line of JSON from it."""

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.experiments.experiment import DRIVER
from lab.experiments.stand.ending import Ending
from lab.experiments.stand.problems import DriverProblem

CHUNK_BYTES = 1 << 20
ENDING_S = 5.0


@dataclass(frozen=True, slots=True)
class Launched:
    """The driver's process, with pipes as its input and output, and the file it complains to."""

    process: "subprocess.Popen[bytes]"
    complaints: Path


class Driver:
    """One driver, started when it is first asked; one question at a time.

    A question without an answer, be it for a time-out or for Ctrl-C, ends the driver, because
    a late answer would be taken for the next one's. The next question starts it anew.
    """

    def __init__(self, launch: Callable[[], Launched], end: Callable[[], None]) -> None:
        self._launch = launch
        self._end = end
        self._launched: Launched | None = None

    def begin(self) -> None:
        """Start it, unless it runs, and do not wait for it."""
        if self._launched is None:
            self._launched = self._launch()

    def ask(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """The answer to one command, {"error": sentence} included; raises DriverProblem."""
        self.begin()
        assert self._launched is not None
        try:
            line = self._exchange(self._launched, command, timeout_s)
            answer = json.loads(line)
        except ValueError:
            self.close()
            raise DriverProblem(
                f"the driver's answer to {command['do']!r} is no JSON: {line[:200]!r}"
            ) from None
        except BaseException:
            self.close()
            raise
        if not isinstance(answer, dict):
            self.close()
            raise DriverProblem(f"the driver's answer to {command['do']!r} is no object")
        return answer

    def close(self) -> None:
        """End it, if it runs."""
        launched, self._launched = self._launched, None
        if launched is None:
            return
        self._end()
        _hang_up(launched.process)

    def _exchange(self, launched: Launched, command: Mapping[str, Any], timeout_s: float) -> bytes:
        process = launched.process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(command).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise DriverProblem(_ending(launched)) from None
        poll = select.poll()
        poll.register(process.stdout, select.POLLIN)
        until = time.monotonic() + timeout_s
        chunks: list[bytes] = []
        while not (chunks and chunks[-1].endswith(b"\n")):
            left_s = until - time.monotonic()
            if left_s <= 0 or not poll.poll(left_s * 1000):
                raise DriverProblem(
                    f"the driver gave no answer to {command['do']!r} within {timeout_s:g} s"
                )
            chunk = os.read(process.stdout.fileno(), CHUNK_BYTES)
            if not chunk:
                raise DriverProblem(_ending(launched))
            chunks.append(chunk)
        return b"".join(chunks)


def _ending(launched: Launched) -> str:
    """How the driver ended: its output is closed, so it is about to."""
    try:
        code = launched.process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        return "the driver has closed its output and goes on running"
    said = launched.complaints.read_text(encoding="utf-8", errors="replace")
    return f"the {Ending(DRIVER, code, said)}"


def _hang_up(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            # Something may be left to write, and nobody there to read it.
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

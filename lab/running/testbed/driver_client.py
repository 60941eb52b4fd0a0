"""Client of the driver: one line of JSON per command, one line of JSON per answer."""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import child_process
from lab.experiments.experiment import DRIVER
from lab.running.testbed.problems import DriverError, Ending

CHUNK_BYTES = 1 << 20
ENDING_S = 5.0


@dataclass(frozen=True, slots=True)
class Launched:
    """The driver's process with pipes for input and output, and the file with its stderr."""

    process: "subprocess.Popen[bytes]"
    complaints: Path


class DriverClient:
    """One driver, started at the first command; one command at a time.

    A command without an answer, after a timeout or Ctrl-C, ends the driver: a late answer would be
    taken for the answer to the next command. The next command starts a new driver.
    """

    def __init__(self, launch: Callable[[], Launched], end: Callable[[], None]) -> None:
        self._launch = launch
        self._end = end
        self._launched: Launched | None = None

    def begin(self) -> None:
        """Start the driver unless it runs. Does not wait for it."""
        if self._launched is None:
            self._launched = self._launch()

    def ask(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """Return the answer to one command, which may be {"error": sentence}.

        Raises DriverError where the driver ends, exceeds `timeout_s` or answers no JSON object.
        """
        self.begin()
        assert self._launched is not None
        try:
            line = self._exchange(self._launched, command, timeout_s)
            answer = json.loads(line)
        except ValueError:
            self.close()
            raise DriverError(
                f"the driver's answer to {command['do']!r} is no JSON: {line[:200]!r}"
            ) from None
        except BaseException:
            self.close()
            raise
        if not isinstance(answer, dict):
            self.close()
            raise DriverError(f"the driver's answer to {command['do']!r} is no object")
        return answer

    def close(self) -> None:
        """End the driver if it runs."""
        launched, self._launched = self._launched, None
        if launched is None:
            return
        # Through the platform: killing the client alone would leave a container running.
        self._end()
        child_process.hang_up(launched.process, ENDING_S)

    def _exchange(self, launched: Launched, command: Mapping[str, Any], timeout_s: float) -> bytes:
        process = launched.process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(command).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise DriverError(_ending(launched)) from None
        poll = select.poll()
        poll.register(process.stdout, select.POLLIN)
        until = time.monotonic() + timeout_s
        chunks: list[bytes] = []
        # The answer is one line, but a pipe delivers it in pieces.
        while not (chunks and chunks[-1].endswith(b"\n")):
            left_s = until - time.monotonic()
            if left_s <= 0 or not poll.poll(left_s * 1000):
                raise DriverError(
                    f"the driver gave no answer to {command['do']!r} within {timeout_s:g} s"
                )
            chunk = os.read(process.stdout.fileno(), CHUNK_BYTES)
            if not chunk:
                raise DriverError(_ending(launched))
            chunks.append(chunk)
        return b"".join(chunks)


def _ending(launched: Launched) -> str:
    """Describe how the driver ended. Its output is closed, so it is about to end."""
    try:
        code = launched.process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        return "the driver has closed its output and goes on running"
    said = launched.complaints.read_text(encoding="utf-8", errors="replace")
    return f"the {Ending(DRIVER, code, said)}"

"""Errors of a testbed, and how a program ended; a message is a sentence that says what to do.

TestbedError
└── DriverError
"""

from dataclasses import dataclass

LAST_LINES = 10


class TestbedError(Exception):
    """The testbed cannot carry out a request. A program's last lines may follow the sentence."""


class DriverError(TestbedError):
    """The driver ended, gave no answer, or reported that it cannot carry out the command."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A program that ended by itself: exit code, its output, and the reason where it is known."""

    name: str
    code: int
    output: str
    why: str = ""

    def __str__(self) -> str:
        """One sentence, followed by the program's last lines."""
        why = f" ({self.why})" if self.why else ""
        lines = self.output.strip().splitlines()[-LAST_LINES:]
        said = "\n".join(["; its last lines:", *lines]) if lines else "; it wrote nothing"
        return f"{self.name} ended with code {self.code}{why}{said}"

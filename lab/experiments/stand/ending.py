"""How a program came to its end."""

from dataclasses import dataclass

LAST_LINES = 10


@dataclass(frozen=True, slots=True)
class Ending:
    """A program that ended by itself: exit code, all it wrote, and the reason if it is known."""

    name: str
    code: int
    output: str
    why: str = ""

    def __str__(self) -> str:
        """One sentence, and the program's last lines after it."""
        why = f" ({self.why})" if self.why else ""
        lines = self.output.strip().splitlines()[-LAST_LINES:]
        said = "\n".join(["; its last lines:", *lines]) if lines else "; it wrote nothing"
        return f"{self.name} ended with code {self.code}{why}{said}"

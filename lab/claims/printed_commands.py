"""The commands that article A prints, tried: does each accept its options?

Nothing is started and nothing is fetched: an option that is refused ends a command before it looks
at its arguments, and the arguments name things that do not exist.
"""

import subprocess
import sys
from importlib.util import find_spec

OPTIONS = {
    "uvicorn": ("missing_module:app", "{}host", "127.0.0.1"),
    "pip": ("install", "{}no-cache-dir", "--no-index", "--dry-run", "missing-package"),
}
LIMIT_S = 60


def exit_codes() -> dict[str, int]:
    """Return the exit code of each command, with one dash and with two; 2 is a refused option.

    Commands whose program is not installed here are left out.
    """
    return {
        f"{name}: {program}": code
        for name, dashes in (("one dash", "-"), ("two dashes", "--"))
        for program, arguments in OPTIONS.items()
        if find_spec(program) and (code := _try(program, arguments, dashes)) is not None
    }


def _try(program: str, arguments: tuple[str, ...], dashes: str) -> int | None:
    command = [sys.executable, "-m", program, *(each.format(dashes) for each in arguments)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode

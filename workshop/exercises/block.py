"""The block of .env.local that holds the settings of the current exercise.

The rest of that file belongs to its owner and stays unchanged byte for byte.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lab import environment
from lab.environment import EnvironmentFileError
from lab.results import folder

_BEGIN = re.compile(r"# -- exercise (?P<name>[0-9a-z-]+): .*")
_END = "# -- end of the exercise; `make exercise N=off` takes it out"


def of_exercise(path: Path) -> tuple[str, dict[str, str]]:
    """Name of the exercise in the file's block, and the block's settings; ("", {}) for no block.

    Raises EnvironmentFileError where the block is damaged.
    """
    lines = _lines(path)
    begin, end = _place(path, lines)
    if begin == end:
        return "", {}
    found = _BEGIN.fullmatch(lines[begin].rstrip("\r\n"))
    assert found is not None
    return found["name"], environment.parse(lines[begin:end], path.name, first=begin + 1)


def put(path: Path, name: str, settings: Mapping[str, str]) -> None:
    """Write the exercise's block at the end of the file; it replaces an earlier block.

    Raises EnvironmentFileError, and OSError where the file cannot be written.
    """
    lines = _without(path)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    number = name.partition("-")[0]
    lines += [
        f"# -- exercise {name}: change these values, then `make check N={number}`\n",
        *(f"{each}={value}\n" for each, value in settings.items()),
        f"{_END}\n",
    ]
    _replace(path, "".join(lines))


def take_out(path: Path) -> bool:
    """Remove the block; delete the file if it is then empty. Returns True if there was a block.

    Raises EnvironmentFileError, and OSError where the file cannot be written.
    """
    lines = _lines(path)
    begin, end = _place(path, lines)
    if begin == end:
        return False
    rest = "".join(lines[:begin] + lines[end:])
    if rest.strip():
        _replace(path, rest)
    else:
        path.unlink()
    return True


def _without(path: Path) -> list[str]:
    lines = _lines(path)
    begin, end = _place(path, lines)
    return lines[:begin] + lines[end:]


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    # Bytes, not text mode: line ends must stay as they are.
    return path.read_bytes().decode("utf-8").splitlines(keepends=True)


def _place(path: Path, lines: list[str]) -> tuple[int, int]:
    """Index of the block's first line and of the line after its last; both 0 for no block."""
    begins = [n for n, line in enumerate(lines) if _BEGIN.fullmatch(line.rstrip("\r\n"))]
    ends = [n for n, line in enumerate(lines) if line.rstrip("\r\n") == _END]
    if not begins and not ends:
        return 0, 0
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        raise EnvironmentFileError(
            f"{path.name}: the marker lines of an exercise's block were changed: delete every "
            f"line that begins with `# -- exercise` or `# -- end of the`"
        )
    return begins[0], ends[0] + 1


def _replace(path: Path, text: str) -> None:
    # Resolved, to write through a symbolic link; private, because a password may be added later.
    folder.replace_text(path.resolve(), text, mode=0o600)


def present(root: Path) -> dict[str, str]:
    """Settings of .env and .env.local together. Raises EnvironmentFileError."""
    return environment.load({}, root)

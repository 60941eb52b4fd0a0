"""The block of .env.local that belongs to the exercise somebody is at.

All else in that file is its owner's, and stays as it is to the byte.
"""

import contextlib
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lab import environment
from lab.environment import EnvironmentFileError

_BEGIN = re.compile(r"# -- exercise (?P<name>[0-9a-z-]+): .*")
_END = "# -- end of the exercise; `make exercise N=off` takes it out"


def of_exercise(path: Path) -> tuple[str, dict[str, str]]:
    """Whose block the file has, and the settings in it; ("", {}) where there is none.

    Raises EnvironmentFileError.
    """
    lines = _lines(path)
    begin, end = _place(path, lines)
    if begin == end:
        return "", {}
    found = _BEGIN.fullmatch(lines[begin].rstrip("\r\n"))
    assert found is not None
    return found["name"], environment.parse(lines[begin:end], path.name, first=begin + 1)


def put(path: Path, name: str, settings: Mapping[str, str]) -> None:
    """Have the file end with that exercise's block, in place of an earlier one's.

    Raises EnvironmentFileError, and OSError where it cannot be written.
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
    """Take the block out of the file, and remove a file that is empty then; whether it had one.

    Raises EnvironmentFileError, and OSError where it cannot be written.
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
    """Every line with its end, of whatever kind that is."""
    if not path.exists():
        return []
    return path.read_bytes().decode("utf-8").splitlines(keepends=True)


def _place(path: Path, lines: list[str]) -> tuple[int, int]:
    """The block's first line and the one after its last; both 0 where there is none."""
    begins = [n for n, line in enumerate(lines) if _BEGIN.fullmatch(line.rstrip("\r\n"))]
    ends = [n for n, line in enumerate(lines) if line.rstrip("\r\n") == _END]
    if not begins and not ends:
        return 0, 0
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        raise EnvironmentFileError(
            f"{path.name}: the two lines around an exercise's block are not as the lab wrote "
            f"them: take out every line that begins with `# -- exercise` or `# -- end of the`"
        )
    return begins[0], ends[0] + 1


def _replace(path: Path, text: str) -> None:
    """Whoever reads sees the old file or the new one, which has its permissions."""
    path = path.resolve()  # a link stays one
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            unfinished.chmod(path.stat().st_mode & 0o777)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def present(root: Path) -> dict[str, str]:
    """What both files of settings say together; raises EnvironmentFileError."""
    return environment.load({}, root)

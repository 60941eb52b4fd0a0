"""The lab's settings: .env, over it .env.local, over both the shell's environment.

Read without a library, because `make up` runs before anything is installed. The
files are flat literals: a name, an equals sign, a value; nothing is expanded.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = (".env", ".env.local")


class EnvironmentFileError(Exception):
    """A line of a settings file is not of the form NAME=value; names file, line and text."""


def read(path: Path) -> dict[str, str]:
    """The settings in one file; {} where there is no such file. Raises EnvironmentFileError."""
    if not path.exists():
        return {}
    return parse(path.read_text(encoding="utf-8").splitlines(), path.name)


def parse(lines: Iterable[str], file: str, *, first: int = 1) -> dict[str, str]:
    """The settings in some lines of a file, `first` being the number of the first of them.

    Raises EnvironmentFileError.
    """
    settings = {}
    for number, line in enumerate(lines, start=first):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise EnvironmentFileError(f"{file}:{number}: {text!r}: expected NAME=value")
        settings[name] = value
    return settings


def load(environ: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """The files' settings under all of `environ`, which wins over both.

    In the lab's container there are no files, and `environ` holds what it needs.
    """
    settings: dict[str, str] = {}
    for name in FILES:
        settings |= read(root / name)
    return settings | dict(environ)

"""The lab's settings: .env, over it .env.local, over both the shell's environment.

Read without a library, because `make up` runs before anything is installed. The
files are flat literals: a name, an equals sign, a value; nothing is expanded.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON, OWN = ".env", ".env.local"
NO_SETTINGS = {"RUNTIME", "DOCKER_HOST", "DOCKER_CONTEXT"}
"""What the lab heeds without it being a setting: where to run."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
"""What a program needs of the shell's environment to run at all."""
READ_BY_OTHERS = (
    *("GUNICORN_", "UVICORN_", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "FLASK_", "LOCUST_"),
    *("WERKZEUG_", "PYTHON", "AIOHTTP_", "GEVENT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    *("NO_PROXY", "PIP_", "COMPOSE_"),
)
"""How names begin that libraries, Python, pip or Compose would heed by themselves."""
ALIKE = 0.9


class EnvironmentFileError(Exception):
    """The settings cannot be had as somebody meant them; names the file, the line, the text."""


def read(path: Path, known: Collection[str] = ()) -> dict[str, str]:
    """The settings in one file; {} where there is no such file. Raises EnvironmentFileError.

    Where some names are `known`, the file may have no others.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows' editors begin with such a mark
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise EnvironmentFileError(f"{path.name}: it is no UTF-8 text: save it as UTF-8") from None
    except OSError as problem:
        raise EnvironmentFileError(f"{path.name}: {problem.strerror}") from None
    return parse(text.splitlines(), path.name, known=known)


def parse(
    lines: Iterable[str], file: str, *, first: int = 1, known: Collection[str] = ()
) -> dict[str, str]:
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
        if known and name not in known:
            raise EnvironmentFileError(f"{file}:{number}: {_unknown(name, known)}")
        settings[name] = value
    return settings


def load(environ: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """The files' settings under all of `environ`, which wins over both.

    In the lab's container there are no files, and `environ` holds what it needs.
    """
    common = read(root / COMMON)
    return common | read(root / OWN, {*common, *NO_SETTINGS}) | dict(environ)


def of_program(environ: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """What a local program of the lab gets of `environ`: the settings, and what it needs to run.

    Not what gunicorn, uvicorn, Flask, Locust or Python read by themselves: a GUNICORN_CMD_ARGS
    or a proxy of somebody's other work would make another lab than the one that is described.
    """
    names = {*read(root / COMMON), *PASSED_ON}
    return {name: value for name, value in environ.items() if name in names}


def unheeded(environ: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """The names in `environ` that others read and the lab's programs do not get, in order."""
    settings = read(root / COMMON)
    return sorted(
        name for name in environ if name not in settings and name.upper().startswith(READ_BY_OTHERS)
    )


def refuse_misspelt(environ: Mapping[str, str], root: Path = ROOT) -> None:
    """Raise EnvironmentFileError for a name that is nearly a setting, and would do nothing.

    A shell has much that is not the lab's: only a name that begins as settings do counts.
    """
    settings = read(root / COMMON)
    families = {name.partition("_")[0] for name in settings}
    for name in sorted(environ.keys() - settings.keys()):
        if name.upper().partition("_")[0] in families and nearest(name, settings):
            # Not its value, which may be a password.
            raise EnvironmentFileError(f"in the environment: {_unknown(name, settings)}")


def nearest(name: str, known: Collection[str]) -> str:
    """The setting that somebody meant who wrote this; empty where none is near."""
    return next(iter(get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)), "")


def _unknown(name: str, known: Collection[str]) -> str:
    found = nearest(name, known)
    return f"{name} is no setting: {f'{found} is' if found else f'{COMMON} has them all'}"

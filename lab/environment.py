"""The lab's settings: .env, overridden by .env.local, overridden by the shell's environment.

Standard library only, because `make up` reads them before anything is installed. The files hold
flat literals: a name, an equals sign, a value. Nothing is expanded.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON, OWN = ".env", ".env.local"
NO_SETTINGS = {"RUNTIME", "DOCKER_HOST", "DOCKER_CONTEXT"}
"""Variables that choose where the lab runs. The lab reads them, but they are not settings."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
"""Variables of the shell that a program needs to run at all."""
SHELL_ONLY = {"LAB_RUN", "LAB_RUNTIME", "LAB_LAYERS", "PAGER"}
"""Variables that the lab's programs read from the shell alone; .env.local may not set them."""
READ_BY_OTHERS = (
    *("GUNICORN_", "UVICORN_", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "FLASK_", "LOCUST_"),
    *("WERKZEUG_", "PYTHON", "AIOHTTP_", "GEVENT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    *("NO_PROXY", "PIP_", "COMPOSE_"),
)
"""Prefixes of variables that libraries, Python, pip or Compose would read by themselves."""
ALIKE = 0.9
ALIKE_ON_THE_LINE = 0.75
"""How similar to a variable of make a name on its command line must be, to be a misspelt one."""


class EnvironmentFileError(Exception):
    """A settings file or the environment is wrong. Names file, line and what is expected."""


def read(path: Path, known: Collection[str] = ()) -> dict[str, str]:
    """Read the settings of one file; {} where the file does not exist.

    Where `known` is given, the file may set only these names. Raises EnvironmentFileError where the
    file cannot be read or a line is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors write a BOM
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
    """Parse lines of a settings file. `first` is the number of the first line.

    Raises EnvironmentFileError where a line is wrong or its name is not in `known`.
    """
    # Nothing is expanded or unquoted: the files are flat literals.
    settings = {}
    for number, line in enumerate(lines, start=first):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            # Not the text, which may hold a password.
            raise EnvironmentFileError(
                f"{file}:{number}: expected NAME=value, such as FLASK_WORKERS=8"
            )
        if known and name not in known:
            raise EnvironmentFileError(f"{file}:{number}: {_unknown(name, known)}")
        settings[name] = value
    return settings


def load(environ: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """Return the settings of both files, overridden by `environ`.

    The lab's container has no settings files: there `environ` holds everything.
    """
    common = read(root / COMMON)
    # .env.local may contain only names of .env, so that a misspelt name is found.
    return common | read(root / OWN, {*common, *NO_SETTINGS}) | dict(environ)


def of_program(environ: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """Select from `environ` what a local program of the lab gets: settings and PASSED_ON.

    Variables that gunicorn, uvicorn, Flask, Locust or Python read by themselves are left out: a
    GUNICORN_CMD_ARGS or a proxy from other work would change the lab that is described here.
    """
    names = {*read(root / COMMON), *PASSED_ON}
    return {name: value for name, value in environ.items() if name in names}


def unheeded(environ: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """Names in `environ` that match READ_BY_OTHERS and that the lab does not pass on, sorted."""
    settings = read(root / COMMON)
    return sorted(
        name for name in environ if name not in settings and name.upper().startswith(READ_BY_OTHERS)
    )


def refuse_misspelt(environ: Mapping[str, str], root: Path = ROOT) -> None:
    """Raise EnvironmentFileError for a variable that is nearly a setting and would have no effect.

    A shell holds many foreign variables, so only a name with the prefix of a setting is checked.
    """
    settings = read(root / COMMON)
    # Only names with a prefix of the lab: the rest of a shell's environment is not the lab's.
    families = {name.partition("_")[0] for name in settings}
    for name in sorted(environ.keys() - settings.keys()):
        if name.upper().partition("_")[0] in families and nearest(name, settings):
            # Not its value, which may be a password.
            raise EnvironmentFileError(f"in the environment: {_unknown(name, settings)}")


def refuse_misspelt_words(environ: Mapping[str, str], root: Path = ROOT) -> None:
    """Raise EnvironmentFileError for a misspelt variable on make's command line: QUIK=1.

    make passes its command line in MAKEFLAGS. Its variables are those that the Makefile uses, the
    settings, NO_SETTINGS, and SHELL_ONLY.
    """
    makefile = root / "Makefile"
    line = environ.get("MAKEFLAGS", "")
    words = line.partition("-- ")[2]
    if "-- " not in line and re.match(r"\s*\w+=", line):
        words = line  # make 3.81, which macOS has, writes no dashes where there are no flags
    if not words or not makefile.exists():
        return
    used = re.findall(r"\$\(([A-Z_]+)\)", makefile.read_text(encoding="utf-8"))
    known = {*used, *read(root / COMMON)}
    for name in re.findall(r"(?:^|(?<!\\)\s)(\w+)=", words):
        if name not in known | NO_SETTINGS | SHELL_ONLY and (
            found := nearest(name, known, alike=ALIKE_ON_THE_LINE)
        ):
            raise EnvironmentFileError(
                f"{name}=... on the line of make: expected {found}=...; "
                "`make help-all` has examples"
            )


def nearest(name: str, known: Collection[str], *, alike: float = ALIKE) -> str:
    """Return the known setting most similar to `name`; empty where none is similar enough."""
    return next(iter(get_close_matches(name.upper(), known, n=1, cutoff=alike)), "")


def _unknown(name: str, known: Collection[str]) -> str:
    found = nearest(name, known)
    return f"{name} is no setting: {f'{found} is' if found else f'{COMMON} has them all'}"

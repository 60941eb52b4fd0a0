"""The command line's parser, and types of its options.

A wrong value is one line: the variable of make, the value, what is expected, and an example.
A type raises ArgumentTypeError, before the command does anything.
"""

import argparse
import ast
import errno
import math
import os
import re
import shlex
from collections.abc import Callable
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from lab import setting_values
from lab.runtime import RuntimeProblem
from lab.runtime.topology import PROFILES, profiles_of

SHOWN = 60
"""Characters of a value that an error shows."""
LONGEST_WORD = 200
"""Characters of a word in an error before it is cut."""
LONGEST_S = 3600
MOST_PER_S = 100_000
_WRONG_VALUE = re.compile(r"argument -*([\w-]+): (.*)", re.DOTALL)
_NO_CHOICE = re.compile(r"""invalid choice: ('.*'|".*") \(choose from (.*)\)""", re.DOTALL)
_RUN_TIME = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line with `example`, a command that works."""

    def __init__(self, *, example: str = "make demo", **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self.example = example

    def error(self, message: str) -> NoReturn:
        """Print the line on stderr and exit with code 2."""
        self.exit(2, f"lab: {one_line(message)}, e.g. `{self.example}`\n")


def one_line(message: str) -> str:
    """Rewrite an error of argparse: "argument --rate: 'x': ..." becomes "RATE='x': ..."."""
    if found := _WRONG_VALUE.fullmatch(message):
        name, said = found[1].replace("-", "_").upper(), found[2]
        if choice := _NO_CHOICE.fullmatch(said):
            value, known = str(ast.literal_eval(choice[1])), re.findall(r"[\w-]+", choice[2])
            near = get_close_matches(value, known, n=1)
            said = f"{shown(value)}: expected {' or '.join(near) or ', '.join(known)}"
        if said.startswith(("'", '"')):
            message = f"{name}={said}"
        else:
            message = said if said.startswith(f"{name}=") else f"{name}: {said}"
    # A message of others may hold a name of any length.
    return re.sub(
        rf"[^\s'\"]{{{LONGEST_WORD},}}",
        lambda word: f"{word[0][: SHOWN // 2]}...",
        " ".join(message.split()),
    )


def shown(text: str) -> str:
    """Quote a value for an error; a long one is cut."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def whole(most: int, *, least: int = 1) -> Callable[[str], int]:
    """Return the type of a whole number from `least` to `most`."""

    def parse(text: str) -> int:
        # At most as many digits as `most` has: int() refuses a text of thousands.
        digits = text.lstrip("0")
        is_whole = text.isascii() and text.isdigit() and len(digits) <= len(str(most))
        if not (is_whole and least <= int(digits or "0") <= most):
            raise _refused(text, f"a whole number from {least} to {most:,}")
        return int(digits or "0")

    return parse


def rate(text: str) -> float:
    """Parse requests per second, above 0."""
    return _number(text, MOST_PER_S, f"requests per second, above 0 and at most {MOST_PER_S:,}")


def delay(text: str) -> float:
    """Parse a duration in seconds, above 0."""
    return _number(text, LONGEST_S, f"seconds, above 0 and at most {LONGEST_S:,}")


def profile(text: str) -> str:
    """Check that `text` names profiles with commas between them; return it as it is."""
    try:
        profiles_of(text)
    except RuntimeProblem:
        raise _refused(text, f"{' or '.join(PROFILES)}, or both with a comma") from None
    return text


def query(text: str) -> float:
    """Parse a duration in seconds, or 0 for none."""
    return 0.0 if text == "0" else _number(text, LONGEST_S, f"seconds, 0 to {LONGEST_S:,}")


def sigma(text: str) -> float:
    """Parse the sigma of a lognormal distribution, 0 to 3; 0 means no spread."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 3:
        raise _refused(text, "a number from 0 to 3")
    return number


def settings(text: str) -> dict[str, str]:
    """Parse settings of servers in one text, "A=1 B=2"."""
    from lab.experiments import settings as of_servers

    pairs = [pair.partition("=") for pair in text.split()]
    if not all(name.isidentifier() and equals for name, equals, _ in pairs):
        raise _refused(text, "NAME=value, separated by spaces")
    for name, _, value in pairs:
        if name in of_servers.KNOWN and (expected := setting_values.problem(name, value)):
            raise argparse.ArgumentTypeError(f"{shown(text)}: {name}: {expected}")
        if why := of_servers.why_not(name, value):
            raise argparse.ArgumentTypeError(f"{shown(text)}: {why}")
    return {name: value for name, _, value in pairs}


def experiment(text: str) -> str:
    """Check that `text` names one experiment; return it as it is."""
    refuse_long(text)
    from lab.experiments import catalogue
    from lab.experiments.toml_table import ExperimentFileError

    try:
        catalogue.find(text)
    except ExperimentFileError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return text


def experiments(text: str) -> list[str]:
    """Parse the names of experiments in one text, "02 05"."""
    return [experiment(each) for each in text.split()]


def words(text: str) -> list[str]:
    """Parse options of Locust as a shell does, and check its numbers in any form: -u0, --users=0.

    A test holds the numbers equal to Locust's own, except that Locust takes 0 users.
    """
    try:
        found = shlex.split(text)
    except ValueError:
        raise _refused(text, "every quote closed") from None
    locust = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    locust.add_argument("-u", "--users", type=_users)
    locust.add_argument("-r", "--spawn-rate", type=_spawn_rate)
    locust.add_argument("-t", "--run-time", type=_run_time)
    try:
        locust.parse_known_args(found)
    except argparse.ArgumentError as problem:
        names = problem.argument_name or ""
        expected = {
            "-u": "a whole number above 0",
            "-r": "a number above 0",
            "-t": "a duration, as 30s or 2m,",
        }[names[:2]]
        raise _refused(text, f"{expected} behind {names.replace('/', ' or ')}") from None
    return found


def _users(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def _spawn_rate(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise ValueError
    return number


def _run_time(text: str) -> timedelta | int:
    if text.isdecimal():
        return int(text)
    found = _RUN_TIME.fullmatch(text)
    if not (text and found):
        raise ValueError
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    try:
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError from None


def run_folder(text: str) -> Path:
    """Parse the folder of a run, or of a report with a run in it."""
    refuse_long(text)
    from lab.results import reading

    path = Path(text)
    if not (text and (reading.is_run(path) or reading.runs_inside(path))):
        raise _refused(text, "the folder of a run or a report", path)
    return path


def report_folder(text: str) -> Path:
    """Parse the folder of a report."""
    refuse_long(text)
    from lab.results import reading

    if not (text and reading.runs_inside(Path(text))):
        raise _refused(text, "the folder of a report, with a run in it", Path(text))
    return Path(text)


def optional_report_folder(text: str) -> Path | None:
    """Parse the folder of a report; None for an empty text."""
    return report_folder(text) if text else None


def new_file(text: str) -> Path:
    """Parse the path of a file that can be written; its folder must exist."""
    refuse_long(text)
    path = Path(text)
    if not text or path.is_dir():
        raise _refused(text, "the name of a file" + (", not a folder" if text else ""))
    if path.exists() and not os.access(path, os.W_OK):
        raise _refused(text, "a file that can be written")
    if not os.access(path.resolve().parent, os.W_OK | os.X_OK):
        raise argparse.ArgumentTypeError(
            f"{shown(text)}: its folder does not exist or cannot be written to"
        )
    return path


def present_file(text: str) -> Path:
    """Parse the path of a file that can be read."""
    refuse_long(text)
    if not (Path(text).is_file() and os.access(text, os.R_OK)):
        raise _refused(text, "a file that can be read, as `make save-images` writes it")
    return Path(text)


def refuse_long(text: str) -> None:
    """Raise ArgumentTypeError for a path that is too long for the operating system."""
    try:
        Path(text).stat()
    except OSError as problem:
        if problem.errno == errno.ENAMETOOLONG:
            raise _refused(text, "a shorter name") from None


def _number(text: str, most: float, expected: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise _refused(text, expected)
    return number


def _refused(text: str, expected: str, path: Path | None = None) -> argparse.ArgumentTypeError:
    is_missing = path is not None and text and not path.exists()
    why = "there is no such folder: " if is_missing else ""
    return argparse.ArgumentTypeError(f"{shown(text)}: {why}expected {expected}")

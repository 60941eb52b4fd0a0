"""What the options of a command may be, for argparse."""

import argparse
import shlex
from pathlib import Path


def positive(text: str) -> int:
    """A whole number above 0, for argparse."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number above 0")
    return int(text)


def quantity(text: str) -> float:
    """A number above 0, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number above 0")
    return number


def sigma(text: str) -> float:
    """The spread of a lognormal distribution, 0 for none and 3 at most, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 3:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 0 to 3")
    return number


def settings(text: str) -> dict[str, str]:
    """Settings in one text, "A=1 B=2", for argparse."""
    pairs = [pair.partition("=") for pair in text.split()]
    if not all(name.isidentifier() and equals for name, equals, _ in pairs):
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=value, separated by spaces")
    return {name: value for name, _, value in pairs}


def words(text: str) -> list[str]:
    """What a shell makes of a text, for argparse."""
    try:
        return shlex.split(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(f"{text!r}: {problem}") from None


def folder(text: str) -> Path | None:
    """A path, or None for an empty text, for argparse."""
    return Path(text) if text else None

"""Plain decimal numbers in URLs and settings: digits, with an optional fraction.

float() also accepts "nan", "inf", "1e3", " 1 " and "1_000"; none of these is a valid delay.
"""

import re

_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def decimal(text: str) -> float | None:
    """Parse a plain decimal, 0 or greater; None if `text` is anything else.

    A number too large for a float becomes infinity, which every range check refuses.
    """
    return float(text) if _DECIMAL.fullmatch(text) else None


def whole(text: str) -> int | None:
    """Parse a whole number of at most 18 ASCII digits, 0 or greater; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

"""Numbers as people write them in a URL or a setting: digits, perhaps a point and digits.

float() also takes "nan", "inf", "1e3", " 1 " and "1_000"; a delay must not.
"""

import re

_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def decimal(text: str) -> float | None:
    """The number that `text` spells, 0 or more; None where it is not a plain decimal.

    More digits than a float can hold give infinity, which every range refuses.
    """
    return float(text) if _DECIMAL.fullmatch(text) else None


def whole(text: str) -> int | None:
    """The whole number that `text` spells, 0 or more; None where it is anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

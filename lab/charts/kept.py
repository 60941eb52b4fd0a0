"""Text that takes seconds to make, kept beside the installed packages for the next process."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

KEPT_IN = Path(sys.prefix) / "share" / "flask-or-fastapi-lab"
"""Beside the packages, so that it goes when they do."""


def kept(kind: str, version: str, make: Callable[[], str]) -> str:
    """What was made of that kind and version, or what `make` makes now.

    One version of a kind is kept. Where nothing can be written, as in a container, it is made
    each time.
    """
    place = KEPT_IN / f"{kind}-{version}"
    with suppress(OSError):
        return place.read_text(encoding="utf-8")
    made = make()
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(place, made)
        for other in place.parent.glob(f"{kind}-*"):
            if other != place:
                other.unlink(missing_ok=True)
    return made


def _write(place: Path, text: str) -> None:
    """Whole, since others may be reading; and no part of it where the disk is full."""
    own = place.with_name(f"{os.getpid()}.{place.name}")
    try:
        own.write_text(text, encoding="utf-8")
        own.replace(place)
    finally:
        own.unlink(missing_ok=True)

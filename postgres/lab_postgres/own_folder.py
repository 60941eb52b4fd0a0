"""A folder that its program alone uses, and that the next program removes if this one is killed.

The program holds a lock on it. A PID in the name would tell less: in a PID namespace of its own
another program sees no other PID, and would take every folder for an abandoned one.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "lab-postgres-"
UNLOCKED = "lab-new-postgres-"


@contextmanager
def made(place: Path) -> Iterator[Path]:
    """Make a folder in `place`, without those that are abandoned; remove it after the block."""
    _remove_abandoned(place)
    new = Path(tempfile.mkdtemp(prefix=UNLOCKED, dir=place))
    handle = os.open(new, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    # It has the name that others look for only now, because without a lock it is abandoned.
    folder = new.rename(place / new.name.replace(UNLOCKED, PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is locked, another user's, or another program removes it
            handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)

"""Putting bytes behind a file, all of them or none."""

from pathlib import Path


def append(path: Path, data: bytes) -> None:
    """They are with the kernel when this returns, and survive this process.

    Raises OSError where there is no room; whatever ends it, the file is as it was before.
    """
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            left = memoryview(data)
            # A disk with room for a part takes that part, and complains the next time.
            while left:
                left = left[file.write(left) :]
        except BaseException:
            file.truncate(before)
            raise

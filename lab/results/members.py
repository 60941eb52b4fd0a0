"""Files that grow: bytes are appended completely or not at all.

A gzip file grows by complete members; an incomplete last member does not count.
"""

import gzip
import zlib
from pathlib import Path

_GZIP = 16 + zlib.MAX_WBITS


def append(path: Path, data: bytes) -> None:
    """Append `data`. On return the kernel has all bytes, so they survive this process.

    Raises OSError where the disk is full. After any exception the file has its old length.
    """
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            left = memoryview(data)
            # A nearly full disk accepts a part of the bytes; only the next write fails.
            while left:
                left = left[file.write(left) :]
        except BaseException:
            file.truncate(before)
            raise


def member(lines: str) -> bytes:
    """Compress lines into one gzip member, to append to the file."""
    return gzip.compress(lines.encode(), compresslevel=6, mtime=0)


def read(path: Path) -> str:
    """Return the text of that file, "" where it does not exist.

    Raises OSError and what `text` raises.
    """
    return text(path.read_bytes()) if path.exists() else ""


def text(data: bytes) -> str:
    """Return the joined text of all complete members.

    A member that was cut off is ignored. Raises zlib.error for bytes that are not gzip, and
    UnicodeDecodeError for text that is not UTF-8.
    """
    parts, left = [], data
    while left:
        unpacking = zlib.decompressobj(wbits=_GZIP)
        part = unpacking.decompress(left)
        if not unpacking.eof:
            break
        parts.append(part)
        left = unpacking.unused_data
    return b"".join(parts).decode()

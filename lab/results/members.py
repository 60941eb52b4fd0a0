"""A gzip file that grows by whole members: each is there in full, or not at all."""

import gzip
import zlib
from pathlib import Path

_GZIP = 16 + zlib.MAX_WBITS


def member(lines: str) -> bytes:
    """One more member, to be put behind the others."""
    return gzip.compress(lines.encode(), compresslevel=6, mtime=0)


def read(path: Path) -> str:
    """What is in that file; "" where there is none. Raises as `text` does, and OSError."""
    return text(path.read_bytes()) if path.exists() else ""


def text(data: bytes) -> str:
    """All complete members, one after the other.

    What was cut off in its last member gives the members before. Raises zlib.error for
    bytes that are no gzip, and UnicodeDecodeError for what is no UTF-8.
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

"""The checksum of a file, as it stands beside an archive and in a lock."""

import hashlib
from pathlib import Path


def sha256(path: Path) -> str:
    """In hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

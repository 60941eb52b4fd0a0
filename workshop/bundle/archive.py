"""A tar archive, written member by member, without a second copy on disk.

`tarfile` writes a member only once its size is known, so images would first need a file on disk.
Here a member may be a stream: its header is rewritten when the stream has ended.
"""

import shutil
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

BLOCK = tarfile.BLOCKSIZE
CHUNK_BYTES = 1 << 20
PLAIN, EXECUTABLE = 0o644, 0o755


class Archive:
    """Members below one folder, all with the same mtime (Unix time in seconds) and no owner.

    The same files therefore make the same archive, on any machine and for any user.
    """

    def __init__(self, file: BinaryIO, folder: str, moment: int) -> None:
        self._file = file
        self._folder = folder
        self._moment = moment

    def add_file(self, name: str, path: Path) -> None:
        """Add a file from disk. Of its mode only the executable bit is kept."""
        executable = path.stat().st_mode & stat.S_IXUSR
        mode = EXECUTABLE if executable else PLAIN
        with path.open("rb") as file, self.stream(name, mode) as member:
            shutil.copyfileobj(file, member, CHUNK_BYTES)

    def add_text(self, name: str, text: str) -> None:
        """Add a file with the given text."""
        with self.stream(name) as member:
            member.write(text.encode())

    @contextmanager
    def stream(self, name: str, mode: int = PLAIN) -> Iterator[BinaryIO]:
        """Open a member of unknown size; write its content to the returned file."""
        start = self._file.tell()
        # A placeholder with size 0, overwritten once the size is known.
        header = self._header(name, mode, 0)
        self._file.write(header)
        yield self._file
        end = self._file.tell()
        size = end - start - len(header)
        self._file.seek(start)
        self._file.write(self._header(name, mode, size))
        self._file.seek(end)
        # tar pads every member to whole blocks.
        self._file.write(bytes(-size % BLOCK))

    def close(self) -> None:
        """Write the two empty blocks that end a tar archive."""
        self._file.write(bytes(2 * BLOCK))

    def _header(self, name: str, mode: int, size: int) -> bytes:
        info = tarfile.TarInfo(f"{self._folder}/{name}")
        info.mode, info.size, info.mtime = mode, size, self._moment
        return info.tobuf(tarfile.PAX_FORMAT)

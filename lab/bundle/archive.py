"""A tar archive, written member by member and never twice.

`tarfile` writes a member only once its size is known, so images would have to
lie on the disk as a file first. Here a member may be a stream: its header is
written again when it has ended.
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
    """Members below one folder, all of one moment (Unix time in seconds) and of no owner.

    So the same files make the same archive, on whatever machine and by whomever.
    """

    def __init__(self, file: BinaryIO, folder: str, moment: int) -> None:
        self._file = file
        self._folder = folder
        self._moment = moment

    def add_file(self, name: str, path: Path) -> None:
        """A file of the disk; of its mode, whether it can be executed is kept."""
        executable = path.stat().st_mode & stat.S_IXUSR
        mode = EXECUTABLE if executable else PLAIN
        with path.open("rb") as file, self.stream(name, mode) as member:
            shutil.copyfileobj(file, member, CHUNK_BYTES)

    def add_text(self, name: str, text: str) -> None:
        """A file that is made here."""
        with self.stream(name) as member:
            member.write(text.encode())

    @contextmanager
    def stream(self, name: str, mode: int = PLAIN) -> Iterator[BinaryIO]:
        """A member of unknown size; what is written to the file it gives is its content."""
        start = self._file.tell()
        header = self._header(name, mode, 0)
        self._file.write(header)
        yield self._file
        end = self._file.tell()
        size = end - start - len(header)
        self._file.seek(start)
        self._file.write(self._header(name, mode, size))
        self._file.seek(end)
        self._file.write(bytes(-size % BLOCK))

    def close(self) -> None:
        """Two empty blocks end an archive."""
        self._file.write(bytes(2 * BLOCK))

    def _header(self, name: str, mode: int, size: int) -> bytes:
        info = tarfile.TarInfo(f"{self._folder}/{name}")
        info.mode, info.size, info.mtime = mode, size, self._moment
        return info.tobuf(tarfile.PAX_FORMAT)

"""Remove from an image's environment what no program reads: tests, sources of extensions, symbols.

    python3 slim.py /venv

Bytecode stays: a container cannot write it, and would compile every module at each start.
"""

import shutil
import struct
import sys
from pathlib import Path

UNREAD = {
    ".a",
    ".c",
    ".cpp",
    ".h",
    ".hpp",
    ".pxd",
    ".pyi",
    ".pyx",
}  # compilers and type checkers do
ELF_64_LITTLE_ENDIAN = b"\x7fELF\x02\x01"
PROGRAM_HEADERS_AT = 32  # e_phoff; the two offsets after it are e_phentsize and e_shoff
SECTION_HEADERS_AT = 40
HEADER_SIZES_AT = 54


def slim(venv: Path) -> None:
    """Slim every package of a virtual environment."""
    for name in ("tests", "testing"):  # the second: what SQLAlchemy's and gevent's own tests use
        for folder in list(venv.glob(f"lib/python3*/site-packages/**/{name}")):
            shutil.rmtree(folder)
    for path in list(venv.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix in UNREAD:
            path.unlink()
        elif ".so" in path.suffixes:
            path.write_bytes(without_symbols(path.read_bytes()))


def without_symbols(library: bytes) -> bytes:
    """Return an ELF library up to the end of its last segment, as `strip` and a bit more would.

    What follows is symbols for debuggers and the table of sections; a loader reads neither. The
    base image has no `strip`. Other formats are returned unchanged.
    """
    if not library.startswith(ELF_64_LITTLE_ENDIAN):
        return library
    (table_at,) = struct.unpack_from("<Q", library, PROGRAM_HEADERS_AT)
    size, count = struct.unpack_from("<HH", library, HEADER_SIZES_AT)
    end = table_at + size * count
    for header_at in range(table_at, end, size):
        begin, in_file = struct.unpack_from("<8xQ16xQ", library, header_at)
        end = max(end, begin + in_file)
    slimmed = bytearray(library[:end])
    struct.pack_into("<Q", slimmed, SECTION_HEADERS_AT, 0)
    struct.pack_into("<HHH", slimmed, HEADER_SIZES_AT + 4, 0, 0, 0)  # size, count and names of them
    return bytes(slimmed)


if __name__ == "__main__":
    slim(Path(sys.argv[1]))

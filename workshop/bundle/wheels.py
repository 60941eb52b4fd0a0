"""The wheels for a room: the packages in the lock, for this Python and platform.

pip fetches them and checks each file against the lock's hashes. A package without a wheel for this
platform is built from its source, which is checked against the lock too. The lock cannot know the
hash of such a wheel, so the bundle gets its own lock: the repository's plus that hash.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.runtime import RuntimeProblem, bundle_contents
from workshop.bundle.checksum import sha256

LOCK = "requirements.txt"


def fetch(root: Path, into: Path, environ: Mapping[str, str]) -> list[Path]:
    """Fetch all files that `scripts/venv` installs from into the folder `into`; return them sorted.

    They come from pip's cache and its configured indexes; in an unpacked bundle from its own
    wheels. Raises RuntimeProblem where a file is not available.
    """
    wheels = root / bundle_contents.WHEELS
    lock, source = root / LOCK, []
    if wheels.is_dir():
        source = ["--isolated", "--no-index", "--find-links", str(wheels)]
        # The bundle's own lock also has the hashes of wheels that were built.
        lock = wheels / LOCK if (wheels / LOCK).exists() else lock
    pip = [sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
    asked = ["--wheel-dir", str(into), "--require-hashes", "--requirement", str(lock)]
    done = subprocess.run(
        [*pip, "wheel", *source, *asked],
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeProblem(
            f"pip cannot get the wheels ({complaint(done.stderr)}): run this on a machine with "
            "access to a package index; the room needs no network afterwards"
        )
    locked = with_built(lock.read_text(encoding="utf-8"), sorted(into.glob("*.whl")))
    if locked != (root / LOCK).read_text(encoding="utf-8"):
        (into / LOCK).write_text(locked, encoding="utf-8")
    return sorted(into.iterdir())


def with_built(lock: str, wheels: list[Path]) -> str:
    """Add to a lock the hash of every wheel that it lacks, beside the package's other hashes."""
    for wheel in wheels:
        digest = sha256(wheel)
        if digest not in lock:
            lock = with_hash(lock, wheel.name, digest)
    return lock


def with_hash(lock: str, wheel: str, digest: str) -> str:
    """Add one hash to a lock, at the package and version in the wheel's name."""
    package, version = wheel.split("-")[:2]
    name = re.sub(r"[-_.]+", "-", package).lower()
    # The look-ahead keeps version 1.2 from matching 1.2.1.
    entry = re.compile(rf"^{re.escape(name)}=={re.escape(version)}(?=[ \\]).*\\\n", re.MULTILINE)
    found = entry.search(lock)
    if not found:
        raise RuntimeProblem(f"{wheel} was made, but {LOCK} names no such package: `make lock`")
    return f"{lock[: found.end()]}    --hash=sha256:{digest} \\\n{lock[found.end() :]}"


def complaint(stderr: str) -> str:
    """pip's reason for a failure: its last ERROR line, or its last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    # pip also prints warnings; only lines with ERROR: give the reason.
    reasons = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (reasons or lines or ["pip gave no reason"])[-1].rstrip(".")

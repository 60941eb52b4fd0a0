"""The wheels that a room installs from: what the lock names, for this Python and platform.

pip fetches them and holds each file against the lock's hashes. A package which
has no wheel for this platform is built into one here, from its source, which
was held against the lock too. No lock can know the hash of such a wheel, so the
bundle gets a lock of its own: the repository's, and that hash beside the others.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.bundle import contents
from lab.bundle.checksum import sha256
from lab.runtime import RuntimeProblem

LOCK = "requirements.txt"


def fetch(root: Path, into: Path, environ: Mapping[str, str]) -> list[Path]:
    """Everything that `scripts/venv` installs from, in the folder `into`; its files, sorted.

    From pip's cache and wherever this machine's pip looks; in an unpacked
    bundle from its own wheels. RuntimeProblem where one cannot be had.
    """
    wheels = root / contents.WHEELS
    lock, source = root / LOCK, []
    if wheels.is_dir():
        source = ["--isolated", "--no-index", "--find-links", str(wheels)]
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
            f"the wheels cannot be had ({complaint(done.stderr)}): run this once where pip "
            "reaches packages, the room needs no network then"
        )
    locked = with_built(lock.read_text(encoding="utf-8"), sorted(into.glob("*.whl")))
    if locked != (root / LOCK).read_text(encoding="utf-8"):
        (into / LOCK).write_text(locked, encoding="utf-8")
    return sorted(into.iterdir())


def with_built(lock: str, wheels: list[Path]) -> str:
    """A lock with the hash of every wheel that it does not know, at the package's other hashes."""
    for wheel in wheels:
        digest = sha256(wheel)
        if digest not in lock:
            lock = with_hash(lock, wheel.name, digest)
    return lock


def with_hash(lock: str, wheel: str, digest: str) -> str:
    """A lock with one more hash for the package and version that a wheel's name begins with."""
    package, version = wheel.split("-")[:2]
    name = re.sub(r"[-_.]+", "-", package).lower()
    entry = re.compile(rf"^{re.escape(name)}=={re.escape(version)}(?=[ \\]).*\\\n", re.MULTILINE)
    found = entry.search(lock)
    if not found:
        raise RuntimeProblem(f"{wheel} was made, but {LOCK} names no such package: `make lock`")
    return f"{lock[: found.end()]}    --hash=sha256:{digest} \\\n{lock[found.end() :]}"


def complaint(stderr: str) -> str:
    """What pip gave as its reason: its last line of that kind, or its last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    reasons = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (reasons or lines or ["pip gave no reason"])[-1].rstrip(".")

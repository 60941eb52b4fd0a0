"""Names of run folders and their files, and atomic replacement of a file."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RUN = "run.json"
SAMPLES = "samples.csv.gz"
COUNTS = "counts.csv.gz"
MEASUREMENTS = "measurements.jsonl"
SKIPPED = "skipped.json"


def new(results: Path, name: str, at: datetime) -> Path:
    """Return an unused folder path, such as `results/20261120-155002-02-sixteen-at-once`.

    `at` is the start of the run. Nothing is created. The second run with that name in the same
    second gets the suffix "-2".
    """
    plain = results / f"{at:%Y%m%d-%H%M%S}-{name}"
    folder, number = plain, 1
    while folder.exists():
        number += 1
        folder = plain.with_name(f"{plain.name}-{number}")
    return folder


def now() -> str:
    """Current time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def replace(path: Path, document: Mapping[str, Any]) -> None:
    """Write JSON atomically, as `replace_text` does."""
    replace_text(path, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def replace_text(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write a text atomically: a reader sees the old file or the new one, never a part.

    The file keeps its permissions; a new one gets `mode`, less the umask. Raises OSError where the
    disk is full; the old file is unchanged then, and no temporary file is left.
    """
    # The process id, because several processes may write the same file.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    is_new = not path.exists()
    if not is_new:
        mode = path.stat().st_mode & 0o777
    try:
        # With its permissions from the beginning: the text may hold a password.
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(opened, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            # On disk before the rename, so that a crash leaves the old file or the new one.
            os.fsync(file.fileno())
        if not is_new:
            unfinished.chmod(mode)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def skip(folder: Path, experiment: str, reason: str) -> None:
    """Create the folder with skipped.json: why this experiment was not run."""
    folder.mkdir(parents=True)
    replace(folder / SKIPPED, {"experiment": experiment, "reason": reason})

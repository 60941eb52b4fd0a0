"""Where runs are kept, what their files are called, and how they are replaced whole."""

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
    """A folder that is not there yet: `results/20261120-155002-02-sixteen-at-once`.

    `at` is when it began. Nothing is made. A second one in the same second ends in "-2".
    """
    plain = results / f"{at:%Y%m%d-%H%M%S}-{name}"
    folder, number = plain, 1
    while folder.exists():
        number += 1
        folder = plain.with_name(f"{plain.name}-{number}")
    return folder


def now() -> str:
    """This instant, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def replace(path: Path, document: Mapping[str, Any]) -> None:
    """Write JSON so that whoever reads sees the old file or the new one, never half of it.

    Raises OSError where there is no room; the old file is there still, and nothing beside it.
    """
    unfinished = path.with_name(path.name + ".new")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, ensure_ascii=False, allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def skip(folder: Path, experiment: str, reason: str) -> None:
    """Leave a word on an experiment that does not run here, in place of its run."""
    folder.mkdir(parents=True)
    replace(folder / SKIPPED, {"experiment": experiment, "reason": reason})

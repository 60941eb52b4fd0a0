"""The demo's numbers as a JSON file, shape 1.

schema          1; it changes when the shape changes
lab_runtime     "docker" or "local"
started_at      ISO 8601, UTC
delay_ms        the upstream's delay on its dial
machine         {cores, kernel, python}
cells           a list in the order of the table, each with
    target, route, requests
    slots                   null: no limit
    predicted_makespan_s, measured_makespan_s (the median of makespans_s)
    makespans_s             one for each burst of the cell, in order
    ratio                   measured / predicted
    predicted_waves, measured_waves (of the burst nearest to the median)
    peak_busy_slots         the upstream's peak of calls / calls per request
    failed                  number of failed requests, in all bursts
    departure_spread_s      seconds from first to last departure, widest burst
    worker_pids             {pid: requests}, in all bursts
    samples                 a list of bursts, each a list of samples; the fields
                            of lab.samples.Sample
held            true where the demo went as predicted: no objection, exit code 0
"""

import json
import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.demo.demo_cells import DemoResult
from lab.samples import departure_spread_s

SCHEMA = 1


class FileUnwritableError(Exception):
    """The file cannot be written; the message names the path and the reason."""


def reserve(path: Path) -> Path:
    """Check that `path` can be written, before measuring; return the temporary file to fill.

    An older file at `path` stays until `save` has its successor complete. Raises
    FileUnwritableError.
    """
    if path.exists() and not path.is_file():
        raise FileUnwritableError(f"{path}: expected the name of a file")
    part = path.with_name(path.name + ".part")
    try:
        part.touch()
        # A rename would replace a write-protected file, so that case is refused here.
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        raise FileUnwritableError(f"{path}: cannot be written ({error.strerror})") from error
    return part


def save(path: Path, part: Path, content: dict[str, Any]) -> None:
    """Write `content` to `part`, then rename it to `path`. Raises FileUnwritableError."""
    try:
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        # A rename is atomic: a reader sees the old file or the complete new one.
        part.replace(path)
    except OSError as error:
        raise FileUnwritableError(f"{path}: cannot be written ({error.strerror})") from error


def content(
    results: Sequence[DemoResult],
    *,
    lab_runtime: str,
    started_at: datetime,
    delay_ms: float,
    held: bool,
) -> dict[str, Any]:
    """Content of the file; the module's docstring gives its shape."""
    return {
        "schema": SCHEMA,
        "lab_runtime": lab_runtime,
        "started_at": started_at.isoformat(timespec="seconds"),
        "delay_ms": delay_ms,
        "machine": {
            "cores": os.cpu_count(),
            "kernel": platform.release(),
            "python": platform.python_version(),
        },
        "cells": [_cell(result) for result in results],
        "held": held,
    }


def _cell(result: DemoResult) -> dict[str, Any]:
    cell, bursts = result.cell, result.bursts
    pids = sum((burst.worker_pids for burst in bursts), Counter[int]())
    return {
        "target": cell.target,
        "route": cell.route,
        "requests": cell.requests,
        "slots": cell.slots,
        "predicted_makespan_s": cell.predicted_makespan_s,
        "measured_makespan_s": result.measured_makespan_s,
        "makespans_s": [burst.makespan_s for burst in bursts],
        "ratio": result.ratio,
        "predicted_waves": cell.predicted_waves,
        "measured_waves": result.typical.waves,
        "peak_busy_slots": result.peak_busy_slots,
        "failed": len(result.failed),
        "departure_spread_s": max(departure_spread_s(burst.samples) for burst in bursts),
        "worker_pids": {str(pid): count for pid, count in sorted(pids.items())},
        "samples": [[asdict(each) for each in burst.samples] for burst in bursts],
    }

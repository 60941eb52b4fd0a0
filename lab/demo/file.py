"""The demo's numbers as a JSON file, shape 1.

schema          1; another number is another shape
lab_runtime     "docker" or "local"
started_at      ISO 8601, UTC
delay_ms        the upstream's delay, as its dial stood
machine         {cores, kernel, python}
cells           a list in the order of the table, each with
    target, route, requests
    slots                   null: no limit
    predicted_makespan_s, measured_makespan_s (the median of makespans_s)
    makespans_s             one for each burst of the cell, in order
    ratio                   measured / predicted
    predicted_waves, measured_waves (of the burst nearest to the median)
    peak_busy_slots         the upstream's peak of calls / calls per request
    failed                  requests, in all bursts
    departure_spread_s      first request on its way to last, the widest burst
    worker_pids             {pid: requests}, in all bursts
    samples                 a list of bursts, each a list of samples; the fields
                            of lab.samples.Sample
held            true exactly if the demo's exit code was about to be 0
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

from lab.demo.cells import Result
from lab.samples import departure_spread_s

SCHEMA = 1


class FileUnwritableError(Exception):
    """The file cannot be written; names the path and the reason."""


def reserve(path: Path) -> Path:
    """Make sure that `path` can be written, before time is spent; the file to fill until then.

    An older file at `path` stays until `save` has its successor complete.
    """
    if path.exists() and not path.is_file():
        raise FileUnwritableError(f"{path}: expected the name of a file")
    part = path.with_name(path.name + ".part")
    try:
        part.touch()
        # The old file is replaced, not written; but one that is write-protected is meant to stay.
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        raise FileUnwritableError(f"{path}: cannot be written ({error.strerror})") from error
    return part


def save(path: Path, part: Path, content: dict[str, Any]) -> None:
    """Write all of `content` to `part`, then give it the name `path`."""
    try:
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise FileUnwritableError(f"{path}: cannot be written ({error.strerror})") from error


def content(
    results: Sequence[Result],
    *,
    lab_runtime: str,
    started_at: datetime,
    delay_ms: float,
    held: bool,
) -> dict[str, Any]:
    """What goes into the file; the module's docstring gives the shape."""
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


def _cell(result: Result) -> dict[str, Any]:
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

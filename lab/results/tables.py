"""Convert samples and counts to CSV lines, and back. docs/results.md lists the columns."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path

from lab.results import schema_1
from lab.results.measurement import Row
from lab.samples import Sample

SAMPLES = (
    "cell",
    "series",
    "phase",
    "burst",
    "due_s",
    "start_s",
    "sent_s",
    "latency_s",
    "status",
    "worker_pid",
    "upstream_s",
    "app_s",
    "error",
)
COUNTS = ("cell", "series", "latency_us", "count")
_of_sample = attrgetter(*SAMPLES[SAMPLES.index("start_s") :])

Place = tuple[str, int]
"""Key of a measurement: the cell's id and the 1-based series."""


class TableError(ValueError):
    """The text is not the expected table; the message names the line and the problem."""


def write(path: Path, columns: Sequence[str], lines: Iterable[Mapping[str, object]]) -> None:
    """Write a CSV file with a header, and lines as values by column. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(lines)


def header(columns: Sequence[str]) -> str:
    """Return the header line of a table."""
    return ",".join(columns) + "\n"


def sample_lines(place: Place, rows: Iterable[Row]) -> str:
    """Return one CSV line for each request, without a header."""
    return _lines(
        (*place, row.phase, row.burst, row.due_s, *_of_sample(row.sample)) for row in rows
    )


def count_lines(place: Place, counts: Mapping[int, int]) -> str:
    """Return one CSV line for each latency in `counts`, shortest first, without a header."""
    return _lines((*place, latency_us, counts[latency_us]) for latency_us in sorted(counts))


def samples(text: str, named: Mapping[str, tuple[str, str]]) -> dict[Place, list[Row]]:
    """Parse a samples table into the rows of each measurement.

    `named` maps each cell's id to its target and route; rows of other cells are left out.
    Raises TableError.
    """
    found: dict[Place, list[Row]] = {}
    for number, line in _read(text, SAMPLES):
        try:
            cell, series, phase, burst, due_s, start_s, sent_s, latency_s, *rest = line
            status, worker_pid, upstream_s, app_s, error = rest
            if cell not in named:
                continue
            target, route = named[cell]
            sample = Sample(
                start_s=float(start_s),
                latency_s=float(latency_s),
                status=int(status),
                target=target,
                route=route,
                worker_pid=int(worker_pid) if worker_pid else None,
                upstream_s=_float(upstream_s),
                app_s=_float(app_s),
                error=error,
                sent_s=_float(sent_s),
            )
            row = Row(sample, phase, int(burst), _float(due_s))
            found.setdefault((cell, int(series)), []).append(row)
        except ValueError as problem:
            raise TableError(f"line {number}: {problem}") from None
    return found


def counts(text: str) -> dict[Place, dict[int, int]]:
    """Parse a counts table: for each measurement, number of answers by latency in µs.

    Raises TableError.
    """
    found: dict[Place, dict[int, int]] = {}
    for number, line in _read(text, COUNTS):
        try:
            cell, series, latency_us, count = line
            found.setdefault((cell, int(series)), {})[int(latency_us)] = int(count)
        except ValueError as problem:
            raise TableError(f"line {number}: {problem}") from None
    return found


def _lines(rows: Iterable[Sequence[object]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def _read(text: str, columns: Sequence[str]) -> Iterable[tuple[int, list[str]]]:
    lines = csv.reader(io.StringIO(text, newline=""))
    first = next(lines, None)
    if first is None:
        return
    if [schema_1.name(each) for each in first] != list(columns):
        raise TableError(f"line 1: {','.join(first)!r}: expected {','.join(columns)}")
    for line in lines:
        yield lines.line_num, line


def _float(text: str) -> float | None:
    return float(text) if text else None

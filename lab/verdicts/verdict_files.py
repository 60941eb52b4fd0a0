"""Read and write summaries and verdicts: two JSON files in the run's folder, one CSV of cells.

docs/results.md lists their keys and columns. Both JSON files derive from the run, so the lab can
rebuild them at any time. The CSV is for other programs.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from lab.experiments.metric_catalogue import unit
from lab.results import folder, schema_1, tables
from lab.results.reading import Run, RunUnreadableError
from lab.verdicts.estimates import Line
from lab.verdicts.judge import ExperimentVerdict
from lab.verdicts.judgement import Judgement, Measured, Verdict
from lab.verdicts.summary import CellSummary, Summary

Rebuilt = TypeVar("Rebuilt")

SUMMARY = "summary.json"
VERDICT = "verdict.json"
CELLS = "cells.csv"
SCHEMA = 2

COLUMNS = (
    "experiment",
    "cell",
    "shape",
    "route",
    "x",
    "metric",
    "unit",
    "series",
    "middle",
    "low",
    "high",
    "predicted",
    "predicted_most",
    "tolerance",
    "tolerance_absolute",
    "verdict",
    "doubts",
)


def write(path: Path, summary: Summary, verdict: ExperimentVerdict) -> None:
    """Write summary.json and verdict.json into the folder of a run. Raises OSError."""
    folder.replace(path / SUMMARY, summary_as_dict(summary))
    folder.replace(path / VERDICT, verdict_as_dict(verdict))


def read_summary(path: Path) -> Summary:
    """Read summary.json from the folder of a run. Raises RunUnreadableError."""
    return _read(path / SUMMARY, _summary)


def read_verdict(path: Path) -> ExperimentVerdict:
    """Read verdict.json from the folder of a run. Raises RunUnreadableError."""
    return _read(path / VERDICT, _verdict)


def summary_as_dict(summary: Summary) -> dict[str, Any]:
    """Return the content of summary.json."""
    return {
        "schema": SCHEMA,
        "cells": {
            id: {
                "series": cell.series,
                "metrics": {name: found.as_dict() for name, found in cell.metrics.items()},
                "doubts": list(cell.doubts),
            }
            for id, cell in summary.cells.items()
        },
        "fits": {
            name: asdict(fit) | {"points": [list(point) for point in fit.points]}
            for name, fit in summary.fits.items()
        },
    }


def verdict_as_dict(verdict: ExperimentVerdict) -> dict[str, Any]:
    """Return the content of verdict.json."""
    return {
        "schema": SCHEMA,
        "judgement": verdict.judgement and verdict.judgement.as_dict(),
        "cells": {id: each and each.as_dict() for id, each in verdict.cells.items()},
    }


def write_cells(path: Path, judged: Sequence[tuple[Run, Summary, ExperimentVerdict]]) -> None:
    """Write a CSV with one line for each metric of each cell of these runs. Raises OSError."""
    lines = (line for run, summary, verdict in judged for line in cell_lines(run, summary, verdict))
    tables.write(path, COLUMNS, lines)


def cell_lines(
    run: Run, summary: Summary, verdict: ExperimentVerdict
) -> Iterator[dict[str, object]]:
    """Yield one line for each metric of each cell, as values by column.

    Only the line of the judged metric has prediction, tolerance and verdict.
    """
    for cell in run.experiment.cells:
        found, judgement = summary.cells[cell.id], verdict.cells.get(cell.id)
        for name, measured in found.metrics.items():
            line: dict[str, object] = {
                "experiment": run.experiment.name,
                "cell": cell.id,
                "shape": cell.shape,
                "route": cell.route,
                "x": cell.x,
                "metric": name,
                "unit": unit(name),
                "series": len(measured.values),
                "middle": measured.middle,
                "low": measured.low,
                "high": measured.high,
                "doubts": "; ".join(found.doubts),
            }
            if name == cell.measure and cell.prediction.value is not None:
                line |= {
                    "predicted": cell.prediction.value,
                    "predicted_most": cell.prediction.most,
                    "tolerance": cell.tolerance,
                    "tolerance_absolute": cell.tolerance_absolute,
                    "verdict": judgement.verdict.value if judgement else "",
                }
            yield line


def _summary(document: Mapping[str, Any]) -> Summary:
    if document["schema"] == schema_1.SCHEMA:
        document = schema_1.summary(document)
    cells = {
        id: CellSummary(
            {
                name: Measured(**each | {"values": tuple(each["values"])})
                for name, each in cell["metrics"].items()
            },
            cell["series"],
            tuple(cell["doubts"]),
        )
        for id, cell in document["cells"].items()
    }
    fits = {
        name: Line(**each | {"points": tuple((x, y) for x, y in each["points"])})
        for name, each in document["fits"].items()
    }
    return Summary(cells, fits)


def _verdict(document: Mapping[str, Any]) -> ExperimentVerdict:
    return ExperimentVerdict(
        {id: _judgement(each) for id, each in document["cells"].items()},
        _judgement(document["judgement"]),
    )


def _judgement(document: Mapping[str, Any] | None) -> Judgement | None:
    if document is None:
        return None
    return Judgement(Verdict(document["verdict"]), document["sentence"], tuple(document["reasons"]))


def _read(path: Path, rebuilt: Callable[[Mapping[str, Any]], Rebuilt]) -> Rebuilt:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        schema = document["schema"]
        if schema not in (schema_1.SCHEMA, SCHEMA):
            raise RunUnreadableError(
                f"{path}: schema {schema!r}: "
                f"this version of the lab reads schemas {schema_1.SCHEMA} and {SCHEMA}"
            )
        return rebuilt(document)
    except OSError as problem:
        raise RunUnreadableError(f"{path}: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise RunUnreadableError(f"{path}: unexpected content: {problem}") from None

"""Summaries and verdicts as files: JSON beside the run, and a table of cells for other programs.

docs/results.md lists their keys and columns. Both JSON files can be made again from the run.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lab.results import folder
from lab.results.reading import Run, RunUnreadableError
from lab.verdicts.judge import ExperimentVerdict
from lab.verdicts.judgement import Judgement, Measured, Verdict
from lab.verdicts.lines import Line
from lab.verdicts.summary import CellSummary, Summary
from lab.verdicts.words import METRICS

Rebuilt = TypeVar("Rebuilt")

SUMMARY = "summary.json"
VERDICT = "verdict.json"
CELLS = "cells.csv"
SCHEMA = 1

COLUMNS = (
    "experiment",
    "cell",
    "shape",
    "route",
    "x",
    "metric",
    "unit",
    "repeats",
    "middle",
    "low",
    "high",
    "predicted",
    "tolerance",
    "tolerance_absolute",
    "verdict",
    "doubts",
)


def write(path: Path, summary: Summary, verdict: ExperimentVerdict) -> None:
    """Put both files into the folder of a run. Raises OSError."""
    folder.replace(path / SUMMARY, summary_as_dict(summary))
    folder.replace(path / VERDICT, verdict_as_dict(verdict))


def read_summary(path: Path) -> Summary:
    """The summary in the folder of a run. Raises RunUnreadableError."""
    return _read(path / SUMMARY, _summary)


def read_verdict(path: Path) -> ExperimentVerdict:
    """The verdicts in the folder of a run. Raises RunUnreadableError."""
    return _read(path / VERDICT, _verdict)


def summary_as_dict(summary: Summary) -> dict[str, Any]:
    """What summary.json holds."""
    return {
        "schema": SCHEMA,
        "cells": {
            id: {
                "repeats": cell.repeats,
                "metrics": {
                    name: {
                        "values": list(found.values),
                        "middle": found.middle,
                        "low": found.low,
                        "high": found.high,
                    }
                    for name, found in cell.metrics.items()
                },
                "doubts": list(cell.doubts),
            }
            for id, cell in summary.cells.items()
        },
        "fits": {
            name: {
                "slope": fit.slope,
                "slope_error": fit.slope_error,
                "intercept": fit.intercept,
                "points": [list(point) for point in fit.points],
            }
            for name, fit in summary.fits.items()
        },
    }


def verdict_as_dict(verdict: ExperimentVerdict) -> dict[str, Any]:
    """What verdict.json holds."""
    return {
        "schema": SCHEMA,
        "judgement": _judgement_as_dict(verdict.judgement),
        "cells": {id: _judgement_as_dict(each) for id, each in verdict.cells.items()},
    }


def write_cells(path: Path, judged: Sequence[tuple[Run, Summary, ExperimentVerdict]]) -> None:
    """A CSV with a line for each metric of each cell of these runs. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for run, summary, verdict in judged:
            table.writerows(cell_lines(run, summary, verdict))


def cell_lines(
    run: Run, summary: Summary, verdict: ExperimentVerdict
) -> Iterator[dict[str, object]]:
    """Those lines, by column.

    Prediction, tolerance and verdict stand in the line of the metric that they are about.
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
                "unit": METRICS[name].unit if name in METRICS else "",
                "repeats": len(measured.values),
                "middle": measured.middle,
                "low": measured.low,
                "high": measured.high,
                "doubts": "; ".join(found.doubts),
            }
            if name == cell.measure and cell.prediction.value is not None:
                line |= {
                    "predicted": cell.prediction.value,
                    "tolerance": cell.tolerance,
                    "tolerance_absolute": cell.tolerance_absolute,
                    "verdict": judgement.verdict.value if judgement else "",
                }
            yield line


def _summary(document: Mapping[str, Any]) -> Summary:
    cells = {
        id: CellSummary(
            {
                name: Measured(tuple(each["values"]), each["middle"], each["low"], each["high"])
                for name, each in cell["metrics"].items()
            },
            cell["repeats"],
            tuple(cell["doubts"]),
        )
        for id, cell in document["cells"].items()
    }
    fits = {
        name: Line(
            each["slope"],
            each["slope_error"],
            each["intercept"],
            tuple((x, y) for x, y in each["points"]),
        )
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


def _judgement_as_dict(judgement: Judgement | None) -> dict[str, Any] | None:
    if judgement is None:
        return None
    return {
        "verdict": judgement.verdict.value,
        "sentence": judgement.sentence,
        "reasons": list(judgement.reasons),
    }


def _read(path: Path, rebuilt: Callable[[Mapping[str, Any]], Rebuilt]) -> Rebuilt:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA:
            raise RunUnreadableError(
                f"{path}: schema {document['schema']!r}: this lab reads {SCHEMA}"
            )
        return rebuilt(document)
    except OSError as problem:
        raise RunUnreadableError(f"{path}: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise RunUnreadableError(f"{path}: not as this lab writes it: {problem}") from None

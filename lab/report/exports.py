"""Write a report for other programs; docs/results.md has the keys and the columns."""

from collections.abc import Iterator
from math import isinf
from typing import Any

from lab.experiments.metric_catalogue import unit
from lab.report.report_data import Decided, Gathered, Judged
from lab.results import folder, tables
from lab.verdicts import verdict_files
from lab.verdicts.judgement import Judgement, Verdict

REPORT, VERDICTS, CELLS = "report.json", "verdicts.csv", "cells.csv"
SCHEMA = 1
COLUMNS = (
    "claim",
    "source",
    "text",
    "verdict",
    "sentence",
    "reasons",
    "claimed_low",
    "claimed_high",
    "measured_middle",
    "measured_low",
    "measured_high",
    "unit",
    "experiments",
)


def write(gathered: Gathered) -> None:
    """Write all three files into the report's folder. Raises OSError."""
    folder.replace(gathered.folder / REPORT, document(gathered))
    tables.write(gathered.folder / VERDICTS, COLUMNS, _verdicts(gathered))
    verdict_files.write_cells(
        gathered.folder / CELLS,
        [(each.run, each.summary, each.verdict) for each in gathered.judged],
    )


def document(gathered: Gathered) -> dict[str, Any]:
    """Return the content of report.json."""
    metadata = gathered.metadata
    return {
        "schema": SCHEMA,
        "started_at": metadata.get("started_at"),
        "runtime": metadata.get("runtime"),
        "quick": gathered.quick,
        "machine": metadata.get("machine"),
        "limits": metadata.get("limits"),
        "versions": metadata.get("versions"),
        "git": metadata.get("git"),
        "verdicts": {str(verdict): gathered.count(verdict) for verdict in Verdict},
        "claims": [_claim(each) for each in gathered.claims],
        "experiments": [
            _experiment(each)
            if isinstance(each, Judged)
            else {"name": each.name, "state": "skipped", "reason": each.reason}
            for each in gathered.experiments
        ],
    }


def _claim(decided: Decided) -> dict[str, Any]:
    claim, decision = decided.claim, decided.decision
    return {
        "id": claim.id,
        "source": claim.source,
        "text": claim.text,
        "reading": claim.reading,
        "experiments": list(claim.experiments),
        **_judgement(decision.judgement),
        "claimed": None if decision.claimed is None else [_end(each) for each in decision.claimed],
        "measured": decision.measured and decision.measured.as_dict(),
        "unit": decision.unit,
    }


def _experiment(judged: Judged) -> dict[str, Any]:
    run, summary, verdict = judged.run, judged.summary, judged.verdict
    return {
        "name": run.experiment.name,
        "question": run.experiment.question,
        "folder": run.folder.name,
        "state": run.metadata["state"],
        "reason": run.metadata.get("reason") or "",
        "control": run.experiment.is_control,
        "claims": list(run.experiment.claims),
        **_judgement(verdict.judgement),
        "cells": [
            {
                "id": cell.id,
                "shape": cell.shape,
                "route": cell.route,
                "x": cell.x,
                "metric": cell.measure,
                "unit": unit(cell.measure),
                "function": cell.prediction.function,
                "inputs": dict(cell.prediction.inputs),
                "predicted": cell.prediction.value,
                "tolerance": cell.tolerance,
                "tolerance_absolute": cell.tolerance_absolute,
                "measured": (found := summary.cells[cell.id].metrics.get(cell.measure))
                and found.as_dict(),
                "doubts": list(summary.cells[cell.id].doubts),
                **_judgement(verdict.cells.get(cell.id)),
            }
            for cell in run.experiment.cells
        ],
        "fits": [
            {
                "name": fit.name,
                "metric": fit.metric,
                "per": fit.per,
                "slope": summary.fits[fit.name].slope,
                "slope_error": summary.fits[fit.name].slope_error,
                "intercept": summary.fits[fit.name].intercept,
            }
            for fit in run.experiment.fits
            if fit.name in summary.fits
        ],
    }


def _judgement(judgement: Judgement | None) -> dict[str, Any]:
    if judgement is None:
        return {"verdict": None, "sentence": "", "reasons": []}
    return judgement.as_dict()


def _end(value: float) -> float | None:
    # JSON has no infinity, so null is an open end.
    return None if isinf(value) else value


def _verdicts(gathered: Gathered) -> Iterator[dict[str, object]]:
    for each in gathered.claims:
        claim, decision = each.claim, each.decision
        low, high = decision.claimed or (None, None)
        measured = decision.measured
        yield {
            "claim": claim.id,
            "source": claim.source,
            "text": claim.text,
            "verdict": str(decision.verdict),
            "sentence": decision.sentence,
            "reasons": "; ".join(decision.reasons),
            "claimed_low": None if low is None else _end(low),
            "claimed_high": None if high is None else _end(high),
            "measured_middle": measured.middle if measured else None,
            "measured_low": measured.low if measured else None,
            "measured_high": measured.high if measured else None,
            "unit": decision.unit,
            "experiments": " ".join(claim.experiments),
        }

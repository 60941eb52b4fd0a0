"""Write a report for other programs; docs/results.md has the keys and the columns."""

from collections.abc import Iterator
from math import isinf
from typing import Any

from lab.claims import lock
from lab.claims.rule import Decision, Outcome, by_chance
from lab.experiments.experiment import Prediction
from lab.experiments.metric_catalogue import unit
from lab.report.report_data import Gathered, Judged
from lab.results import folder, tables
from lab.verdicts import verdict_files
from lab.verdicts.judgement import Judgement, Verdict

REPORT, VERDICTS, CELLS = "report.json", "verdicts.csv", "cells.csv"
SCHEMA = 2
COLUMNS = (
    "claim",
    "source",
    "text",
    "claim_verdict",
    "provisional",
    "part",
    "kind",
    "basis",
    "verdict",
    "failing",
    "reasons",
    "why",
    "claimed_low",
    "claimed_high",
    "measured_mean",
    "measured_low",
    "measured_high",
    "series",
    "margin",
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
        "decided_parts": by_chance(gathered.claims)[0],
        "wrong_by_chance_at_most": by_chance(gathered.claims)[1],
        "claims": [_claim(each) for each in gathered.claims],
        "experiments": [
            _experiment(each)
            if isinstance(each, Judged)
            else {"name": each.name, "state": "skipped", "reason": each.reason}
            for each in gathered.experiments
        ],
    }


def _claim(decision: Decision) -> dict[str, Any]:
    claim = decision.claim
    return {
        "id": claim.id,
        "source": claim.source,
        "section": claim.section,
        "text": claim.text,
        "literal": claim.literal,
        "charitable": claim.charitable,
        "missing": claim.missing,
        "hash": lock.hash_of(claim),
        "experiments": list(claim.experiments),
        "verdict": str(decision.verdict),
        "condition": decision.condition,
        "failing": decision.failing,
        "provisional": decision.is_provisional,
        "sentence": decision.sentence,
        "parts": [_outcome(each) for each in decision.outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "part": outcome.part.what,
        "kind": str(outcome.part.kind),
        "basis": outcome.basis.label,
        "unit": outcome.unit,
        "claimed": None if outcome.claimed is None else [_end(each) for each in outcome.claimed],
        "measured": outcome.measured and outcome.measured.as_dict(),
        "verdict": outcome.verdict and str(outcome.verdict),
        "margin": None if outcome.margin is None else _end(outcome.margin),
        "absent": [{"reason": str(each.reason), "why": each.sentence} for each in outcome.absences],
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
                **_upper_end(cell.prediction),
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


def _upper_end(prediction: Prediction) -> dict[str, Any]:
    if prediction.most is None:
        return {}
    return {"most_function": prediction.most_function, "predicted_most": prediction.most}


def _judgement(judgement: Judgement | None) -> dict[str, Any]:
    if judgement is None:
        return {"verdict": None, "sentence": "", "reasons": []}
    return judgement.as_dict()


def _end(value: float) -> float | None:
    # JSON has no infinity, so null is an open end.
    return None if isinf(value) else value


def _verdicts(gathered: Gathered) -> Iterator[dict[str, object]]:
    # A line for each part on each basis; a claim without parts has one line.
    for decision in gathered.claims:
        claim = decision.claim
        line: dict[str, object] = {
            "claim": claim.id,
            "source": claim.source,
            "text": claim.text,
            "claim_verdict": str(decision.verdict),
            "provisional": int(decision.is_provisional),
            "experiments": " ".join(claim.experiments),
            "reasons": "; ".join(dict.fromkeys(str(each.reason) for each in decision.absences)),
            "why": "; ".join(each.sentence for each in decision.absences) or claim.missing,
        }
        if not decision.outcomes:
            yield line
        for each in decision.outcomes:
            yield line | _line(each)


def _line(outcome: Outcome) -> dict[str, object]:
    low, high = outcome.claimed or (None, None)
    measured = outcome.measured
    return {
        "part": outcome.part.what,
        "kind": str(outcome.part.kind),
        "basis": outcome.basis.label,
        "verdict": str(outcome.verdict or "beside"),
        "failing": str(outcome.part.failing) if outcome.verdict is Verdict.FAILS else "",
        "reasons": "; ".join(dict.fromkeys(str(each.reason) for each in outcome.absences)),
        "why": "; ".join(each.sentence for each in outcome.absences),
        "claimed_low": None if low is None else _end(low),
        "claimed_high": None if high is None else _end(high),
        "measured_mean": measured.middle if measured else None,
        "measured_low": measured.low if measured else None,
        "measured_high": measured.high if measured else None,
        "series": len(measured.values) if measured else 0,
        "margin": None if outcome.margin is None else _end(outcome.margin),
        "unit": outcome.unit,
    }

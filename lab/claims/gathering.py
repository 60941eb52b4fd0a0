"""From a report's folder, or single runs, to what the claims look at."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from lab.claims import counting
from lab.claims.findings import ERRORS, GENERATOR, Doubted, Findings, Found
from lab.environment import ROOT
from lab.results import reading
from lab.results.reading import Run
from lab.rounded import share
from lab.verdicts import doubts
from lab.verdicts.evidence import Evidence
from lab.verdicts.summary import FEWEST_REPEATS, Summary, hold_s, summarize

ENDED = {"interrupted": "was interrupted", "failed": "failed"}
NOT_ENDED = "has not ended"
SPREAD: doubts.Doubt = "spread"
TIMES = doubts.TYPICAL | doubts.TAILS | doubts.RATES | {"overhead_s", "second_wave_share"}
"""What a busy machine changes. A prediction of waiting hardly minds, but a claim about
milliseconds does, and must not fail because of it."""


def gather(report: Path, root: Path = ROOT) -> Findings:
    """All runs in a report's folder, each in a folder of its own, and the count of the code.

    Raises RunUnreadableError.
    """
    runs: list[Run] = []
    skipped: dict[str, str] = {}
    for each in sorted(report.iterdir()):
        if each.is_dir() and (word := reading.skipped(each)):
            skipped.update([word])
        elif each.is_dir() and reading.is_run(each):
            runs.append(reading.read(each))
    return of_report(report, [(run, summarize(run)) for run in runs], skipped, root)


def of_report(
    report: Path,
    runs: Iterable[tuple[Run, Summary]],
    skipped: Mapping[str, str],
    root: Path = ROOT,
) -> Findings:
    """What was read of a report's folder already; `skipped` has reasons by experiments' names."""
    left = {name[:2]: Found(problem=f"was left out: {reason}") for name, reason in skipped.items()}
    measured = findings(runs)
    return replace(measured, found=left | dict(measured.found), amounts=counting.find(report, root))


def findings(runs: Iterable[tuple[Run, Summary]]) -> Findings:
    """Those of runs that were read already; without a count of the code."""
    return Findings(found={run.experiment.number: found(run, summary) for run, summary in runs})


def found(run: Run, summary: Summary) -> Found:
    """One run as the claims look at it."""
    return Found(
        problem=_problem(run),
        quick=run.experiment.quick,
        delay_s=float(run.experiment.behaviour.get("delay_ms", 1000)) / 1000,
        cores=int((run.metadata.get("machine") or {}).get("cores") or 1),
        workers={
            shape: int(server["workers"])
            for shape, server in (run.metadata.get("servers") or {}).items()
            if server and "workers" in server
        },
        metrics={id: cell.metrics for id, cell in summary.cells.items() if cell.metrics},
        predicted={cell.id: cell.prediction.value for cell in run.experiment.cells},
        doubts={cell: _doubts(run, summary, cell) for cell in summary.cells},
        lines=summary.fits,
        fits={fit.name: _places(run, fit.cells) for fit in run.experiment.fits},
        measurements=run.measurements,
    )


def _doubts(run: Run, summary: Summary, id: str) -> list[Doubted]:
    """Those of the cell, told apart where a claim does, and without the one about its spread."""
    cell = run.experiment.cell(id)
    seen = Evidence(
        cell=cell,
        measurements=run.of(id),
        metrics=summary.cells[id].metrics,
        repeats=run.experiment.repeats,
        fewest_repeats=FEWEST_REPEATS,
        hold_s=hold_s(cell, run.experiment),
        ceiling_rps=(run.metadata.get("ceiling") or {}).get("rate_rps"),
    )
    kinds = {doubts.RULES[kind](seen): kind for kind in (SPREAD, *GENERATOR, *ERRORS)}
    found = [Doubted(kinds.get(each, ""), each) for each in summary.cells[id].doubts]
    busy = run.metadata.get("busy_before") or 0.0
    if cell.measure in TIMES and busy >= doubts.BUSY_MACHINE:
        found.append(Doubted("", f"other processes used {share(busy)} of this machine just before"))
    return [each for each in dict.fromkeys(found) if each.kind != SPREAD]


def _places(run: Run, cells: Iterable[str]) -> Mapping[str, float]:
    return {cell: x for cell in cells if (x := run.experiment.cell(cell).x) is not None}


def _problem(run: Run) -> str:
    if run.is_complete:
        return ""
    ended = ENDED.get(run.metadata["state"], NOT_ENDED)
    reason = str(run.metadata.get("reason") or "").rstrip(".")
    return f"{ended}: {reason}" if reason else ended

"""Build the findings that claims use, from a report's folder or from single runs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from lab.claims import code_count, provenance
from lab.claims.findings import Doubted, Findings, Found
from lab.environment import ROOT
from lab.results import reading
from lab.results.reading import Run
from lab.verdicts import doubt_rules
from lab.verdicts.absence import Reason
from lab.verdicts.summary import Summary, evidence, summarize

SPREAD: doubt_rules.Doubt = "spread"


def gather(report: Path, root: Path = ROOT) -> Findings:
    """Read all runs in the subfolders of a report, and the count of the services' code.

    `root` is the folder with the services' source. Raises RunUnreadableError.
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
    report: Path, runs: Iterable[tuple[Run, Summary]], skipped: Mapping[str, str], root: Path = ROOT
) -> Findings:
    """Build findings from runs of a report that are read already.

    `skipped` maps names of skipped experiments to reasons. `root` is as for `gather`.
    """
    left = {name[:2]: Found(problem=f"was left out: {reason}") for name, reason in skipped.items()}
    measured = findings(runs)
    return replace(
        measured, found=left | dict(measured.found), amounts=code_count.find(report, root)
    )


def findings(runs: Iterable[tuple[Run, Summary]]) -> Findings:
    """Build findings from runs that are read already, without a count of the code."""
    read = list(runs)
    unequal = provenance.problems([run for run, _ in read])
    return Findings(
        found={
            run.experiment.number: found(run, summary, unequal[run.experiment.number])
            for run, summary in read
        },
        hashes=provenance.hashes([run for run, _ in read]),
    )


def found(run: Run, summary: Summary, unequal: str = "") -> Found:
    """Convert one run and its summary to the form that claims use.

    `unequal` says why its sources do not count; empty where they do.
    """
    return Found(
        problem=_problem(run) or unequal,
        reason=Reason.FEW if _problem(run) else Reason.DISTURBED,
        quick=run.experiment.quick,
        series=run.experiment.series,
        delay_s=float(run.experiment.behaviour.get("delay_ms", 1000)) / 1000,
        cores=int((run.metadata.get("machine") or {}).get("cores") or 1),
        python=_python(run),
        metrics={id: cell.metrics for id, cell in summary.cells.items() if cell.metrics},
        predicted={cell.id: cell.prediction.value for cell in run.experiment.cells},
        doubts={cell: _doubts(run, summary, cell) for cell in summary.cells},
        fits={fit.name: _places(run, fit.cells) for fit in run.experiment.fits},
        measurements=run.measurements,
    )


def _doubts(run: Run, summary: Summary, id: str) -> list[Doubted]:
    # The summary stores doubts as sentences only, in the words of its day. Claims ignore some
    # kinds, so the rules run again here. The spread is left out: the interval of the claim's own
    # number, which is often a ratio of two cells, shows it.
    cell = run.experiment.cell(id)
    seen = evidence(run, cell, summary.cells[id].metrics)
    doubts = doubt_rules.by_kind(seen) | doubt_rules.of_machine(seen)
    return [Doubted(kind, sentence) for kind, sentence in doubts.items() if kind != SPREAD]


def _places(run: Run, cells: Iterable[str]) -> Mapping[str, float]:
    return {cell: x for cell in cells if (x := run.experiment.cell(cell).x) is not None}


def _python(run: Run) -> str:
    # All servers run on one Python; runs of older labs do not know it.
    servers = (run.metadata.get("servers") or {}).values()
    return next((str(each["python"]) for each in servers if each and each.get("python")), "")


def _problem(run: Run) -> str:
    if run.is_complete:
        return ""
    ended = reading.how_it_ended(run.metadata["state"])
    reason = str(run.metadata.get("reason") or "").rstrip(".")
    return f"{ended}: {reason}" if reason else ended

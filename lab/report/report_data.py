"""What a report's folder holds: experiments with their verdicts, and the claims they decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.claims import ledger
from lab.claims.finding_data import of_report
from lab.claims.findings import Findings
from lab.claims.rule import Decision
from lab.results import reading
from lab.results.reading import Run, RunUnreadableError
from lab.verdicts.judge import ExperimentVerdict, judge
from lab.verdicts.judgement import Verdict
from lab.verdicts.summary import Summary, summarize


@dataclass(frozen=True, slots=True)
class Judged:
    """A run with its summary and its verdicts."""

    run: Run
    summary: Summary
    verdict: ExperimentVerdict

    @property
    def number(self) -> str:
        """The two digits of the experiment."""
        return self.run.experiment.number


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An experiment that was not run, with the reason."""

    name: str
    reason: str

    @property
    def number(self) -> str:
        """The two digits of the experiment."""
        return self.name[:2]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A report before it is written: experiments in their order, claims in the ledger's order."""

    folder: Path
    experiments: Sequence[Judged | LeftOut]
    claims: Sequence[Decision]
    findings: Findings

    @property
    def judged(self) -> list[Judged]:
        """Experiments that were run."""
        return [each for each in self.experiments if isinstance(each, Judged)]

    @property
    def left(self) -> list[LeftOut]:
        """Experiments that were not run."""
        return [each for each in self.experiments if isinstance(each, LeftOut)]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Content of the first run's run.json; empty without a run."""
        return self.judged[0].run.metadata if self.judged else {}

    @property
    def quick(self) -> bool:
        """Whether any run was shortened."""
        return any(each.run.experiment.quick for each in self.judged)

    def count(self, verdict: Verdict) -> int:
        """Number of claims with that verdict."""
        return sum(each.verdict is verdict for each in self.claims)


def gather(folder: Path) -> Gathered:
    """Read a report's folder, or that of one run.

    Raises RunUnreadableError where the folder does not exist or holds no run.
    """
    if reading.is_run(folder):
        places = [folder]
    elif folder.is_dir():
        places = sorted(each for each in folder.iterdir() if each.is_dir())
    else:
        raise RunUnreadableError(f"{folder}: there is no such folder")
    experiments: list[Judged | LeftOut] = []
    for place in places:
        if reading.is_run(place):
            experiments.append(_judged(reading.read(place)))
        elif (skipped := reading.skipped(place)) is not None:
            experiments.append(LeftOut(*skipped))
    if not experiments:
        raise RunUnreadableError(f"{folder}: expected a report's folder: no run is in it")
    found = _findings(folder, experiments)
    return Gathered(folder, experiments, list(ledger.decide_all(found).values()), found)


def _findings(folder: Path, experiments: Sequence[Judged | LeftOut]) -> Findings:
    # From the runs that are read already, so that no file is read a second time.
    runs = [(each.run, each.summary) for each in experiments if isinstance(each, Judged)]
    skipped = {each.name: each.reason for each in experiments if isinstance(each, LeftOut)}
    return of_report(folder, runs, skipped)


def _judged(run: Run) -> Judged:
    # Anew, not from the files of the run's day: cells and claims of a page have one lab's rules.
    summary = summarize(run)
    return Judged(run, summary, judge(run, summary))

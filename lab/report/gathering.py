"""All that a report's folder holds: experiments as they came out, and the claims they decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.claims.claim import Claim
from lab.claims.decision import Decision
from lab.claims.findings import Findings
from lab.claims.gathering import of_report
from lab.claims.ledger import CLAIMS
from lab.results import reading
from lab.results.reading import Run, RunUnreadableError
from lab.verdicts import files
from lab.verdicts.judge import ExperimentVerdict, judge
from lab.verdicts.judgement import Verdict
from lab.verdicts.summary import Summary, summarize


@dataclass(frozen=True, slots=True)
class Judged:
    """A run with its numbers and its verdicts."""

    run: Run
    summary: Summary
    verdict: ExperimentVerdict

    @property
    def number(self) -> str:
        """The two digits of its experiment."""
        return self.run.experiment.number


@dataclass(frozen=True, slots=True)
class Left:
    """An experiment that was not run, and why."""

    name: str
    reason: str

    @property
    def number(self) -> str:
        """The two digits of its name."""
        return self.name[:2]


@dataclass(frozen=True, slots=True)
class Decided:
    """A claim, and what is said of it in the end."""

    claim: Claim
    decision: Decision


@dataclass(frozen=True, slots=True)
class Gathered:
    """A report before it is written. Experiments stand in their order, claims in the ledger's."""

    folder: Path
    experiments: Sequence[Judged | Left]
    claims: Sequence[Decided]

    @property
    def judged(self) -> list[Judged]:
        """The experiments that were run."""
        return [each for each in self.experiments if isinstance(each, Judged)]

    @property
    def left(self) -> list[Left]:
        """Those that were not."""
        return [each for each in self.experiments if isinstance(each, Left)]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """run.json of the first run; empty without any."""
        return self.judged[0].run.metadata if self.judged else {}

    @property
    def quick(self) -> bool:
        """Whether any of it was shortened."""
        return any(each.run.experiment.quick for each in self.judged)

    def count(self, verdict: Verdict) -> int:
        """The claims with that verdict."""
        return sum(each.decision.verdict is verdict for each in self.claims)


def gather(folder: Path) -> Gathered:
    """Read a report's folder, or that of one run. Raises RunUnreadableError."""
    if reading.is_run(folder):
        places = [folder]
    elif folder.is_dir():
        places = sorted(each for each in folder.iterdir() if each.is_dir())
    else:
        raise RunUnreadableError(f"{folder}: there is no such folder")
    experiments: list[Judged | Left] = []
    for place in places:
        if reading.is_run(place):
            experiments.append(_judged(reading.read(place)))
        elif (skipped := reading.skipped(place)) is not None:
            experiments.append(Left(*skipped))
    if not experiments:
        raise RunUnreadableError(f"{folder}: expected a report's folder: no run is in it")
    found = _findings(folder, experiments)
    return Gathered(folder, experiments, [Decided(claim, claim.decide(found)) for claim in CLAIMS])


def _findings(folder: Path, experiments: Sequence[Judged | Left]) -> Findings:
    """What the claims look at, without reading the runs a second time."""
    runs = [(each.run, each.summary) for each in experiments if isinstance(each, Judged)]
    skipped = {each.name: each.reason for each in experiments if isinstance(each, Left)}
    return of_report(folder, runs, skipped)


def _judged(run: Run) -> Judged:
    """As its files have it; a run that was ended early may have only measurements."""
    try:
        return Judged(run, files.read_summary(run.folder), files.read_verdict(run.folder))
    except RunUnreadableError:
        summary = summarize(run)
        return Judged(run, summary, judge(run, summary))

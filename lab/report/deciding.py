"""Metrics that decide claims: an experiment's table has them beside those it predicts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.claims.claim import Claim
from lab.claims.findings import Findings, MissingError
from lab.verdicts.judgement import Measured

CellMetric = tuple[str, str, str]
"""Number of an experiment, id of one of its cells, name of a metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(Findings):
    """Findings that keep which metrics were read, because a computed quantity does not say it."""

    read: set[CellMetric] = field(default_factory=set)

    def metric(self, experiment: str, cell: str, name: str) -> Measured:
        """Return the metric as Findings does, and keep its name."""
        self.read.add((experiment, cell, name))
        return Findings.metric(self, experiment, cell, name)


def metrics(claims: Iterable[Claim], findings: Findings) -> dict[CellMetric, list[str]]:
    """Return the ids of the claims that read a metric, for each metric that any of them reads."""
    found: dict[CellMetric, list[str]] = {}
    for claim in claims:
        recording = Recording(found=findings.found, amounts=findings.amounts)
        for quantity in (basis.quantity for part in claim.parts for basis in part.bases):
            try:
                quantity.measure(recording)
            except MissingError:
                continue
        for each in sorted(recording.read):
            found.setdefault(each, []).append(claim.id)
    return found

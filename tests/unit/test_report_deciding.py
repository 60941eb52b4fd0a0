"""Which metrics decide claims: those that their numbers read."""

from dataclasses import replace

from made_decision import made_claim, made_part

from lab.claims.claim import Basis
from lab.claims.findings import Findings, Found
from lab.claims.quantity import Computed, Metric
from lab.report import deciding
from lab.verdicts.judgement import Measured


def test_metrics_that_decide_are_known_by_reading_them() -> None:
    """Those of a computed number, too; what is missing is no reason to stop."""

    def twice(findings: Findings) -> list[float]:
        return [2 * findings.metric("02", "cell", "p50_s").middle]

    measured = {"cell": {"p50_s": Measured((1,), 1, 1, 1), "p99_s": Measured((3,), 3, 3, 3)}}
    found = Findings(found={"02": Found(metrics=measured)})
    computed = made_part(claimed=None)
    computed = replace(computed, bases=(Basis(quantity=Computed(twice, (("02", "cell"),))),))
    lacking = replace(computed, bases=(Basis(quantity=Metric("05", "cell", "p50_s")),))
    claims = [made_claim("A91"), made_claim("A92", parts=(lacking, computed))]

    deciders = deciding.metrics(claims, found)

    assert deciders["02", "cell", "p50_s"] == ["A91", "A92"]
    assert ("02", "cell", "p99_s") not in deciders

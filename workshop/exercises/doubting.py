"""Doubts: whether the lab itself or other programs on the machine may have decided a result.

Only a disturbance that could change the answer counts. A busy machine makes everything slower: a
result that is fast enough is certain in spite of it, and so is one that is far too slow.
"""

from dataclasses import replace

from lab.experiments.experiment import Prediction
from lab.experiments.metric_catalogue import METRICS
from lab.rounded import share
from lab.verdicts import doubt_rules, summary
from lab.verdicts.evidence import Evidence
from workshop.exercises.attempt import Attempt
from workshop.exercises.judging import GradedRequirement

NEAR = 1.5
"""Factor on the bound. The lab cannot have caused a larger distance."""
BUSY = 0.5
"""Share of all cores used by other programs just before the measurement."""
_MADE_OF = {"p99_waits": "p99_s", "kept_up": "throughput_rps"}
_RATES = frozenset({"throughput_rps", "kept_up", "busy_mean", "answered"})
_WAVES = frozenset({"waves", "second_wave_share", "largest_share"})
_OURS: tuple[doubt_rules.Doubt, ...] = ("generator", "late-load", "upstream-late", "departure")
"""Rules of docs/results.md that concern the lab, not the server."""


def limited(attempt: Attempt) -> str:
    """Reason why the load itself could not be sent; "" where it could."""
    for each in attempt.run.measurements:
        for row in each.rows:
            if any(limit in row.sample.error for limit in doubt_rules.LIMITS):
                return f"the load met a limit of this machine: {row.sample.error}"
    return ""


def doubt(attempt: Attempt, answer: GradedRequirement) -> str:
    """Reason why this answer could differ on a quieter machine; "" where it could not."""
    value, bound = answer.value, _bound(answer)
    if not isinstance(value, float) or bound is None or not _could_turn(answer, bound):
        return ""
    # Too far from the bound: a disturbance did not decide it.
    if not bound / NEAR <= value <= bound * NEAR:
        return ""
    if sentence := _of_rules(attempt, answer, abs(value - bound) / value):
        return sentence
    # None without /proc: then nothing is known of other programs.
    busy = attempt.run.metadata.get("busy_before") or 0.0
    if busy >= BUSY:
        return f"other programs used {share(busy)} of this machine just before"
    return ""


def _could_turn(answer: GradedRequirement, bound: float) -> bool:
    """True where a disturbance could have caused the answer: it raises times and lowers rates."""
    metric, is_upper = answer.requirement.metric, bound == answer.requirement.at_most
    if metric in _RATES:
        # A disturbance lowers rates: it may explain a met upper bound or a missed lower one.
        return is_upper is answer.is_met
    is_time = metric in METRICS and METRICS[metric].unit == "s"
    if is_time or metric in _WAVES or metric in _MADE_OF:
        # A disturbance raises times and waves: it may explain a missed upper bound or a met lower
        # one.
        return is_upper is not answer.is_met
    return False


def _bound(answer: GradedRequirement) -> float | None:
    """The nearer bound, which decided the answer."""
    bounds = [answer.requirement.at_least, answer.requirement.at_most]
    found = [each for each in bounds if each]
    value = answer.value
    if not found or not isinstance(value, float):
        return None
    return min(found, key=lambda each: abs(value - each))


def _of_rules(attempt: Attempt, answer: GradedRequirement, margin: float) -> str:
    """Result of the lab's own rules, with the distance to the bound as the tolerance.

    `margin` is this distance as a share of the value.
    """
    metric = answer.requirement.metric
    metric = _MADE_OF.get(metric, metric)
    metrics = attempt.summary.cells[answer.cell.id].metrics
    if metric not in metrics:
        return ""
    measured = attempt.run.of(answer.cell.id)
    seen = Evidence(
        cell=replace(
            answer.cell,
            measure=metric,
            prediction=Prediction(why_none="its bound is what counts"),
            # The rules compare their effect with a tolerance; here that is the distance to the
            # bound.
            tolerance_absolute=margin * abs(metrics[metric].middle),
        ),
        measurements=measured,
        metrics=metrics,
        series=len(measured),
        fewest_series=len(measured),
        hold_s=summary.hold_s(answer.cell, attempt.run.experiment),
    )
    for name in _OURS:
        if sentence := doubt_rules.RULES[name](seen):
            return sentence
    return ""

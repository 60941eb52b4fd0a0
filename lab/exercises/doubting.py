"""Whether the lab itself, or what else runs on the machine, may have decided an answer.

Only what would change it counts. A machine that is busy makes everything slower: who is fast
enough all the same is so without doubt, and who is far too slow is that, too.
"""

from dataclasses import replace

from lab.exercises.attempt import Attempt
from lab.exercises.judging import Answer
from lab.experiments.experiment import Prediction
from lab.rounded import share
from lab.verdicts import doubts, summary
from lab.verdicts.evidence import Evidence
from lab.verdicts.words import METRICS

NEAR = 1.5
"""So many times the bound: what lies further off is not the lab's doing."""
BUSY = 0.5
"""Of all cores, used by others just before."""
_MADE_OF = {"p99_waits": "p99_s", "kept_up": "throughput_rps"}
_RATES = frozenset({"throughput_rps", "kept_up", "busy_mean", "answered"})
_WAVES = frozenset({"waves", "second_wave_share", "largest_share"})
_OURS: tuple[doubts.Doubt, ...] = ("generator", "late-load", "upstream-late", "departure")
"""The rules of docs/results.md that speak of the lab, and not of the server."""


def limited(attempt: Attempt) -> str:
    """Why the load itself could not be sent; "" where it could."""
    for each in attempt.run.measurements:
        for row in each.rows:
            if any(limit in row.sample.error for limit in doubts.LIMITS):
                return f"the load met a limit of this machine: {row.sample.error}"
    return ""


def doubt(attempt: Attempt, answer: Answer) -> str:
    """Why this answer could be another one on a quieter machine; "" where it could not."""
    value, bound = answer.value, _bound(answer)
    if not isinstance(value, float) or bound is None or not _could_turn(answer, bound):
        return ""
    if not bound / NEAR <= value <= bound * NEAR:
        return ""
    if sentence := _of_rules(attempt, answer, abs(value - bound) / value):
        return sentence
    busy = attempt.run.metadata.get("busy_before") or 0.0
    if busy >= BUSY:
        return f"other programs used {share(busy)} of this machine just before"
    return ""


def _could_turn(answer: Answer, bound: float) -> bool:
    """Whether a disturbance, which makes times longer and rates lower, could have caused it."""
    metric, is_upper = answer.requirement.metric, bound == answer.requirement.at_most
    if metric in _RATES:
        return is_upper is answer.is_met
    is_time = metric in METRICS and METRICS[metric].unit == "s"
    if is_time or metric in _WAVES or metric in _MADE_OF:
        return is_upper is not answer.is_met
    return False


def _bound(answer: Answer) -> float | None:
    """The bound that is nearer, which is the one that decided."""
    bounds = [answer.requirement.at_least, answer.requirement.at_most]
    found = [each for each in bounds if each]
    value = answer.value
    if not found or not isinstance(value, float):
        return None
    return min(found, key=lambda each: abs(value - each))


def _of_rules(attempt: Attempt, answer: Answer, margin: float) -> str:
    """What the lab's own rules say, for a tolerance as wide as the way to the bound.

    `margin` is that way as a part of the value.
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
            tolerance_absolute=margin * abs(metrics[metric].middle),
        ),
        measurements=measured,
        metrics=metrics,
        repeats=len(measured),
        fewest_repeats=len(measured),
        hold_s=summary.hold_s(answer.cell, attempt.run.experiment),
    )
    for name in _OURS:
        if sentence := doubts.RULES[name](seen):
            return sentence
    return ""

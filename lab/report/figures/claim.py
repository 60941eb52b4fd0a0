"""The small picture of a claim. It decides nothing: the sentence beside it does."""

from math import inf

from lab.charts import claim, scales, sheet
from lab.charts.tones import PAGE
from lab.claims.decision import Decision
from lab.claims.rule import edges
from lab.report.drawings import inlined


def of_claim(decision: Decision) -> str:
    """What was claimed and what was measured, as SVG; empty where nothing is to be seen."""
    measured, claimed = decision.measured, decision.claimed
    if measured is None:
        return ""
    seen = (measured.middle, measured.low, measured.high)
    values = [value for value in (*(claimed or ()), *seen) if abs(value) < inf]
    is_log = min(seen) > 0 and claim.is_far(*(value for value in values if value))
    x = scales.axis(values, is_log=is_log, title=decision.unit, parts=4)
    said = f"measured {seen[0]:.4g} ({seen[1]:.4g} to {seen[2]:.4g}) {decision.unit}"
    label = f"claimed {edges(claimed)}, {said}" if claimed else said
    chart = claim.claim(claimed, seen, x=x, theme=PAGE, description=label)
    return inlined(sheet.svg(chart), label=label)

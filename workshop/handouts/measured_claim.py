"""A claim and its verdict in the report."""

from lab.claims.rule import Decision
from workshop.handouts.measured_report import MeasuredReport


def claim(report: MeasuredReport, id: str) -> str:
    """A Markdown quotation with the claim, the verdict and its sentence. Raises BlockProblem."""
    decision = report.decided(id)
    told = " ".join([decision.sentence, *(_sentence(each.sentence) for each in decision.unsaid)])
    return f"> {id}: {decision.claim.text}\n>\n> **{verdict(decision)}.** {told}"


def verdict(decision: Decision) -> str:
    """The verdict in words, with its condition or the way in which the claim fails."""
    more = f" {decision.condition}" if decision.condition else ""
    more += f": {decision.failing}" if decision.failing else ""
    more += " (provisional)" if decision.is_provisional else ""
    return f"{str(decision.verdict).capitalize()}{more}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."

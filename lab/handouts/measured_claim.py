"""A claim, and what the report says of it."""

from lab.handouts.measured_report import Report


def claim(report: Report, id: str) -> str:
    """A quotation: what is claimed, then the verdict with its sentence. Raises BlockProblem."""
    decided = report.decided(id)
    decision = decided.decision
    reasons = [each for each in decision.reasons if each not in decision.sentence]
    told = " ".join([decision.sentence, *map(_sentence, reasons)])
    verdict = str(decision.verdict).capitalize()
    return f"> {id}: {decided.claim.text}\n>\n> **{verdict}.** {told}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."

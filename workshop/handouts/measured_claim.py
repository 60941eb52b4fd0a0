"""A claim and its verdict in the report."""

from workshop.handouts.measured_report import MeasuredReport


def claim(report: MeasuredReport, id: str) -> str:
    """A Markdown quotation with the claim, the verdict and its sentence. Raises BlockProblem."""
    decided = report.decided(id)
    decision = decided.decision
    reasons = [each for each in decision.reasons if each not in decision.sentence]
    told = " ".join([decision.sentence, *map(_sentence, reasons)])
    verdict = str(decision.verdict).capitalize()
    return f"> {id}: {decided.claim.text}\n>\n> **{verdict}.** {told}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."

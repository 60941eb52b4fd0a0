"""The rule that decides every claim.

A claim allows a range. It holds if all repeats lie inside, from the lowest to the highest, and
fails if all lie outside on one side. It is inconclusive if the repeats straddle an edge, or if
there is a doubt. A claim of several parts holds if all parts hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from lab.claims.claim import Decision, Range
from lab.rounded import listed
from lab.verdicts.judgement import Judgement, Measured, Verdict, worst

TOLERANCE = 0.10
QUICK_TOLERANCE = 0.20
"""Wider, because a quick run waits less, so the rest of a request's time weighs more."""

MOST_NAMED = 2
"""Number of open parts that a sentence names; with more parts it gives their number only."""

NOTHING = 1e-9
"""Slack at the edges for rounding in floats."""


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """One number of a claim: the claimed range, the measurement and the verdict.

    `what` names the number in a reason, such as "the burst's length". `claimed` and `measured`
    are in `unit`; `measured` is None where the run left it out. `reasons` explain an
    inconclusive verdict.
    """

    what: str
    measured: Measured | None
    claimed: Range
    unit: str
    verdict: Verdict
    reasons: tuple[str, ...]


def part(
    what: str, measured: Measured, claimed: Range, *, unit: str, doubts: Sequence[str] = ()
) -> ClaimPart:
    """Compare one measurement with the range that the claim allows, both in `unit`.

    Any doubt makes the part inconclusive, wherever its numbers lie.
    """
    low, high = claimed
    reasons = tuple(doubts)
    verdict = Verdict.INCONCLUSIVE
    if not reasons:
        if low - NOTHING <= measured.low and measured.high <= high + NOTHING:
            verdict = Verdict.HOLDS
        elif measured.high < low - NOTHING or measured.low > high + NOTHING:
            verdict = Verdict.FAILS
        else:
            reasons = (
                f"{what} was {measured.low:.3g} to {measured.high:.3g} {unit}, on both sides "
                f"of the claim's edge ({edges(claimed)})",
            )
    return ClaimPart(what, measured, claimed, unit, verdict, reasons)


def left_out(what: str, claimed: Range, *, unit: str, why: str) -> ClaimPart:
    """Return an inconclusive part for a number that was not measured; `why` is the reason."""
    return ClaimPart(what, None, claimed, unit, Verdict.INCONCLUSIVE, (f"{what}: {why}",))


def together(
    parts: Sequence[ClaimPart], numbers: str, *, holds: str = "", fails: str = ""
) -> Decision:
    """Combine parts into a decision: fails if one fails, else inconclusive if one is, else holds.

    The sentence is `numbers` (without a full stop), followed by `holds` or `fails`, depending on
    the verdict. An inconclusive decision has the reasons of all inconclusive parts, each once.
    A failed one has no reasons; its sentence names the parts that are still open.
    """
    verdict = worst(each.verdict for each in parts)
    reasons = [reason for each in parts for reason in each.reasons]
    shown = next(each for each in parts if each.verdict is verdict)
    explained = {Verdict.HOLDS: holds, Verdict.FAILS: fails + _open(parts)}.get(verdict, "")
    return Decision(
        Judgement(
            verdict,
            f"{numbers}{explained}.",
            tuple(dict.fromkeys(reasons)) if verdict is Verdict.INCONCLUSIVE else (),
        ),
        claimed=shown.claimed,
        measured=shown.measured,
        unit=shown.unit,
    )


def _open(parts: Sequence[ClaimPart]) -> str:
    # End of a sentence whose numbers are partly in doubt or missing.
    undecided = [each.what for each in parts if each.verdict is Verdict.INCONCLUSIVE]
    if not undecided:
        return ""
    named = listed(undecided) if len(undecided) <= MOST_NAMED else f"{len(undecided)} other parts"
    return f" (open: {named})"


def near(value: float, *, quick: bool, allowance: float = 0.0) -> Range:
    """Return the range for "about `value`" where the article gives its own measurement.

    The margin is 10 % to each side, 20 % in a quick run, and at least `allowance`, in the unit of
    the value.
    """
    margin = max(value * (QUICK_TOLERANCE if quick else TOLERANCE), allowance)
    return value - margin, value + margin


def factor_of_two(value: float) -> Range:
    """Return the range for "about `value`" where the article gives an order of magnitude."""
    return value / 2, value * 2


def edges(claimed: Range) -> str:
    """Format a range in words.

    >>> edges((3, 10)), edges((0, 0.1)), edges((2000, inf))
    ('3 to 10', 'at most 0.1', 'at least 2000')
    """
    low, high = claimed
    if low == high:
        return f"{low:.4g}"
    if high == inf:
        return f"at least {low:.4g}"
    return f"at most {high:.4g}" if low in (0, -inf) else f"{low:.4g} to {high:.4g}"

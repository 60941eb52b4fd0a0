"""The one rule by which claims are decided.

A claim allows a range. It holds if what was measured lies inside, from the lowest
repeat to the highest, and fails if all of it lies outside. Where it straddles an edge,
or there is a doubt, it is inconclusive. A claim of several parts holds if all do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from lab.claims.decision import Decision, Range
from lab.claims.wording import listed
from lab.verdicts.judgement import Judgement, Measured, Verdict, worst

TOLERANCE = 0.10
QUICK_TOLERANCE = 0.20
"""A quick run waits for less time, so that what is not waiting weighs more in it."""

MOST_NAMED = 2
"""Parts that a sentence names; it counts more than these."""

NOTHING = 1e-9
"""So far beside an edge is floating point, and no difference."""


@dataclass(frozen=True, slots=True)
class Part:
    """One number of a claim: what it says, what was measured, and whether they agree.

    `what` names the number in a reason, as "the burst's length"; `measured` is None where
    it was left out.
    """

    what: str
    measured: Measured | None
    claimed: Range
    unit: str
    verdict: Verdict
    reasons: tuple[str, ...]


def part(
    what: str,
    measured: Measured,
    claimed: Range,
    *,
    unit: str,
    doubts: Sequence[str] = (),
) -> Part:
    """Hold one measurement against the range that the claim allows."""
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
    return Part(what, measured, claimed, unit, verdict, reasons)


def left_out(what: str, claimed: Range, *, unit: str, why: str) -> Part:
    """A number that was not measured, which leaves the part open."""
    return Part(what, None, claimed, unit, Verdict.INCONCLUSIVE, (f"{what}: {why}",))


def together(parts: Sequence[Part], numbers: str, *, holds: str = "", fails: str = "") -> Decision:
    """All parts must hold: one that fails decides, then one that is inconclusive.

    The sentence is `numbers`, which end without a full stop, and what explains them, which
    depends on how it came out. The reasons are those of the parts that are inconclusive,
    each once. Where another part has decided there are none, and the sentence says which
    parts are open.
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


def _open(parts: Sequence[Part]) -> str:
    """The end of a sentence that tells numbers which are in doubt, or not all."""
    undecided = [each.what for each in parts if each.verdict is Verdict.INCONCLUSIVE]
    if not undecided:
        return ""
    named = listed(undecided) if len(undecided) <= MOST_NAMED else f"{len(undecided)} other parts"
    return f" (open: {named})"


def near(value: float, *, quick: bool, allowance: float = 0.0) -> Range:
    """The range that "about `value`" allows, where the article means a measurement of its own.

    10 % to each side, 20 % in a quick run, and at least `allowance`, in the value's own unit.
    """
    margin = max(value * (QUICK_TOLERANCE if quick else TOLERANCE), allowance)
    return value - margin, value + margin


def factor_of_two(value: float) -> Range:
    """The range that "about `value`" allows, where it is an order of magnitude."""
    return value / 2, value * 2


def edges(claimed: Range) -> str:
    """A range in words.

    >>> edges((3, 10)), edges((0, 0.1)), edges((2000, inf))
    ('3 to 10', 'at most 0.1', 'at least 2000')
    """
    low, high = claimed
    if low == high:
        return f"{low:.4g}"
    if high == inf:
        return f"at least {low:.4g}"
    return f"at most {high:.4g}" if low in (0, -inf) else f"{low:.4g} to {high:.4g}"

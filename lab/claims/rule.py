"""The rule that decides every claim.

A part allows a range. On a basis it holds if the 95 % interval over the series lies inside of the
range, fails if the interval lies outside, and is inconclusive if the interval reaches across an
edge or if there is a doubt. A part that says "the same" holds only if two one-sided tests at 5 %,
that is the 90 % interval, put the number inside of the margin. A single series has no interval: its
number decides only if it keeps a distance from every edge.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf, isinf

from lab.claims import lock
from lab.claims.claim import Basis, Claim, Failing, Part, Range
from lab.claims.findings import Findings, MissingError
from lab.rounded import digits, exact
from lab.verdicts.absence import OF_DOUBT, Absence, Reason
from lab.verdicts.estimates import INSIDE, ROUNDING, interval
from lab.verdicts.judgement import DECIDED, Measured, Verdict
from lab.verdicts.summary import FEWEST_SERIES

OPEN = frozenset({Verdict.INCONCLUSIVE, Verdict.UNMEASURED})
CHANCE, SAME_BY_CHANCE = 0.025, 0.05
"""Probability that a decided part is wrong, where the true value lies on an edge: of one tail, and
of a one-sided test."""
DISTANCE = 0.05
"""Least distance of a number of one series from an edge, as a share of the edge. Whole numbers are
counts, and need none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One part of a claim on one basis.

    `measured` has the mean over the series and the 95 % interval, in the part's unit; None where
    nothing was measured. `verdict` is None for a number that is only stated beside. `margin` is
    the distance from the interval to the nearest edge as a share of that edge (of 1 where the edge
    is 0); None where nothing was decided.
    """

    part: Part
    basis: Basis
    measured: Measured | None = None
    verdict: Verdict | None = None
    margin: float | None = None
    absences: tuple[Absence, ...] = ()

    @property
    def claimed(self) -> Range | None:
        """Range that the basis allows."""
        return self.part.claimed_on(self.basis)

    @property
    def unit(self) -> str:
        """Unit of the measurement and of the range."""
        return self.part.unit_on(self.basis)

    @property
    def label(self) -> str:
        """Name of the part, with its basis where it has several."""
        return f"{self.part.what}, if {self.basis.label}" if self.basis.label else self.part.what

    @property
    def sentence(self) -> str:
        """What was measured and what was claimed, in words, without a full stop."""
        if self.measured is None:
            return f"{self.label}: not measured"
        said = f"{self.label}: {amount(self.measured, self.unit)}"
        return f"{said}, claimed {edges(self.claimed)}" if self.claimed else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on a claim, with the outcome of each part on each basis.

    `condition` completes "holds if". `failing` says what it means that the claim fails.
    `is_provisional` is true where a run it rests on was quick, or had too few series.
    """

    claim: Claim
    verdict: Verdict
    outcomes: tuple[Outcome, ...] = ()
    condition: str = ""
    failing: Failing | None = None
    is_provisional: bool = False
    absences: tuple[Absence, ...] = ()

    @property
    def shown(self) -> tuple[Outcome, ...]:
        """The outcomes that show the verdict best: one, or for "holds if" one of each kind.

        Empty where nothing was measured.
        """
        measured = [each for each in self.outcomes if each.measured and each.verdict]
        if self.verdict is Verdict.HOLDS_IF:
            for part in self.claim.parts:
                kinds = {each.verdict: each for each in reversed(measured) if each.part is part}
                if {Verdict.HOLDS, Verdict.FAILS} <= kinds.keys():
                    return kinds[Verdict.HOLDS], kinds[Verdict.FAILS]
        same = [each for each in measured if each.verdict is self.verdict]
        return tuple((same or measured)[:1])

    @property
    def decided(self) -> int:
        """Number of outcomes that hold or fail."""
        return sum(each.verdict in DECIDED for each in self.outcomes)

    @property
    def unsaid(self) -> tuple[Absence, ...]:
        """The reasons for having no verdict that the sentence does not contain."""
        said = self.sentence.casefold()
        reasons = self.absences if self.verdict in OPEN else ()
        return tuple(each for each in reasons if each.sentence.casefold() not in said)

    @property
    def because(self) -> str:
        """What explains the outcome that is shown; empty where nothing does."""
        if not self.shown or self.verdict not in DECIDED:
            return ""
        part = self.shown[0].part
        return part.holds if self.verdict is Verdict.HOLDS else part.fails

    @property
    def sentence(self) -> str:
        """The verdict's numbers, and its explanation, in one sentence."""
        told = [each.sentence for each in self.shown]
        if self.verdict is Verdict.UNDECIDABLE:
            told = [self.claim.missing, *told]
        elif not told:
            told = [each.sentence for each in self.absences]
        elif self.because:
            told.append(self.because)
        return f"{_capital('; '.join(told))}."


def decide(claim: Claim, findings: Findings) -> Decision:
    """Judge each part of a claim on each basis, and combine them.

    On a basis the claim holds if all its parts hold there; it fails wherever a part fails on each
    of its own bases. Where it holds on one basis and fails on another, it holds *if*.
    """
    if claim.waits_for:
        why = f"this needs {claim.waits_for}, which the lab does not have yet"
        absence = Absence(Reason.NOT_BUILT, why)
        return Decision(claim=claim, verdict=Verdict.UNMEASURED, absences=(absence,))
    if set(findings.hashes.get(claim.id, ())) - {lock.hash_of(claim)}:
        absence = Absence(Reason.DISTURBED, "its reading was changed after the measurement")
        return Decision(claim=claim, verdict=Verdict.INCONCLUSIVE, absences=(absence,))
    outcomes = tuple(outcome(part, basis, findings) for part in claim.parts for basis in part.bases)
    judged = [each for each in outcomes if each.verdict]
    on_basis = by_basis(judged)
    verdict = Verdict.UNDECIDABLE if claim.missing else over_bases(on_basis.values())
    failed = [each.part.failing for each in judged if each.verdict is Verdict.FAILS]
    open_ones = [each for each in judged if each.verdict in OPEN]
    holding = [label for label, found in on_basis.items() if found is Verdict.HOLDS]
    return Decision(
        claim=claim,
        verdict=verdict,
        outcomes=outcomes,
        condition=", or ".join(holding) if verdict is Verdict.HOLDS_IF else "",
        failing=min(failed, key=[*Failing].index) if verdict is Verdict.FAILS else None,
        is_provisional=any(findings.is_provisional(number) for number in claim.experiments),
        absences=tuple(dict.fromkeys(absence for each in open_ones for absence in each.absences)),
    )


def outcome(part: Part, basis: Basis, findings: Findings) -> Outcome:
    """Compare a quantity with what the part allows on this basis."""
    claimed = part.claimed_on(basis)
    absences: list[Absence] = []
    try:
        doubts = basis.quantity.doubts(findings)
        absences += [Absence(OF_DOUBT[each.kind], each.sentence) for each in doubts]
        measured = basis.quantity.measure(findings)
    except MissingError as missing:
        # A doubt may explain why there is no number.
        absences = [Absence(missing.reason, str(missing)), *absences]
        verdict = Verdict.UNMEASURED if claimed else None
        return Outcome(part=part, basis=basis, verdict=verdict, absences=tuple(absences))
    if too_few := _too_few(basis, measured, findings):
        absences.append(Absence(Reason.FEW, too_few))
    if claimed is None:
        return Outcome(part=part, basis=basis, measured=measured, absences=tuple(absences))
    verdict, margin = _place(part, measured, claimed)
    if too_near := _too_near(basis, measured, claimed, findings):
        absences.append(Absence(Reason.FEW, too_near))
    if verdict is Verdict.INCONCLUSIVE and not absences:
        absences = [Absence(Reason.NOISY, _straddles(part, basis, measured, claimed))]
    if absences:
        verdict, margin = Verdict.INCONCLUSIVE, None
    return Outcome(
        part=part,
        basis=basis,
        measured=measured,
        verdict=verdict,
        margin=margin,
        absences=tuple(absences),
    )


def by_basis(outcomes: Sequence[Outcome]) -> dict[str, Verdict]:
    """Return the verdict on each basis: fails if a part fails there, else open, else holds.

    A part that lacks the basis counts with what it is on all of its own; where it holds on some of
    them only, it says nothing here. Where no part has several bases, the one basis is called "".
    """
    parts: dict[int, dict[str, Verdict]] = {}
    for each in outcomes:
        if each.verdict:
            parts.setdefault(id(each.part), {})[each.basis.label] = each.verdict
    labels = list(dict.fromkeys(label for part in parts.values() for label in part if label))
    return {
        label: _worst(
            {part.get(label) or over_bases(part.values()) for part in parts.values()}
            - {Verdict.HOLDS_IF}
        )
        for label in labels or [""]
    }


def over_bases(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine the verdicts of all bases."""
    found = set(verdicts)
    if {Verdict.HOLDS, Verdict.FAILS} <= found:
        return Verdict.HOLDS_IF
    if found == {Verdict.UNMEASURED}:
        return Verdict.UNMEASURED
    return Verdict.INCONCLUSIVE if found & OPEN else found.pop()


def _worst(found: Collection[Verdict]) -> Verdict:
    if Verdict.FAILS in found:
        return Verdict.FAILS
    if OPEN & {*found}:
        return Verdict.UNMEASURED if {*found} == {Verdict.UNMEASURED} else Verdict.INCONCLUSIVE
    return Verdict.HOLDS


def by_chance(decisions: Sequence[Decision]) -> tuple[int, float]:
    """Return how many outcomes were decided, and how many of them chance would turn on average.

    The second number is for true values that all lie on an edge, so that it is the most: one tail
    of a 95 % interval, and 5 % for sameness. What has no spread, such as a count, has no chance.
    """
    decided = [each for one in decisions for each in one.outcomes if each.verdict in DECIDED]
    return len(decided), sum(
        SAME_BY_CHANCE if each.part.is_sameness and each.verdict is Verdict.HOLDS else CHANCE
        for each in decided
        if each.measured and each.measured.low < each.measured.high
    )


def edges(claimed: Range) -> str:
    """Format a range in words.

    >>> edges((3, 10)), edges((0, 0.1)), edges((2000, inf))
    ('3 to 10', 'at most 0.1', 'at least 2,000')
    """
    low, high = (exact(digits(each, 4)) if abs(each) < inf else "" for each in claimed)
    if low == high:
        return low
    if not high:
        return f"at least {low}"
    return f"at most {high}" if low in ("0", "") else f"{low} to {high}"


def amount(measured: Measured, unit: str) -> str:
    """Format a measured number with its interval: "2.61 times (2.48 to 2.74)"."""
    said = f"{digits(measured.middle)} {unit}".strip()
    if len(measured.values) < 2 or measured.low == measured.high:
        return said
    return f"{said} ({digits(measured.low)} to {digits(measured.high)})"


def _too_few(basis: Basis, measured: Measured, findings: Findings) -> str:
    # A number that some series lack, or one of series that cannot be paired, has no interval.
    series = _series(basis, findings)
    wanted = min([FEWEST_SERIES, *series]) if series else 1
    if len(measured.values) >= wanted:
        return ""
    return f"only {len(measured.values)} of {max(series)} series have this number"


def _too_near(basis: Basis, measured: Measured, claimed: Range, findings: Findings) -> str:
    found = measured.middle
    # What is counted in the code rests on no series at all.
    is_single = min(_series(basis, findings), default=0) == 1
    has_interval = measured.low < measured.high  # as a share of several bursts has
    if not is_single or has_interval or found == round(found):
        return ""
    # An edge of 0 has no relative distance.
    distances = [_away(abs(found - edge), edge) for edge in claimed if edge]
    away = min(distances, default=inf)
    if away >= DISTANCE:
        return ""
    return (
        f"one series found {digits(found)}, {digits(100 * away, 2)} % away from an edge of what is "
        f"claimed ({edges(claimed)}); a single series decides from {digits(100 * DISTANCE)} % on"
    )


def _series(basis: Basis, findings: Findings) -> list[int]:
    """Series of each cell that the basis rests on."""
    return [findings.found[number].series for number, _ in basis.quantity.cells()]


def _place(part: Part, measured: Measured, claimed: Range) -> tuple[Verdict, float | None]:
    (low, high), inner = claimed, (measured.low, measured.high)
    if low == 0 < high:
        low = -inf  # "at most": nothing measured is below 0, but an interval may be
    if part.is_sameness:
        inner = interval(measured.values, INSIDE)
    if low - ROUNDING <= inner[0] and inner[1] <= high + ROUNDING:
        # An exact number, such as a count of waves, has no distance to an edge.
        away = [_away(inner[0] - low, low), _away(high - inner[1], high)]
        return Verdict.HOLDS, min(away) if low < high else None
    if measured.high < low - ROUNDING:
        return Verdict.FAILS, _away(low - measured.high, low)
    if measured.low > high + ROUNDING:
        return Verdict.FAILS, _away(measured.low - high, high)
    return Verdict.INCONCLUSIVE, None


def _away(distance: float, edge: float) -> float:
    return inf if isinf(edge) else max(0.0, distance) / (abs(edge) or 1.0)


def _straddles(part: Part, basis: Basis, measured: Measured, claimed: Range) -> str:
    return (
        f"{part.what} was {digits(measured.low)} to {digits(measured.high)} "
        f"{part.unit_on(basis)}, "
        f"on both sides of an edge of what is claimed ({edges(claimed)})"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Sentences of the faults that the upstream's dial asks for: dead calls and errors.

They are no doubts, because the dashboard knows where they come from. Each rule returns "" where it
does not apply.
"""

from math import ceil

from lab import theory
from lab.live import held_slots
from lab.live.live_doubts import ERROR_SHARE, errors_among
from lab.live.observation import Observation
from lab.rounded import count, counted


def dead_slots(seen: Observation) -> str:
    """Sentence where dead calls hold slots, at least MATTERS of them."""
    there = held_slots.slots(seen)
    if there is None or not seen.dead or seen.dead < held_slots.MATTERS * there:
        return ""
    dead = theory.dead_slots(requests=seen.dead, slots=there)
    hold = "a dead call holds" if dead == 1 else "dead calls hold"
    first, last = _whole(seen.dead_first_s), _whole(seen.dead_last_s)
    # They began within a second of each other, or one after the other.
    another = f"{count(last)} s" if last - first <= 1 else f"{count(first)} to {count(last)} s"
    if dead == there:
        then = ", then the next calls do" if seen.is_frozen else ""
        return f"{hold} {held_slots.all_of(there)} for another {another}{then}"
    left = f"{count(there - dead)} {'is' if there - dead == 1 else 'are'} left"
    return f"{hold} {count(dead)} of {count(there)} slots for another {another}, {left}"


def dead_without_slots(seen: Observation) -> str:
    """Sentence where dead calls wait on a target without a limit, and keep nobody from a slot."""
    there_is_none = seen.asks_upstream and seen.waits and seen.slots_known and seen.slots is None
    if not there_is_none or not seen.dead or seen.dead < held_slots.MATTERS * seen.in_flight:
        return ""
    wait = f"{counted(seen.dead, 'dead call')} {'waits' if seen.dead == 1 else 'wait'}"
    its = "its" if seen.dead == 1 else "their"
    others = f"so others {'are' if seen.in_flight > seen.dead else 'would be'} answered"
    if seen.is_frozen:
        others = "but each new call dies too"
    return (
        f"{wait} for {its} time-out, for another {count(_whole(seen.dead_last_s))} s at most: "
        f"no slot limit, {others}"
    )


def dialled(seen: Observation) -> str:
    """Sentence where errors are among the answers that the dial asks for, or did a moment ago."""
    if seen.failed_share <= ERROR_SHARE:
        return ""
    asks = "asks" if seen.dialled_faults else "asked"
    return f"{errors_among(seen.failed_share)}, as the dial {asks}"


def _whole(time_s: float) -> int:
    # A dead call that is about to end is there for another second, and not for none.
    return max(1, ceil(time_s))

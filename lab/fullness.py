"""Whether the slots of a target are all busy, as far as that can be seen, and how to say it."""

from lab.observation import Observation
from lab.rounded import count

FULL = 0.9
"""Of the slots: all count as busy then, while there are many more requests than free slots."""
OWN_TIME = 0.5
"""Of the slots: all are taken then by a queue as long as they are many, even if the service's
own work keeps up to half of them from the upstream at any moment."""
AT_CAPACITY = 0.95
"""Throughput over c / s: the slots were busy on average, whatever one count says."""


def slots(seen: Observation) -> int | None:
    """The slots that requests may have to wait for; None where there are none, or unknown."""
    return seen.slots if (seen.waits or seen.stays) and seen.slots_known else None


def is_full(slots: int, seen: Observation) -> bool:
    """Whether requests wait because there are no more slots than these."""
    if seen.busy is None or not seen.queue or seen.in_flight <= slots:
        return False  # nobody waits, or there is a slot for each
    return (
        (seen.busy >= FULL * slots and slots - seen.busy < seen.queue / 2)
        or (seen.busy >= OWN_TIME * slots and seen.queue >= slots)
        or is_at_capacity(slots, seen)
    )


def is_at_capacity(slots: int, seen: Observation) -> bool:
    """Whether as much is answered as all the slots together can do."""
    return (seen.throughput_rps or 0.0) * seen.hold_s >= AT_CAPACITY * slots


def all_of(slots: int) -> str:
    """All the slots of a target, in words: "all 4 slots"."""
    return {1: "its only slot", 2: "both slots"}.get(slots, f"all {count(slots)} slots")

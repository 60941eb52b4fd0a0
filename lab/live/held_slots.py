"""Whether all slots of a target are busy, and what streams and WebSockets do to them.

A stream or a WebSocket holds a slot for as long as it lasts, without the upstream. An idle
WebSocket is the plainest case of a slot that does no work: on a server of threads or processes no
other request can use it.
"""

from lab.live.observation import Observation
from lab.rounded import count, counted

FULL = 0.9
"""Share of the slots. From it on all count as busy, if the queue is over twice the free slots."""
OWN_TIME = 0.5
"""Share of the slots. From it on all count as taken, if at least as many requests queue: the
service's own work may keep up to half of the slots from the upstream at any moment."""
AT_CAPACITY = 0.95
"""Throughput over capacity, c / s. From it on all slots were busy on average, whatever one count
says."""


def slots(seen: Observation) -> int | None:
    """Slots that requests may have to wait for; None where there is no limit, or it is unknown."""
    return seen.slots if (seen.waits or seen.stays) and seen.slots_known else None


def is_full(slots: int, seen: Observation) -> bool:
    """Whether requests wait because all of `slots` are taken."""
    if seen.busy is None or not seen.queue or seen.in_flight <= slots:
        return False  # no request waits, or each has a slot
    return (
        (seen.busy >= FULL * slots and slots - seen.busy < seen.queue / 2)
        or (seen.busy >= OWN_TIME * slots and seen.queue >= slots)
        or is_at_capacity(slots, seen)
    )


def is_at_capacity(slots: int, seen: Observation) -> bool:
    """Whether the target answers as much as all of `slots` together can serve."""
    return (seen.throughput_rps or 0.0) * seen.hold_s >= AT_CAPACITY * slots


def all_of(slots: int, noun: str = "slot") -> str:
    """All slots of a target, in words: "all 4 slots", "both slots", "its only slot"."""
    return {1: f"its only {noun}", 2: f"both {noun}s"}.get(slots, f"all {count(slots)} {noun}s")


MATTERS = 0.1
"""Share of the slots. Below it, other requests would hardly wait less without them."""


def held(seen: Observation) -> str:
    """Sentence where streams and WebSockets hold all slots or make others queue; else ""."""
    there = slots(seen)
    if there is None or not seen.held:
        return ""
    if seen.sockets and seen.held >= there:
        return f"{_hold(seen, there)}: nothing else is served"
    if seen.held < MATTERS * there or not is_full(there, seen):
        return ""
    left = there - seen.held
    if left <= 0 or not (seen.waits or seen.passes):
        return f"{_hold(seen, there)}, {count(seen.queue)} waiting: more users add only waiting"
    rest = "the remaining one" if left == 1 else f"the remaining {count(left)}"
    # A request that does not wait on the upstream is served in a slot that counts as free, and
    # so counts as queued. The queue's length would then be wrong.
    waiting = "" if seen.passes else f", {count(seen.queue)} waiting"
    return f"{_hold(seen, there)}: all other requests share {rest}{waiting}"


def clear(seen: Observation) -> str:
    """Say what the requests in flight do while nothing limits them. Needs one request in flight."""
    there, others = slots(seen), seen.in_flight - seen.held
    parts = []
    if seen.held:
        parts.append(f"{_who(seen)} open" if there is None else _hold(seen, there))
    if others > 0:
        more = f"{count(others)} in flight"
        if seen.held:
            more = "1 other" if others == 1 else f"{count(others)} others"
        if seen.waits:
            waiting = min(others, max(0, (seen.busy or 0) - seen.held))
            parts.append(f"{count(waiting)} of {more} waiting on {seen.awaited}")
        elif seen.passes:
            parts.append(more if not seen.held else f"{more} in flight")
        else:
            parts.append(f"{more} not served yet")
    return ", ".join(parts)


def _hold(seen: Observation, there: int) -> str:
    """For example "2 WebSockets and 1 stream hold 3 of 4 slots"."""
    found = all_of(there) if seen.held >= there else f"{count(seen.held)} of {count(there)} slots"
    return f"{_who(seen)} {'holds' if seen.held == 1 else 'hold'} {found}"


def _who(seen: Observation) -> str:
    """For example "2 WebSockets and 1 stream"."""
    kinds = ((seen.sockets, "WebSocket"), (seen.streams, "stream"))
    return " and ".join(counted(number, name) for number, name in kinds if number)

"""Streams and WebSockets: they keep a slot without asking anybody, for as long as they last.

What is said of a target that serves some. An idle WebSocket is the plainest case of a slot
that is busy with nothing: on a server of threads or processes nobody else can have it.
"""

from lab import fullness
from lab.observation import Observation
from lab.rounded import count

MATTERS = 0.1
"""Of the slots: as long as they hold fewer, the others would hardly wait less without them."""


def held(seen: Observation) -> str:
    """They have all slots, or so many that others wait for the rest; "" where neither is so."""
    there = fullness.slots(seen)
    if there is None or not seen.held:
        return ""
    if seen.sockets and seen.held >= there:
        return f"{_hold(seen, there)}: nothing else is served"
    if seen.held < MATTERS * there or not fullness.is_full(there, seen):
        return ""
    left = there - seen.held
    if left <= 0 or not (seen.waits or seen.passes):
        return f"{_hold(seen, there)}, {count(seen.queue)} waiting: more users add only waiting"
    rest = "the other one" if left == 1 else f"the other {count(left)}"
    # What waits for nobody is worked on in a slot that counts as free.
    waiting = "" if seen.passes else f", {count(seen.queue)} waiting"
    return f"{_hold(seen, there)}: all else shares {rest}{waiting}"


def clear(seen: Observation) -> str:
    """What the requests in flight do, where nothing limits them; there are some."""
    there, others = fullness.slots(seen), seen.in_flight - seen.held
    parts = []
    if seen.held:
        parts.append(f"{_who(seen)} open" if there is None else _hold(seen, there))
    if others > 0:
        more = f"{count(others)} in flight"
        if seen.held:
            more = "1 other" if others == 1 else f"{count(others)} others"
        if seen.waits:
            waiting = min(others, max(0, (seen.busy or 0) - seen.held))
            parts.append(f"{count(waiting)} of {more} waiting on the upstream")
        elif seen.passes:
            parts.append(more if not seen.held else f"{more} in flight")
        else:
            parts.append(f"{more} not served yet")
    return ", ".join(parts)


def _hold(seen: Observation, there: int) -> str:
    """Who holds how many slots."""
    found = (
        fullness.all_of(there)
        if seen.held >= there
        else f"{count(seen.held)} of {count(there)} slots"
    )
    return f"{_who(seen)} {'holds' if seen.held == 1 else 'hold'} {found}"


def _who(seen: Observation) -> str:
    """The WebSockets and the streams, in numbers."""
    kinds = ((seen.sockets, "WebSocket"), (seen.streams, "stream"))
    return " and ".join(
        f"{count(number)} {name}{'' if number == 1 else 's'}" for number, name in kinds if number
    )

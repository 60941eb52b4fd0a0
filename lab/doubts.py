"""Doubts: why a measurement says nothing about the target, in one sentence each.

A rule takes an observation and returns its sentence, without a full stop, or "" where
it does not apply.
"""

from collections.abc import Callable, Mapping
from textwrap import shorten
from types import MappingProxyType
from typing import Literal

from lab.observation import Observation
from lab.rounded import count, seconds, share

Doubt = Literal[
    "upstream-silent", "left-over", "silent", "lost", "generator", "upstream-late", "errors"
]

UPSTREAM_SILENT_S = 1.2
"""It is asked twice a second: on a busy machine one answer may be late, not two."""
SILENT_S = 3.0
"""Past the longest silence that is in order, for the same reason."""
GENERATOR_CPU = 0.9
"""A load worker has one core at most; near all of it, requests queue in the generator itself."""
LATE_MS = 50.0
"""So much a busy machine may cost now and then."""
LATE_SHARE = 0.05
"""Of the hold: less is hard to see in any chart."""
ERROR_SHARE = 0.01
"""Fewer do not shift what the charts show; a verdict may be stricter."""
LONGEST_CAUSE = 44
LONGEST_NAME = 20


def upstream_silent(seen: Observation) -> str:
    """Everything that waits on the upstream stands still or fails, whatever the target does."""
    if not seen.waits or seen.upstream_silent_s < UPSTREAM_SILENT_S:
        return ""
    return (
        f"mock-upstream has been silent for {count(seen.upstream_silent_s)} s: "
        f"frozen or gone, so requests wait or fail"
    )


def left_over(seen: Observation) -> str:
    """A server goes on with what it has accepted, also when nobody waits for the answer."""
    if not seen.left_over:
        return ""
    slots = "1 slot is" if seen.left_over == 1 else f"{count(seen.left_over)} slots are"
    return f"{slots} still busy with requests that an earlier run gave up"


def silent(seen: Observation) -> str:
    """No answers, for longer than the load may pause and the upstream may take.

    The length of the queue does not matter: however long it is, the slots in front of
    it answer once each hold.
    """
    in_order_s = seen.load.pause_s + seen.longest_hold_s
    if not seen.in_flight or seen.silent_s <= in_order_s + SILENT_S:
        return ""
    return (
        f"nothing has been answered for {count(seen.silent_s)} s, {count(seen.in_flight)} in flight"
    )


def lost(seen: Observation) -> str:
    """A load worker that left took what it had in flight along."""
    match seen.lost_load_workers:
        case ():
            return ""
        case (name,):
            who = f"load worker {_name(name)} is"
        case names:
            who = f"{len(names)} load workers are"
    return f"{who} lost: the load is not what was asked for"


def generator(seen: Observation) -> str:
    """Latencies contain what the generator itself is late."""
    if seen.generator_cpu < GENERATOR_CPU:
        return ""
    return f"the load generator is at {share(seen.generator_cpu)} CPU: do not trust these numbers"


def upstream_late(seen: Observation) -> str:
    """The wait is longer than dialled, and the target is not to blame."""
    late_ms = seen.upstream_late_ms or 0.0
    if not seen.waits or late_ms <= max(LATE_MS, LATE_SHARE * seen.hold_s * 1000):
        return ""
    return f"mock-upstream answers up to {seconds(late_ms / 1000)} late: do not trust these numbers"


def errors(seen: Observation) -> str:
    """An error is over sooner or later than an answer, so that no prediction fits."""
    if seen.failed_share <= ERROR_SHARE:
        return ""
    part = "all" if seen.failed_share >= 1 else f"{share(seen.failed_share)} of the"
    found = f"{part} answers are errors"
    # There are few answers in some seconds: twice as many errors as dialled may be chance.
    if seen.failed_share <= 2 * seen.dialled_faults:
        return f"{found}, where the dial asks for {share(seen.dialled_faults)}: not a limit"
    if seen.failure:
        found += f" ({shorten(seen.failure, LONGEST_CAUSE, placeholder=' …')})"
    return f"{found}: a fault, not a limit"


def _name(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


RULES: Mapping[Doubt, Callable[[Observation], str]] = MappingProxyType(
    {
        "upstream-silent": upstream_silent,
        "left-over": left_over,
        "silent": silent,
        "lost": lost,
        "generator": generator,
        "upstream-late": upstream_late,
        "errors": errors,
    }
)
"""What explains most comes first."""

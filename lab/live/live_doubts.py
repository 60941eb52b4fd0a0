"""Doubts: reasons why a measurement says nothing about the target, one sentence each.

A rule takes an Observation and returns its sentence without a full stop, or "" where it
does not apply.
"""

from collections.abc import Callable, Mapping
from textwrap import shorten
from types import MappingProxyType
from typing import Literal

from lab.live.observation import Observation
from lab.rounded import count, counted, seconds, share
from lab.verdicts.doubt_rules import GENERATOR_CPU

Doubt = Literal[
    "upstream-silent",
    "database-silent",
    "left-over",
    "silent",
    "lost",
    "generator",
    "upstream-late",
    "errors",
]

UPSTREAM_SILENT_S = 1.2
"""Seconds. The upstream is asked twice a second; a busy machine may delay one answer, not two."""
DATABASE_SILENT_S = 2.5
"""Seconds. It is asked twice a second, and answers from beside all that it works on."""
SILENT_S = 3.0
"""Seconds beyond the longest normal silence: a busy machine may delay an answer."""
LATE_MS = 50.0
"""Milliseconds that a busy machine may cost now and then."""
LATE_SHARE = 0.05
"""Share of the hold time. Less is hard to see in any chart."""
ERROR_SHARE = 0.01
"""Share of the answers. Fewer errors do not shift the charts; a verdict may be stricter."""
LONGEST_CAUSE = 44
LONGEST_NAME = 20


def upstream_silent(seen: Observation) -> str:
    """The upstream is silent: requests to it wait or fail, whatever the target does."""
    waits = seen.waits and seen.asks_upstream
    if not waits or seen.upstream_silent_s < UPSTREAM_SILENT_S:
        return ""
    return (
        f"mock-upstream has been silent for {count(seen.upstream_silent_s)} s: "
        f"frozen or gone, so requests wait or fail"
    )


def database_silent(seen: Observation) -> str:
    """The database, which has answered before, is silent: queries wait or fail."""
    if not seen.asks_database or seen.database_silent_s < DATABASE_SILENT_S:
        return ""
    return (
        f"the database has been silent for {count(seen.database_silent_s)} s: "
        f"frozen or gone, so queries wait or fail"
    )


def left_over(seen: Observation) -> str:
    """Slots still serve an earlier run.

    A server finishes the requests it has accepted, even after the client has disconnected.
    """
    if not seen.left_over:
        return ""
    found = f"{counted(seen.left_over, 'slot')} {'is' if seen.left_over == 1 else 'are'}"
    return f"{found} still busy with abandoned requests of an earlier run"


def silent(seen: Observation) -> str:
    """The target answers nothing for longer than the load may pause and the upstream may take.

    The length of the queue does not matter: the slots in front of it answer once per hold time.
    Dead calls explain the silence of a target where nothing else could be answered.
    """
    in_order_s = seen.load.pause_s + seen.longest_hold_s
    if not seen.in_flight or seen.is_dead or seen.silent_s <= in_order_s + SILENT_S:
        return ""
    return (
        f"nothing has been answered for {count(seen.silent_s)} s, {count(seen.in_flight)} in flight"
    )


def lost(seen: Observation) -> str:
    """A load worker is lost, and with it the requests that it had in flight."""
    match seen.lost_load_workers:
        case ():
            return ""
        case (name,):
            who = f"load worker {_name(name)} is"
        case names:
            who = f"{len(names)} load workers are"
    return f"{who} lost: the load is not what was asked for"


def generator(seen: Observation) -> str:
    """The load generator is busy: latencies then contain its own lateness."""
    if seen.generator_cpu < GENERATOR_CPU:
        return ""
    return f"the load generator is at {share(seen.generator_cpu)} CPU: do not trust these numbers"


def upstream_late(seen: Observation) -> str:
    """The upstream waits longer than dialled, and the target is not to blame."""
    late_ms = seen.upstream_late_ms or 0.0
    waits = seen.waits and seen.asks_upstream
    if not waits or late_ms <= max(LATE_MS, LATE_SHARE * seen.hold_s * 1000):
        return ""
    return f"mock-upstream answers up to {seconds(late_ms / 1000)} late: do not trust these numbers"


def errors(seen: Observation) -> str:
    """Too many answers are errors, more than the upstream was asked for.

    An error takes less or more time than a good answer, so no prediction fits.
    """
    if seen.failed_share - seen.dialled_share <= ERROR_SHARE:
        return ""
    found = errors_among(seen.failed_share)
    if seen.failure:
        found += f" ({shorten(seen.failure, LONGEST_CAUSE, placeholder=' …')})"
    return f"{found}: a fault, not a limit"


def errors_among(failed_share: float) -> str:
    """Return "38 % of the answers are errors", or "all answers are errors"."""
    part = "all" if failed_share >= 1 else f"{share(failed_share)} of the"
    return f"{part} answers are errors"


def _name(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


RULES: Mapping[Doubt, Callable[[Observation], str]] = MappingProxyType(
    {
        "upstream-silent": upstream_silent,
        "database-silent": database_silent,
        "left-over": left_over,
        "silent": silent,
        "lost": lost,
        "generator": generator,
        "upstream-late": upstream_late,
        "errors": errors,
    }
)
"""Rules by kind. The one that explains most comes first."""

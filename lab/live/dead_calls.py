"""Dead calls: the upstream holds them and never answers, and what they leave of a target.

A dead call keeps its slot until the target's time-out, also after the upstream answers others
again.
"""

from dataclasses import dataclass, replace
from math import ceil

from lab import theory
from lab.live.load import TargetLoad


@dataclass(frozen=True, slots=True)
class DeadCalls:
    """Dead calls of one target; times of day, in seconds, when the oldest and the newest began."""

    calls: int = 0
    oldest_at_s: float = 0.0
    newest_at_s: float = 0.0

    def requests(self, *, parts: int) -> int:
        """Return the requests that they belong to, at least, with `parts` calls for each."""
        return ceil(self.calls / parts)

    def for_s(self, now_s: float, *, timeout_s: float) -> tuple[float, float]:
        """Return the seconds until the first and until the last of them times out; 0 without any.

        `now_s` is a time of day, `timeout_s` the target's time-out for the upstream.
        """
        if not self.calls:
            return 0.0, 0.0
        # Two machines may have clocks that differ a little.
        first_s, last_s = (
            theory.dead_for_s(timeout_s=timeout_s, hung_for_s=max(0.0, now_s - began_s))
            for began_s in (self.oldest_at_s, self.newest_at_s)
        )
        return first_s, last_s


def what_is_left(
    load: TargetLoad, *, slots: int | None, dead: int, own: bool
) -> tuple[TargetLoad, int | None] | None:
    """Return the load and the slots that `dead` requests leave; None where nothing is answered.

    `own` requests are those of this load: the user of a dead request sends no other meanwhile, and
    the request counts among those in flight. None slots mean no limit.
    """
    if slots is not None:
        slots -= theory.dead_slots(requests=dead, slots=slots)
    users, most = load.users, load.max_in_flight
    if own:
        users = max(0, users - dead)
        most = None if most is None else max(0, most - dead)
    sends = most != 0 if load.is_scheduled else users > 0
    if slots == 0 or not sends:
        return None
    return replace(load, users=users, max_in_flight=most), slots

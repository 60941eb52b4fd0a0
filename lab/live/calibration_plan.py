"""The load with which a target is calibrated: who asks it for what, and for how long."""

from dataclasses import dataclass

from lab import upstream_wait
from lab.live.calibration import LEAST_SPANS
from lab.live.observation import TargetSetup
from lab.live.observing import RunContext, longest_hold_s
from lab.targets import DATABASE_ROUTES, ROUTES

CALIBRATED = frozenset({*ROUTES, *DATABASE_ROUTES, "json", "cpu", "db-read", "orm-read"})
"""Routes that can be calibrated: each of their requests costs the same, and ends by itself."""
MAX_USERS = 50
PASSING_USERS = 16
"""Users of a route that does not wait: the processor is full with fewer, and more cost no less."""
IDLE_S = 0.5
"""Seconds without a request in which the target tells what it uses anyway."""
WARM_S = 0.125
"""Seconds from the load's begin, beyond one wait, until the first span: half of a span."""
WAITING_SPAN_S, PASSING_SPAN_S = 0.25, 0.2
"""Least length of a span in seconds, on a route that waits and on one that does not."""
LONGEST_S = 15.0
"""Seconds that a calibration may take: with a longer wait it is left out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A closed load on one target.

    `users` send the requests, as many as have a slot. Each waits `hold_s` seconds, 0.0 on a route
    that does not wait.

    The users of a group send at once, and the groups one after the other within a wait. A full
    processor meets requests in such bunches, each of which costs less than one that comes alone and
    has to wake it up. A span has the begin of one group in it, and the end of another.
    """

    name: str
    route: str
    users: int
    hold_s: float

    @property
    def groups(self) -> int:
        """Number of groups: as many as whole spans in a wait, if there are users for them."""
        return max(1, min(self.users, int(self.hold_s / WAITING_SPAN_S)))

    @property
    def span_s(self) -> float:
        """Least length of a span in seconds."""
        least_s = WAITING_SPAN_S if self.hold_s else PASSING_SPAN_S
        return max(least_s, self.hold_s / self.groups)

    @property
    def least_answers(self) -> int:
        """Least answers of a span: two of each user where users do not wait."""
        return 1 if self.hold_s else 2 * self.users

    @property
    def takes_s(self) -> float:
        """Seconds that the calibration takes, about: its first and last requests wait, too."""
        return IDLE_S + WARM_S + 2 * self.hold_s + LEAST_SPANS * self.span_s

    def after_s(self, user: int) -> float:
        """Seconds from the load's begin until the first request of a user, numbered from 0."""
        return self.hold_s * (user % self.groups) / self.groups


def plan(asked: TargetSetup, around: RunContext) -> Plan | None:
    """Return how to calibrate a target now.

    None where that cannot be done: it gets no load, or several kinds of users; its route is held by
    its client, or is several routes; the upstream or the database that it asks does not answer;
    calls are dead or would be; or it would take LONGEST_S.
    """
    if not asked.active or asked.route not in CALIBRATED:
        return None
    if asked.asks_database and (around.database is None or around.database_silent_s):
        return None
    if not asked.waits:
        return Plan(asked.name, asked.route, PASSING_USERS, 0.0)
    if not asked.slots_known or around.behaviour is None:
        return None
    if asked.asks_upstream and not _upstream_answers(asked, around):
        return None
    users = min(asked.slots or MAX_USERS, MAX_USERS)
    found = Plan(asked.name, asked.route, users, longest_hold_s(asked, around))
    return found if found.takes_s <= LONGEST_S else None


def _upstream_answers(asked: TargetSetup, around: RunContext) -> bool:
    if asked.dead_requests or around.upstream_silent_s or around.behaviour is None:
        return False
    return not upstream_wait.fault_share(around.behaviour, parts=asked.parts)

"""Measure what a request costs each target in processor time, while no run is on.

    Watch -> plans -> users of the calibration -> the supervisor's counts -> RequestCost

Targets whose requests wait are calibrated together: their processors hardly meet. The others come
one after the other. START ends what is under way. A calibration is kept for as long as this process
lives, and no longer: after a change of a service's code the fingerprint may be the same.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import gevent
import httpx
from servers import Servers
from supervisors import Supervisors

from lab.live.calibration import LEAST_SPANS, RequestCost, calibrated, fingerprint
from lab.live.calibration_plan import IDLE_S, LONGEST_S, WARM_S, Plan
from lab.live.counters import Counters, cores_busy

FOREIGN_SHARE = 0.05
"""Share of the answers that others may have had, such as a health check."""
AGAIN_S = 30.0
"""Seconds until a target is asked again whose calibration told nothing."""
PAUSE_S = 0.5
REST_CORES = 0.1
"""What an idle target uses at most, in cores: above it its workers are still starting."""
REST_LOOKS = 10
"""Looks at a target, each IDLE_S long, that may find it at work before it is left for later."""
SETTLE_S = 20.0
"""Seconds for which the lab, as it starts, may wait for its first calibrations."""


class Users(Protocol):
    """The load of a calibration, as calibration_users.py has it."""

    sent: int
    answered: int
    have_failed: bool

    def begin(self) -> None: ...
    def finish(self) -> None: ...
    def break_off(self) -> None: ...


class Calibrating:
    """The calibrations, by fingerprint; none where the setting CALIBRATE is off.

    `urls` are the targets' own. `users_of` makes the users of a plan, for the target at a URL.
    `current` are the targets that are being calibrated; `ended_at_s` has the time of day at which
    the last calibration of a target ended.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        servers: Servers,
        supervisors: Supervisors,
        users_of: Callable[[str, Plan], Users],
        *,
        is_on: bool,
    ) -> None:
        self.urls = urls
        self.servers = servers
        self.supervisors = supervisors
        self.users_of = users_of
        self.is_on = is_on
        self.current: set[str] = set()
        self.ended_at_s: dict[str, float] = {}
        self._found: dict[str, RequestCost] = {}
        self._again_at_s: dict[str, float] = {}
        self._work: list[gevent.Greenlet[..., None]] = []
        self._settled_at_s = time.monotonic() + SETTLE_S if is_on else 0.0

    @property
    def is_settled(self) -> bool:
        """Whether the first calibrations are over, or have taken SETTLE_S."""
        return time.monotonic() >= self._settled_at_s

    def of(self, name: str, routes: Sequence[str]) -> RequestCost | None:
        """Return what a request costs a target as it is now; None where that is not measured."""
        return self._found.get(self._key(name, routes[0])) if len(routes) == 1 else None

    def watch(self, plans: Callable[[], Sequence[Plan] | None]) -> None:
        """Calibrate what is missing, for ever. `plans` returns None while nothing is known."""
        while self.is_on:
            self.calibrate(plans())
            gevent.sleep(PAUSE_S)

    def calibrate(self, plans: Sequence[Plan] | None) -> None:
        """Calibrate those of these targets that have no calibration, all that wait or one other.

        Returns at its end.
        """
        due = [each for each in plans or () if self._is_due(each)]
        together = [each for each in due if each.hold_s] or due[:1]
        self._work = [gevent.spawn(self._calibrate, each) for each in together]
        gevent.joinall(self._work)
        if plans is not None and not due:
            self._settled_at_s = 0.0

    def end(self) -> None:
        """End the calibration that is under way; nothing is sent after this."""
        gevent.killall(self._work)

    def _key(self, name: str, route: str) -> str:
        told = self.servers.of(name).told
        return fingerprint(told, route) if told else ""

    def _is_due(self, plan: Plan) -> bool:
        key = self._key(plan.name, plan.route)
        return key not in self._found and time.monotonic() >= self._again_at_s.get(key, 0.0)

    def _calibrate(self, plan: Plan) -> None:
        key = self._key(plan.name, plan.route)
        what = f"calibration of {plan.name} on /{plan.route}"
        users = self.users_of(self.urls[plan.name], plan)
        self.current.add(plan.name)
        found = None
        try:
            found = self._measured(plan, users)
        except gevent.GreenletExit:
            logging.info(f"{what}: ended by START after {users.sent} requests")
            raise
        except (httpx.HTTPError, ValueError, KeyError) as error:
            logging.debug(f"{what}: {error!r}")  # no supervisor, or it is changing the shape
        finally:
            users.break_off()
            self.current.discard(plan.name)
            self.ended_at_s[plan.name] = time.time()
        if found is None or key != self._key(plan.name, plan.route):
            self._again_at_s[key] = time.monotonic() + AGAIN_S
            return
        self._found[key] = found
        logging.info(
            f"{what}: {found.held_s * 1000:.2f} ms of processor a request, "
            f"{found.least_s * 1000:.2f} to {found.most_s * 1000:.2f} in {found.requests} requests"
        )

    def _measured(self, plan: Plan, users: Users) -> RequestCost | None:
        idle = self._at_rest(plan.name)
        if idle is None:
            return None
        users.begin()
        gevent.sleep(plan.hold_s + WARM_S)
        bounds = self._counts(plan.name, LEAST_SPANS + 1, plan.span_s, plan.least_answers)
        users.finish()
        end = self.supervisors.told(plan.name)
        self.servers.ask(plan.name)  # for its fingerprint, which may be another by now
        foreign = abs(end.answered - idle[1].answered - users.answered)
        if users.have_failed or foreign > max(1, FOREIGN_SHARE * users.answered):
            return None
        return calibrated(bounds, idle_cores=cores_busy(*idle) or 0.0)

    def _at_rest(self, name: str) -> list[Counters] | None:
        """Two counts of a target that neither answers nor starts between them; None without any."""
        for _ in range(REST_LOOKS):
            idle = self._counts(name, 2, IDLE_S)
            answers = idle[1].answered - idle[0].answered
            if not answers and (cores_busy(*idle) or 0.0) <= REST_CORES:
                return idle
        return None

    def _counts(
        self, name: str, number: int, every_s: float, least_answers: int = 0
    ) -> list[Counters]:
        """Counts of a supervisor, each some time and some answers after the one before."""
        found = [self.supervisors.told(name)]
        until_s = time.monotonic() + LONGEST_S
        while len(found) < number and time.monotonic() < until_s:
            gevent.sleep(every_s)
            now = self.supervisors.told(name)
            if now.answered - found[-1].answered >= least_answers:
                found.append(now)
        return found

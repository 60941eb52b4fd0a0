"""The users of a calibration: no users of Locust, and in no count of a run."""

import gevent
import http_client
from gevent.pool import Group

from lab.live.calibration_plan import Plan

PATIENCE_S = 30.0


class CalibrationUsers:
    """A closed load on one target, over connections that are kept, as Locust's users have them."""

    def __init__(self, url: str, plan: Plan) -> None:
        self.sent = self.answered = 0
        self.have_failed = False
        self._plan = plan
        self._are_ending = False
        self._users = Group()
        self._client = http_client.Client(url, timeout_s=PATIENCE_S, connections=plan.users)

    def begin(self) -> None:
        """Start the users, group by group."""
        for number in range(self._plan.users):
            self._users.spawn(self._ask, self._plan.after_s(number))

    def finish(self) -> None:
        """Wait for the last answers."""
        self._are_ending = True
        self._users.join()

    def break_off(self) -> None:
        """End all users, and close their connections."""
        self._users.kill()
        self._client.close()

    def _ask(self, after_s: float) -> None:
        gevent.sleep(after_s)
        while not self._are_ending:
            self.sent += 1
            if self._client.get(f"/{self._plan.route}", keep=True).status != 200:
                self.have_failed = True
                return
            self.answered += 1

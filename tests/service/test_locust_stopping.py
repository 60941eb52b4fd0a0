"""When users end: between two requests, also where an answer, a wait and a stop come together."""

import os
import subprocess
import sys

import pytest
from programs import ROOT

# Importing Locust changes the standard library, hence a process of its own. It begins a request
# every 50 ms, stands still over the end of a wait, and asks the user to stop `early_s` before it.
PROGRAM = """
import locust, gevent, sys
from gevent import monkey
from gevent.pool import Group
from locust.env import Environment
from lab_user import LabUser

class Counting(LabUser):
    url = "http://127.0.0.1:9"
    asked = answered = 0

    def wait_time(self):
        return 0.05

    @locust.task
    def act(self):
        self.asked += 1
        gevent.sleep(0.02)
        self.answered += 1

user, group = Counting(Environment()), Group()
user.start(group)
while user.answered == 0:
    gevent.sleep(0.001)
gevent.spawn_later(0.05 - float(sys.argv[1]), user.stop)
monkey.get_original("time", "sleep")(0.1)
group.join(timeout=5)
print(user.asked, user.answered, len(group))
"""


@pytest.mark.parametrize("early_s", [0.04, 0.0])
def test_a_user_that_is_stopped_as_its_wait_ends_gives_up_no_request(early_s: float) -> None:
    """Locust alone sends one and kills the user in the middle of it, uncounted."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(early_s)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "locust")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    asked, answered, users_left = map(int, ran.stdout.split())
    assert asked == answered
    assert users_left == 0

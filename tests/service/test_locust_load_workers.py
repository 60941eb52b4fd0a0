"""Load workers as processes beside the one with the page: they join, are lost, come back."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from programs import DEADLINE_S, LOCUST, locust_environ, start
from running_lab import Services

from lab import child_process
from lab.running.testbed.ports import free_port

pytestmark = pytest.mark.loads

# Locust would wait a second for reports, which a busy machine may take; a lost one never comes.
OWN = {"LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP": "10"}
# A mix of both classes, as a worker writes it when it gets more users.
ONE_MORE_OF_EACH = 'Spawning additional {"FastapiSvc": 1, "FlaskSvc": 1}'

Eventually = Callable[..., None]


@pytest.fixture(scope="module")
def ports(services: Services) -> dict[str, str]:
    """Both services before the shared upstream, by the settings of their ports."""
    return services.own_ports


class Swarm:
    """A Locust with its page that makes no load, and processes that do."""

    def __init__(self, environ: dict[str, str], logs: Path, expected: int) -> None:
        self.logs = logs
        self.processes: list[subprocess.Popen[bytes]] = []
        web, master = free_port(), free_port()
        self._environ = environ | {"LOCUST_MASTER_NODE_PORT": str(master)}
        self._page_environ = environ | {
            "LOAD_WORKERS": str(expected),
            "LOCUST_WEB_PORT": str(web),
            "LOCUST_MASTER_BIND_PORT": str(master),
        }
        self.page = httpx.Client(
            base_url=f"http://127.0.0.1:{web}", timeout=DEADLINE_S, trust_env=False
        )

    def start_page(self) -> None:
        self._start(self._page_environ, "--master")

    def add_worker(self) -> None:
        self._start(self._environ, "--worker", "--loglevel", "DEBUG")

    def _start(self, environ: dict[str, str], *arguments: str) -> None:
        program = start([*LOCUST, *arguments], environ, self.log(len(self.processes)), port=0)
        self.processes.append(program.process)

    def log(self, number: int) -> Path:
        """What a process writes: 0 is the one with the page."""
        return self.logs / f"log-{number}"

    def health(self) -> int:
        """The status of the page's own health; 0 while nobody answers."""
        try:
            return self.page.get("/healthz").status_code
        except httpx.TransportError:
            return 0

    def begin(self, **fields: object) -> None:
        """Press START."""
        form = {"user_count": 12, "spawn_rate": 100, "think_s": 0.05} | fields
        classes = {"user_classes": ["FastapiSvc", "FlaskSvc"]}
        said = self.page.post("/swarm", data=form | classes).json()
        assert said["success"], said

    def workers(self) -> list[tuple[str, int]]:
        """State and users of each load worker; the page refreshes them every two seconds."""
        told = self.page.get("/stats/requests").json()["workers"]
        return sorted((each["state"], each["user_count"]) for each in told)

    def state(self) -> str:
        told = re.search(r'"state": "(\w+)"', self.page.get("/").text)
        assert told is not None
        return told[1]

    def spawned(self) -> list[int]:
        """How often each load worker got one more user of each class."""
        numbers = range(1, len(self.processes))
        return [self.log(number).read_text().count(ONE_MORE_OF_EACH) for number in numbers]

    def end(self) -> None:
        self.page.close()
        for process in self.processes:
            child_process.kill(process)
        for log in self.logs.glob("log-*"):
            assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def start_swarm(
    ports: dict[str, str], tmp_path: Path, eventually: Eventually
) -> Iterator[Callable[[int], Swarm]]:
    """Starts a page and so many load workers, all of them connected: start_swarm(3)."""
    started = []

    def start(workers: int) -> Swarm:
        swarm = Swarm(locust_environ(OWN | ports), tmp_path, expected=max(1, workers))
        started.append(swarm)
        swarm.start_page()
        for _ in range(workers):
            swarm.add_worker()
        eventually(lambda: swarm.health() == (200 if workers else 503), "as healthy as can be")
        return swarm

    yield start
    for swarm in started:
        swarm.end()


def served(upstream: httpx.Client) -> int:
    return int(upstream.get("/stats").json()["all"]["served"])


def test_the_users_of_a_lost_worker_go_to_the_others(
    start_swarm: Callable[[int], Swarm], upstream: httpx.Client, eventually: Eventually
) -> None:
    """Each has both classes still; the lost one stays named, and the run can be stopped."""
    swarm = start_swarm(3)
    swarm.begin()
    eventually(lambda: swarm.workers() == [("running", 4)] * 3, "four users for each")

    swarm.processes[1].kill()
    two_left = [("missing", 0)] + [("running", 6)] * 2
    eventually(lambda: swarm.workers() == two_left, "six for each of two")
    assert swarm.spawned() == [0, 1, 1]
    assert swarm.health() == 503

    swarm.page.post("/stop")
    eventually(lambda: swarm.state() == "stopped", "stopped, though one is missing")
    swarm.begin()
    eventually(lambda: swarm.workers() == two_left, "six for each once more")

    swarm.processes[2].kill()
    eventually(
        lambda: swarm.workers() == [("missing", 0)] * 2 + [("running", 12)], "twelve for the last"
    )
    before = served(upstream)
    eventually(lambda: served(upstream) > before, "answers")


def test_a_worker_that_was_only_silent_gets_its_users_back(
    start_swarm: Callable[[int], Swarm], upstream: httpx.Client, eventually: Eventually
) -> None:
    """As soon as it is heard of; there are never more than were asked for after that."""
    swarm = start_swarm(2)
    swarm.begin(think_s="0")
    eventually(lambda: swarm.workers() == [("running", 6)] * 2, "six users for each")

    for _ in range(2):
        swarm.processes[1].send_signal(signal.SIGSTOP)
        eventually(lambda: ("running", 12) in swarm.workers(), "all for the other")
        swarm.processes[1].send_signal(signal.SIGCONT)
        eventually(lambda: swarm.workers() == [("running", 6)] * 2, "six for each again")

    upstream.delete("/stats")
    before = served(upstream)
    eventually(lambda: served(upstream) > before + 200, "answers")
    assert upstream.get("/stats").json()["all"]["peak"] <= 12


def test_a_worker_that_finds_start_and_stop_together_starts_nobody(
    start_swarm: Callable[[int], Swarm], upstream: httpx.Client, eventually: Eventually
) -> None:
    """It was late, and is there for the next run: Locust would have it start users, and quit."""
    swarm = start_swarm(1)
    swarm.begin()
    eventually(lambda: swarm.workers() == [("running", 12)], "a first run")
    stop(swarm, eventually)
    before = served(upstream)

    swarm.processes[1].send_signal(signal.SIGSTOP)
    swarm.begin()
    swarm.page.post("/stop")
    swarm.processes[1].send_signal(signal.SIGCONT)
    stop(swarm, eventually)
    assert served(upstream) == before

    swarm.begin()
    eventually(lambda: swarm.workers() == [("running", 12)], "its users")
    assert "Got quit message" not in swarm.log(1).read_text()


def stop(swarm: Swarm, eventually: Eventually) -> None:
    """Press STOP, and wait until nothing of the run is left."""
    assert swarm.page.post("/stop").json()["success"]
    eventually(lambda: swarm.state() == "stopped", "a run that has ended")
    eventually(lambda: swarm.workers() == [("ready", 0)], "a worker that is ready")


def test_a_burst_is_whole_again_without_a_lost_worker(
    start_swarm: Callable[[int], Swarm], upstream: httpx.Client, eventually: Eventually
) -> None:
    """The others share its part; 16 at once, and no more."""
    upstream.put("/behaviour", json={"delay_ms": 300})
    swarm = start_swarm(2)
    swarm.begin(load="burst", burst_every_s="1")
    eventually(lambda: served(upstream) >= 32, "a burst for each target")

    swarm.processes[1].kill()
    eventually(lambda: swarm.workers() == [("missing", 0), ("running", 2)], "one of each class")
    upstream.delete("/stats")
    before = served(upstream)
    eventually(lambda: served(upstream) >= before + 64, "two bursts more for each target")
    assert upstream.get("/stats").json()["callers"]["fastapi-svc"]["peak"] == 16


def test_an_open_load_has_its_rate_again_without_a_lost_worker(
    start_swarm: Callable[[int], Swarm], upstream: httpx.Client, eventually: Eventually
) -> None:
    """As many arrivals per second as asked for, of three workers and of the two left."""
    swarm = start_swarm(3)
    swarm.begin(load="open", arrivals="even", arrival_rate="30")
    seen: list[tuple[float, int]] = []

    def has_its_rate() -> bool:
        """In the last three seconds: 30 for each of two targets; two thirds would be 40."""
        seen.append((time.monotonic(), served(upstream)))
        now_s, count = seen[-1]
        earlier = [each for each in seen if each[0] <= now_s - 3]
        return bool(earlier) and 56 <= (count - earlier[-1][1]) / (now_s - earlier[-1][0]) <= 64

    eventually(has_its_rate, "60 per second from three")
    swarm.processes[1].kill()
    eventually(lambda: ("missing", 0) in swarm.workers(), "one lost")
    seen.clear()
    eventually(has_its_rate, "60 per second from two")


def test_a_worker_that_joins_takes_its_part(
    start_swarm: Callable[[int], Swarm], upstream: httpx.Client, eventually: Eventually
) -> None:
    """Without any the page is not well; with a second and a third one, a burst is no larger."""
    upstream.put("/behaviour", json={"delay_ms": 300})
    swarm = start_swarm(0)
    swarm.add_worker()
    eventually(lambda: swarm.health() == 200, "well with one")
    swarm.begin(load="burst", burst_every_s="1")
    eventually(lambda: served(upstream) >= 32, "a burst for each target")

    for workers in (2, 3):
        swarm.add_worker()
        parts = [("running", 2)] * workers  # of each class one
        eventually(lambda parts=parts: swarm.workers() == parts, "one of each class")  # type: ignore[misc]
        upstream.delete("/stats")
        before = served(upstream)
        eventually(lambda before=before: served(upstream) >= before + 64, "bursts")  # type: ignore[misc]
        assert upstream.get("/stats").json()["callers"]["fastapi-svc"]["peak"] == 16
    # It hears the workers while it deals, or it would wait in vain, and however long.
    assert "not all reports received" not in swarm.log(0).read_text()

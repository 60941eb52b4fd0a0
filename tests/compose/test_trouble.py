"""Failures of the lab in containers, and the state after them."""

import subprocess
import threading

import httpx
import pytest

from lab.environment import ROOT
from lab.runtime import checkout

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("name", ["flask-svc", "fastapi-svc"])
def test_a_killed_worker_is_replaced(lab, eventually, name):
    """The container keeps running; later answers come from other workers."""
    url = lab.url(name)
    victim = httpx.get(f"{url}/json", timeout=30).headers["X-Worker-Pid"]
    lab.python(name, f"import os; os.kill({victim}, 9)")

    def others_answer():
        try:
            answers = [httpx.get(f"{url}/json", timeout=30) for _ in range(30)]
        except httpx.TransportError:
            return False
        return victim not in {each.headers["X-Worker-Pid"] for each in answers}

    eventually(others_answer, "answers, none from the killed worker")


@pytest.mark.parametrize("name", ["flask-svc", "fastapi-svc"])
def test_a_stopped_container_answers_first(lab, upstream, eventually, name):
    """SIGTERM reaches the server through init, and the request in flight is answered."""
    upstream.put("/behaviour", json={"delay_ms": 3000})
    answers = []
    url = f"{lab.url(name)}/io"
    request = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=60)))
    request.start()
    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"], "a call at the upstream")

    try:
        lab.compose("stop", name)
        request.join()
        assert [answer.status_code for answer in answers] == [200]
    finally:
        lab.compose("up", "--detach", "--wait", "--no-build", "--no-deps", name)


@pytest.fixture
def other_lab(lab, tmp_path):
    """A second lab with the same images, not started yet; stopped at the end."""
    other = type(lab)(lab.environ | {"LAB_RUN": str(tmp_path / "run")})
    yield other
    other.run("down")


def test_a_port_in_use_is_a_sentence(other_lab):
    """The first lab has the ports of the second, so nothing is started."""
    done = other_lab.run("up")

    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("lab: port ")
    assert f"the lab of {ROOT} uses it; run `make down` there" in last
    assert "set another MOCK_UPSTREAM_PORT in .env.local" in last
    assert other_lab.compose("ps", "--all", "--quiet") == ""


def test_a_bad_setting_is_named_when_the_lab_comes_up(other_lab, free_ports):
    """The output has the container's own sentence and its name."""
    done = other_lab.run("up", WORKER_TIMEOUT_S="9", **free_ports())

    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "WORKER_TIMEOUT_S=9: expected more than UPSTREAM_TIMEOUT_S" in said
    assert "-svc" in done.stderr.splitlines()[-1]


def test_load_workers_make_the_load(other_lab, free_ports, eventually):
    """Two load workers beside the page share a burst, and no request is lost."""
    # With a delay of 1 s both parts of a burst overlap at the upstream, although one starts later.
    changed = free_ports() | {"LOAD_WORKERS": "2", "UPSTREAM_DELAY_MS": "1000"}
    done = other_lab.run("up", **changed)
    assert done.returncode == 0, done.stderr
    other = type(other_lab)(other_lab.environ | changed)
    shown = other.compose("ps", "--format", "{{.Service}} {{.Health}} {{.Ports}}").splitlines()
    assert [line.strip() for line in shown if line.startswith("locust-worker")] == [
        "locust-worker healthy"
    ] * 2
    assert not [line for line in shown if "5557" in line]
    assert other.python("locust-worker", "import os; print(os.getuid())").strip() == "10001"

    with httpx.Client(base_url=other.url("locust"), timeout=30) as page:
        assert page.get("/healthz").json() == {"load_workers": 2}
        classes = {"user_classes": ["FastapiSvc", "FlaskSvc"]}
        burst = {"user_count": 1, "spawn_rate": 1, "load": "burst", "burst_size": 15} | classes
        burst["burst_every_s"] = 60  # long enough that the test sees exactly one burst
        assert page.post("/swarm", data=burst).json()["success"]

    def callers():
        stats = httpx.get(other.url("mock-upstream") + "/stats").json()["callers"]
        return {name: (each["served"], each["peak"]) for name, each in stats.items()}

    expected = {"flask-svc": (15, 4), "fastapi-svc": (15, 15)}
    eventually(lambda: callers() == expected, "one burst of fifteen at each target")


def test_a_password_is_asked_for_and_the_container_is_healthy_all_the_same(other_lab, free_ports):
    """LAB_PASSWORD reaches the page; `make up` prints it in one line."""
    changed = free_ports() | {"LAB_PASSWORD": "sesame"}
    done = other_lab.run("up", **changed)

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("lab: the dashboard asks for user lab, password sesame") == 1
    page = f"http://127.0.0.1:{changed['LOCUST_PORT']}"
    assert httpx.post(f"{page}/stop", timeout=30).status_code == 401
    right = {"username": "lab", "password": "sesame"}
    assert httpx.post(f"{page}/log-in", data=right, timeout=30).headers["Location"] == "/"


def test_down_leaves_nothing(other_lab, free_ports):
    """No container and no network is left."""
    changed = free_ports()
    assert other_lab.run("up", **changed).returncode == 0
    assert other_lab.run("down", **changed).returncode == 0

    assert other_lab.compose("--profile", "*", "ps", "--all", "--quiet") == ""
    networks = subprocess.run(
        ["docker", "network", "ls", "--format", "{{.Name}}"], capture_output=True, text=True
    ).stdout
    assert f"{checkout.project(other_lab.environ)}_default" not in networks.split()

"""What goes wrong in containers, and what is left when it is over."""

import subprocess
import threading

import httpx
import pytest

from lab.environment import ROOT
from lab.runtime import checkout

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("name", ["flask-svc", "fastapi-svc"])
def test_a_killed_worker_is_replaced(lab, eventually, name):
    """The container goes on with as many workers as before."""
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
    asking = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=60)))
    asking.start()
    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"], "a call at the upstream")

    try:
        lab.compose("stop", name)
        asking.join()
        assert [answer.status_code for answer in answers] == [200]
    finally:
        lab.compose("up", "--detach", "--wait", "--no-build", "--no-deps", name)


@pytest.fixture
def other_lab(lab, tmp_path):
    """A second lab of the same images that has not been started; gone in the end."""
    other = type(lab)(lab.environ | {"LAB_RUN": str(tmp_path / "run")})
    yield other
    other.run("down")


def test_a_port_in_use_is_a_sentence(other_lab):
    """The first lab has the ports of the second: nothing is started."""
    done = other_lab.run("up")

    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("lab: port ")
    assert f"the lab of {ROOT} (`make down` there ends it) has it" in last
    assert "set another MOCK_UPSTREAM_PORT in .env.local" in last
    assert other_lab.compose("ps", "--all", "--quiet") == ""


def test_a_bad_setting_is_named_when_the_lab_comes_up(other_lab, free_ports):
    """The container's own sentence is shown, and which container it was."""
    done = other_lab.run("up", FLASK_WORKERS="many", **free_ports())

    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "FLASK_WORKERS='many': expected a whole number" in said
    assert "flask-svc" in done.stderr.splitlines()[-1]


def test_load_workers_make_the_load(other_lab, free_ports, eventually):
    """Two containers like the others beside the one with the page; together they lose nothing."""
    # A second in which both parts of a burst meet at the upstream, however late one of them is.
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
        burst["burst_every_s"] = 60  # one, however long it takes to be seen
        assert page.post("/swarm", data=burst).json()["success"]

    def callers():
        stats = httpx.get(other.url("mock-upstream") + "/stats").json()["callers"]
        return {name: (each["served"], each["peak"]) for name, each in stats.items()}

    expected = {"flask-svc": (15, 4), "fastapi-svc": (15, 15)}
    eventually(lambda: callers() == expected, "one burst of fifteen at each target")


def test_a_password_is_asked_for_and_the_container_is_healthy_all_the_same(other_lab, free_ports):
    """The one that is set reaches the page; `make up` says it in one line."""
    changed = free_ports() | {"LAB_PASSWORD": "sesame"}
    done = other_lab.run("up", **changed)

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("lab: the dashboard asks for user lab, password sesame") == 1
    page = f"http://127.0.0.1:{changed['LOCUST_PORT']}"
    assert httpx.post(f"{page}/stop", timeout=30).status_code == 401
    right = {"username": "lab", "password": "sesame"}
    assert httpx.post(f"{page}/log-in", data=right, timeout=30).headers["Location"] == "/"


def test_down_leaves_nothing(other_lab, free_ports):
    """No container and no network."""
    changed = free_ports()
    assert other_lab.run("up", **changed).returncode == 0
    assert other_lab.run("down", **changed).returncode == 0

    assert other_lab.compose("--profile", "*", "ps", "--all", "--quiet") == ""
    networks = subprocess.run(
        ["docker", "network", "ls", "--format", "{{.Name}}"], capture_output=True, text=True
    ).stdout
    assert f"{checkout.project(other_lab.environ)}_default" not in networks.split()

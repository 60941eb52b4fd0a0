"""The lab in containers behaves like the lab in local processes."""

import asyncio

import httpx
import pytest

from lab import burst, lanes
from lab.runtime import topology
from lab.targets import DATABASE_ROUTES, ROUTES, TARGETS

pytestmark = pytest.mark.docker

DELAY_MS = 300.0
EVERYWHERE = ["/healthz", "/server"]
OTHERS = [
    *("/weather?city=Oslo", "/json", "/cpu", "/async-cpu", "/db-read", "/orm-read"),
    *("/db-dependency", "/db-stream?every_ms=0"),
    *EVERYWHERE,
]


def test_every_container_is_healthy(lab):
    """There is one container per program, and one load worker."""
    shown = lab.compose("--profile", "*", "ps", "--format", "{{.Service}} {{.Health}}")

    names = [*(program.name for program in topology.programs(topology.EVERYTHING)), topology.WORKER]
    assert sorted(shown.splitlines()) == sorted(f"{name} healthy" for name in names)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize(
    "path", [route.path for route in (ROUTES | DATABASE_ROUTES).values()] + OTHERS
)
def test_every_route_answers_through_the_published_port(lab, target, path):
    """One request at a time, also gevent's async views answer; 404 where an app lacks the route."""
    answer = httpx.get(lab.url(target.name) + path, timeout=30)

    lacks = path not in EVERYWHERE and target.lacks(path.strip("/").partition("?")[0])
    assert answer.status_code == (404 if lacks else 200)
    assert answer.headers["X-Worker-Pid"].isdigit()
    if path == "/server":
        assert answer.json()["target"] == target.name
        assert answer.json()["slots"]["io"] == target.slots(lab.environ, "io")


def test_a_burst_comes_in_waves_by_worker(lab, flask, upstream):
    """16 requests on 4 sync workers: four lanes of four, and a peak of 4 at the upstream."""

    def send():
        return asyncio.run(burst.send(f"{flask}/io", 16, target="", route="io", timeout_s=60))

    send()  # warm-up: a worker's slow first request would shift others to its neighbours
    upstream.delete("/stats")
    samples = send()

    by_worker = lanes.lanes(samples)
    assert [each.error for each in samples if each.error] == []
    assert [lane.count for lane in by_worker] == [4, 4, 4, 4]
    assert lanes.waves(by_worker) == 4
    assert upstream.get("/stats").json()["callers"]["flask-svc"]["peak"] == 4


def test_the_dashboard_answers_and_knows_the_targets(lab):
    """Locust's page names both user classes."""
    page = httpx.get(lab.url("locust"), timeout=30).text

    assert "FlaskSvc" in page
    assert "FastapiSvc" in page


def test_the_lab_runs_in_its_own_container(lab, tmp_path):
    """`lab` is installed beside Locust, and reaches the services by name."""
    code = (
        "import os, urllib.request as u\n"
        "from lab.targets import target\n"
        "url = target('flask-svc').url(os.environ)\n"
        "print(url, u.urlopen(url + '/healthz').status)"
    )

    url, status = lab.python("locust", code).split()
    assert url.startswith("http://flask-svc:")
    assert status == "200"

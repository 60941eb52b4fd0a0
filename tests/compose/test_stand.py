"""The stand on containers: what differs from local processes."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import psutil
import pytest

from lab.environment import ROOT
from lab.experiments.experiment import Shape
from lab.experiments.stand import StandProblem, containers, mark, open_stand

pytestmark = pytest.mark.docker

FLASK = Shape(name="four", target="flask-svc", settings={"FLASK_THREADS": "3"})
BOX = Shape(
    name="box",
    target="fastapi-solo",
    settings={"SERVICE_CPUS": "0.5", "SERVICE_MEMORY": "256m", "FASTAPI_THREADS": "11"},
)
SMALL = Shape(name="small", target="fastapi-solo")
DELAY_MS = 200.0
OF_A_SHELL = {
    "FLASK_WORKERS": "7",
    "SERVICE_MEMORY": "6m",
    "COMPOSE_FILE": "/nowhere.yml",
    "COMPOSE_PROJECT_NAME": "lab-test",
    "LAB_BIND": "0.0.0.0",
}


def docker(*arguments):
    """What a docker command prints; it has to succeed."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def marked(value=None):
    """The containers and networks that carry this process's mark, or the given one."""
    label = f"label={mark.LABEL}={value or mark.own()}"
    names = docker("ps", "--all", "--filter", label, "--format", "{{.Names}}").split()
    return names + docker("network", "ls", "--filter", label, "--format", "{{.Name}}").split()


def container(stand, shape):
    """A server's container, by its name in the stand's network."""
    return stand.url(shape).removeprefix("http://").partition(":")[0]


def inspected(stand, shape):
    """The engine's own description of a server's container."""
    [found] = json.loads(docker("inspect", container(stand, shape)))
    return found


@pytest.fixture(scope="module")
def shared_stand():
    """Two servers before one upstream, in the shell of somebody who has settings of their own."""
    with open_stand("docker", os.environ | OF_A_SHELL) as stand:
        stand.start_upstream({"delay_ms": DELAY_MS})
        stand.start([FLASK, BOX])
        yield stand


@pytest.fixture
def stand(shared_stand):
    """The same for every test: the dial as at the start, counts at zero."""
    shared_stand.start_upstream({"delay_ms": DELAY_MS})
    return shared_stand


@pytest.fixture
def own_stand():
    """A stand of the test's own, with an upstream and no server; nothing of it is left."""
    others = marked()
    with open_stand("docker", os.environ) as stand:
        stand.start_upstream({"delay_ms": DELAY_MS})
        yield stand
    assert set(marked()) <= set(others)


def test_each_server_is_its_shape_and_nothing_of_the_shell(stand):
    """Settings are those of the compose file and of the shape, over .env."""
    flask, box = stand.server("four"), stand.server("box")

    assert (flask["target"], flask["workers"], flask["threads"]) == ("four", 4, 3)
    assert (box["target"], box["workers"], box["threads"]) == ("box", 1, 11)
    assert flask["settings"]["upstream_url"] == stand.upstream_url
    assert stand.runtime == "docker"


def test_a_burst_finds_every_worker_and_the_upstream_counts_it(own_stand):
    """The driver runs in the same network, reaches servers by name, and waits for no worker."""
    own_stand.start([FLASK])
    command = {"do": "burst", "url": own_stand.url("four") + "/io", "requests": 4, "timeout_s": 30}
    rows = own_stand.drive(command, 60)["rows"]

    assert set(rows["error"]) == {""}
    assert len(set(rows["worker_pid"])) == 4
    assert (own_stand.stats("four")["served"], own_stand.stats("four")["peak"]) == (4, 4)
    assert own_stand.stats("box") == {}


def test_processes_are_the_servers_alone(stand):
    """Neither init nor the probe that looks at them is among them."""
    root, *workers = sorted(stand.processes("four"), key=lambda each: each.parent != 0)

    assert (root.parent, len(workers)) == (0, 4)
    assert {each.parent for each in workers} == {root.pid}
    assert all("gunicorn" in each.command for each in [root, *workers])
    assert all(each.pss_bytes > 2**20 and each.threads >= 1 for each in [root, *workers])
    before = sum(each.cpu_s for each in stand.processes("box"))
    asked = {
        "do": "ask",
        "url": stand.url("box"),
        "asks": [{"method": "GET", "path": "/cpu?ms=300"}],
    }
    assert stand.drive(asked | {"times": 2}, 60)["rows"]["status"] == [200, 200]
    after = sum(each.cpu_s for each in stand.processes("box"))
    assert after - before == pytest.approx(0.6, rel=0.5)


def test_a_container_is_hardened_and_limited_as_its_shape_says(stand):
    """As in the lab, but that nothing is published and that no health check runs beside a load."""
    four, box = inspected(stand, "four"), inspected(stand, "box")

    for each in (four, box):
        assert each["HostConfig"]["CapDrop"] == ["ALL"]
        assert each["HostConfig"]["ReadonlyRootfs"]
        assert each["HostConfig"]["Init"]
        assert each["Config"]["User"] == "10001:10001"
        assert each["Config"]["Healthcheck"]["Test"] == ["NONE"]
        assert not any(each["NetworkSettings"]["Ports"].values())
    assert (box["HostConfig"]["NanoCpus"], box["HostConfig"]["Memory"]) == (
        500_000_000,
        256 * 2**20,
    )
    assert (four["HostConfig"]["NanoCpus"], four["HostConfig"]["Memory"]) == (0, 8 * 2**30)


def test_files_suffice_for_ten_thousand_connections(stand):
    """The driver needs one for each, a server that asks the upstream two."""
    assert stand.drive({"do": "hello"}, 30)["open_files"] > 10_100
    limits = docker("exec", container(stand, "four"), "cat", "/proc/8/limits")
    [files] = [line.split() for line in limits.splitlines() if line.startswith("Max open files")]
    assert int(files[3]) >= 20_000


def test_a_server_that_ends_by_itself_is_told_and_restarted(own_stand):
    """Its name, its code and its last lines; then the same address with other processes."""
    own_stand.start([SMALL])
    url = own_stand.url("small")
    assert own_stand.is_alive("small")
    assert own_stand.ended() == ""

    docker("kill", container(own_stand, "small"))
    assert not own_stand.is_alive("small")
    assert own_stand.ended().startswith("small ended with code 137; its last lines:\n")
    assert "Uvicorn running on" in own_stand.ended()
    with pytest.raises(StandProblem, match="small ended with code 137"):
        own_stand.server("small")

    own_stand.restart("small")
    assert own_stand.ended() == ""
    assert own_stand.url("small") == url
    assert own_stand.server("small")["target"] == "small"
    docker("rm", "--force", container(own_stand, "small"))
    assert own_stand.ended() == (
        "small ended with code 137 (its container was removed); it wrote nothing"
    )


def test_a_server_that_is_wanted_again_goes_on(own_stand):
    """Of the same name and settings it stays, of others it is a new one; the rest is gone."""
    own_stand.start([SMALL, Shape(name="other", target="fastapi-solo")])
    first = inspected(own_stand, "small")["Id"]

    own_stand.start([SMALL])
    assert inspected(own_stand, "small")["Id"] == first
    assert not [name for name in marked() if name.endswith("-other")]

    own_stand.start([replace(SMALL, settings={"FASTAPI_THREADS": "11"})])
    assert inspected(own_stand, "small")["Id"] != first
    assert own_stand.server("small")["threads"] == 11


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"FLASK_WORKERS": "many"},
            r"bad ended with code 2; its last lines:\n"
            r"flask-svc: FLASK_WORKERS='many': expected a whole number from 1 to 1000",
        ),
        ({"ACCESS_LOG": "$HOME"}, r"ACCESS_LOG='\$HOME': expected one of 0, 1"),
        ({"SERVICE_MEMORY": "lots"}, r"docker compose: .*lots"),
        ({"SERVICE_CPUS": "many"}, r"docker compose: .*many"),
        ({"SERVICE_CPUS": "4096"}, r"docker compose: .*[Rr]ange of CPUs"),
        (
            {"SERVICE_MEMORY": "24m"},
            r"bad ended with code 137 \(a process of it was killed for want of memory: "
            r"give the shape more SERVICE_MEMORY\)",
        ),
    ],
)
def test_a_shape_that_cannot_be_is_a_sentence(own_stand, settings, sentence):
    """Which shape, which setting and what would do; the stand can be used as before."""
    before = marked()
    with pytest.raises(StandProblem, match=sentence):
        own_stand.start([Shape(name="bad", target="flask-svc", settings=settings)])

    own_stand.start([])
    assert marked() == before


HOST = """
    import os
    from lab.experiments.experiment import Shape
    from lab.experiments.stand import mark, open_stand

    with open_stand("docker", os.environ) as stand:
        stand.start_upstream({"delay_ms": 60_000})
        print(mark.own(), flush=True)
        stand.start([Shape(name="small", target="fastapi-solo")])
        print("started", flush=True)
        stand.drive({"do": "burst", "url": stand.url("small") + "/io", "requests": 5,
                     "timeout_s": 300}, 300)
"""


@pytest.fixture
def host(tmp_path):
    """Another process that holds a stand and waits for a burst, its files in tmp_path."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOST)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("moment", ["started", "starting"])
def test_ctrl_c_leaves_nothing(host, tmp_path, moment):
    """Neither while containers start nor while the driver waits for answers."""
    own = host.stdout.readline().strip()
    if moment == "started":
        assert host.stdout.readline() == "started\n"
        assert len(marked(own)) == 4  # upstream, driver, server and the network
    host.send_signal(signal.SIGINT)
    _, complaints = host.communicate(timeout=120)

    assert complaints.splitlines()[-1] == "KeyboardInterrupt"
    assert marked(own) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moment", ["started", "starting"])
def test_a_killed_host_leaves_nothing_for_long(host, tmp_path, eventually, moment):
    """Its keeper removes what it started, though nobody asks it to."""
    own = host.stdout.readline().strip()
    if moment == "started":
        assert host.stdout.readline() == "started\n"
    host.kill()

    eventually(lambda: not list(tmp_path.iterdir()), "no file of the stand is left")
    assert marked(own) == []


def test_what_keeper_and_host_left_the_next_stand_clears_away(host):
    """It is known by its mark, and a living host's containers are not touched."""
    own = host.stdout.readline().strip()
    assert host.stdout.readline() == "started\n"
    containers.clear_leftovers(os.environ)
    assert len(marked(own)) == 4

    [keeper] = [
        each
        for each in psutil.Process(host.pid).children()
        if "keeper.py" in " ".join(each.cmdline())
    ]
    keeper.kill()
    host.kill()
    host.wait()
    assert marked(own)
    containers.clear_leftovers(os.environ)
    assert marked(own) == []

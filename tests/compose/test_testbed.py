"""A testbed of containers: what differs from local processes."""

import json
import os
import signal
import subprocess
from dataclasses import replace

import pytest
from testbed_host import reapers_of, running_host

from lab import child_process
from lab.experiments.experiment import Shape
from lab.running.testbed import TestbedError, container_platform, open_testbed, ownership_label

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


def labelled(own=None):
    """Containers and networks with this process's ownership label, or with the given one."""
    label = f"label={ownership_label.LABEL}={own or ownership_label.own()}"
    names = docker("ps", "--all", "--filter", label, "--format", "{{.Names}}").split()
    return names + docker("network", "ls", "--filter", label, "--format", "{{.Name}}").split()


def container(testbed, shape):
    """A server's container, by its name in the testbed's network."""
    return testbed.url(shape).removeprefix("http://").partition(":")[0]


def inspected(testbed, shape):
    """The engine's own description of a server's container."""
    [found] = json.loads(docker("inspect", container(testbed, shape)))
    return found


@pytest.fixture(scope="module")
def shared_testbed():
    """Two servers before one upstream, in the shell of somebody who has settings of their own."""
    with open_testbed("docker", os.environ | OF_A_SHELL) as testbed:
        testbed.start_upstream({"delay_ms": DELAY_MS})
        testbed.start_fresh([FLASK, BOX])
        yield testbed


@pytest.fixture
def testbed(shared_testbed):
    """The same for every test: the dial as at the start, counts at zero."""
    shared_testbed.start_upstream({"delay_ms": DELAY_MS})
    return shared_testbed


@pytest.fixture
def own_testbed():
    """A testbed of the test's own, with an upstream and no server; nothing of it is left."""
    others = labelled()
    with open_testbed("docker", os.environ) as testbed:
        testbed.start_upstream({"delay_ms": DELAY_MS})
        yield testbed
    assert set(labelled()) <= set(others)


def test_each_server_is_its_shape_and_nothing_of_the_shell(testbed):
    """Settings are those of the compose file and of the shape, over .env."""
    flask, box = testbed.server("four"), testbed.server("box")

    assert (flask["target"], flask["workers"], flask["threads"]) == ("four", 4, 3)
    assert (box["target"], box["workers"], box["threads"]) == ("box", 1, 11)
    assert flask["settings"]["upstream_url"] == testbed.upstream_url
    assert testbed.runtime == "docker"


def test_a_burst_finds_every_worker_and_the_upstream_counts_it(own_testbed):
    """The driver runs in the same network, reaches servers by name, and waits for no worker."""
    own_testbed.start_fresh([FLASK])
    command = {
        "do": "burst",
        "url": own_testbed.url("four") + "/io",
        "requests": 4,
        "timeout_s": 30,
    }
    rows = own_testbed.drive(command, 60)["rows"]

    assert set(rows["error"]) == {""}
    assert len(set(rows["worker_pid"])) == 4
    assert (own_testbed.stats("four")["served"], own_testbed.stats("four")["peak"]) == (4, 4)
    assert own_testbed.stats("box") == {}


def test_processes_are_the_servers_alone(testbed):
    """Neither init nor the probe that looks at them is among them."""
    root, *workers = sorted(testbed.processes("four"), key=lambda each: each.parent != 0)

    assert (root.parent, len(workers)) == (0, 4)
    assert {each.parent for each in workers} == {root.pid}
    assert all("gunicorn" in each.command for each in [root, *workers])
    assert all(each.pss_bytes > 2**20 and each.threads >= 1 for each in [root, *workers])
    before = sum(each.cpu_s for each in testbed.processes("box"))
    asked = {
        "do": "ask",
        "url": testbed.url("box"),
        "asks": [{"method": "GET", "path": "/cpu?ms=300"}],
    }
    assert testbed.drive(asked | {"times": 2}, 60)["rows"]["status"] == [200, 200]
    after = sum(each.cpu_s for each in testbed.processes("box"))
    assert after - before == pytest.approx(0.6, rel=0.5)


def test_a_container_is_hardened_and_limited_as_its_shape_says(testbed):
    """As in the lab, but that nothing is published and that no health check runs beside a load."""
    four, box = inspected(testbed, "four"), inspected(testbed, "box")

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


def test_files_suffice_for_ten_thousand_connections(testbed):
    """The driver needs one for each, a server that asks the upstream two."""
    assert testbed.drive({"do": "hello"}, 30)["open_files"] > 10_100
    limits = docker("exec", container(testbed, "four"), "cat", "/proc/8/limits")
    [files] = [line.split() for line in limits.splitlines() if line.startswith("Max open files")]
    assert int(files[3]) >= 20_000


def test_a_server_that_ends_by_itself_is_told_and_restarted(own_testbed):
    """Its name, its code and its last lines; then the same address with other processes."""
    own_testbed.start_fresh([SMALL])
    url = own_testbed.url("small")
    assert own_testbed.is_alive("small")
    assert own_testbed.ended() == ""

    docker("kill", container(own_testbed, "small"))
    assert not own_testbed.is_alive("small")
    assert own_testbed.ended().startswith("small ended with code 137; its last lines:\n")
    assert "Uvicorn running on" in own_testbed.ended()
    with pytest.raises(TestbedError, match="small ended with code 137"):
        own_testbed.server("small")

    own_testbed.restart("small")
    assert own_testbed.ended() == ""
    assert own_testbed.url("small") == url
    assert own_testbed.server("small")["target"] == "small"
    docker("rm", "--force", container(own_testbed, "small"))
    assert own_testbed.ended() == (
        "small ended with code 137 (its container was removed); it wrote nothing"
    )


def test_no_server_is_kept(own_testbed):
    """Of the same name and settings, or of others, it is a new container; the rest is gone."""
    own_testbed.start_fresh([SMALL, Shape(name="other", target="fastapi-solo")])
    first = inspected(own_testbed, "small")["Id"]

    own_testbed.start_fresh([SMALL])
    second = inspected(own_testbed, "small")["Id"]
    assert second != first
    assert not [name for name in labelled() if name.endswith("-other")]

    own_testbed.start_fresh([replace(SMALL, settings={"FASTAPI_THREADS": "11"})])
    assert inspected(own_testbed, "small")["Id"] not in (first, second)
    assert own_testbed.server("small")["threads"] == 11


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
            r"bad ended with code 137 \(a process was killed because memory ran out: "
            r"raise SERVICE_MEMORY for this shape\)",
        ),
    ],
)
def test_a_shape_that_cannot_be_is_a_sentence(own_testbed, settings, sentence):
    """Which shape, which setting and what would do; the testbed can be used as before."""
    before = labelled()
    with pytest.raises(TestbedError, match=sentence):
        own_testbed.start_fresh([Shape(name="bad", target="flask-svc", settings=settings)])

    own_testbed.start_fresh([])
    assert labelled() == before


@pytest.fixture
def host(tmp_path):
    """Another process that has a testbed and waits for a burst, its files in tmp_path."""
    with running_host("docker", SMALL, tmp_path) as process:
        yield process


@pytest.mark.parametrize("moment", ["started", "starting"])
def test_ctrl_c_leaves_nothing(host, tmp_path, moment):
    """Neither while containers start nor while the driver waits for answers."""
    own = host.stdout.readline().strip()
    if moment == "started":
        assert host.stdout.readline() == "started\n"
        assert len(labelled(own)) == 4  # upstream, driver, server and the network
    host.send_signal(signal.SIGINT)
    _, complaints = host.communicate(timeout=120)

    assert complaints.splitlines()[-1] == "KeyboardInterrupt"
    assert labelled(own) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moment", ["started", "starting"])
def test_a_killed_host_leaves_nothing_for_long(host, tmp_path, eventually, moment):
    """Its reaper removes what it started, though nobody asks it to."""
    own = host.stdout.readline().strip()
    if moment == "started":
        assert host.stdout.readline() == "started\n"
    host.kill()

    eventually(lambda: not list(tmp_path.iterdir()), "no file of the testbed is left")
    assert labelled(own) == []


def test_what_reaper_and_host_left_the_next_testbed_clears_away(host):
    """It is known by its ownership label, and a living host's containers are not touched."""
    own = host.stdout.readline().strip()
    assert host.stdout.readline() == "started\n"
    container_platform.clear_leftovers(os.environ)
    assert len(labelled(own)) == 4

    [reaper] = reapers_of(host.pid)
    os.kill(reaper, signal.SIGKILL)
    child_process.kill(host)
    assert labelled(own)
    container_platform.clear_leftovers(os.environ)
    assert labelled(own) == []

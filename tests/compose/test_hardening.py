"""What a container may not do, tried from inside and read from the engine."""

import json
import subprocess

import pytest

from lab.runtime import topology

pytestmark = pytest.mark.docker

NAMES = [program.name for program in topology.programs(topology.EVERYTHING)]
STATUS = "print(open('/proc/self/status').read())"


def inspected(lab, name):
    """The engine's own description of a container."""
    [container] = lab.compose("ps", "--quiet", name).split()
    shown = subprocess.run(["docker", "inspect", container], capture_output=True, check=True)
    return json.loads(shown.stdout)[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_container_has_no_privilege(lab, name):
    """A numeric user that is not root, no capability, and no way to gain one."""
    status = dict(
        line.split(":\t", 1) for line in lab.python(name, STATUS).splitlines() if ":\t" in line
    )

    assert status["Uid"].split() == ["10001"] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("name", NAMES)
def test_a_container_cannot_write_but_to_tmp(lab, name):
    """The root file system is read-only even where the user might write."""
    code = (
        "import pathlib\n"
        "for path in ('/venv/x', '/x', '/tmp/x'):\n"
        "    try:\n"
        "        pathlib.Path(path).write_text('x'); print('wrote')\n"
        "    except OSError as error:\n"
        "        print(error.errno)"
    )

    assert lab.python(name, code).split() == ["30", "30", "wrote"]  # 30: read-only file system


@pytest.mark.parametrize("name", NAMES)
def test_a_container_has_limits(lab, name):
    """Memory and processes end somewhere; a burst of connections does not."""
    limits = inspected(lab, name)["HostConfig"]

    assert limits["Memory"] == 1024**3
    assert limits["PidsLimit"] == 2000
    code = "print(open('/proc/sys/net/core/somaxconn').read())"
    assert lab.python(name, code).strip() == "65535"


@pytest.mark.parametrize("name", NAMES)
def test_a_port_is_published_on_loopback_only(lab, name):
    """Nobody else in the room reaches the lab unless LAB_BIND says so."""
    bindings = inspected(lab, name)["NetworkSettings"]["Ports"].values()

    assert [each["HostIp"] for binding in bindings for each in binding or []] == ["127.0.0.1"]

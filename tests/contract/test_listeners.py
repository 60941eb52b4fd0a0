"""LISTENERS: one listening socket for all workers, or one for each (SO_REUSEPORT)."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from lab.targets import TARGETS, target

pytestmark = pytest.mark.linux

LISTENING = "0A"  # a socket's state in /proc/net/tcp
# The servers with several workers: how they come to their sockets differs.
SEVERAL = [each.name for each in TARGETS if each.name != "fastapi-solo"]


@pytest.fixture(params=SEVERAL)
def own(request: pytest.FixtureRequest, serve, soon_replaced):
    """Each server with several workers in turn, each of which listens by itself."""
    return serve(request.param, LISTENERS="own", **soon_replaced)


def listeners(program):
    """The processes that hold each socket which listens on a program's port."""
    port = int(program.url.rpartition(":")[2])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {
        f"socket:[{row[9]}]": set()
        for row in rows
        if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port
    }
    for pid in processes(program):
        for file in open_files(pid):
            if file in sockets:
                sockets[file].add(pid)
    return sockets


def processes(program):
    """It and whatever it has started: each program has a session of its own."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if session_of(pid) == program.process.pid]


def session_of(pid):
    """A process's session; None where it has just ended."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def open_files(pid):
    """What a process has open, except for what it has just closed."""
    files = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for path in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                files.append(str(path.readlink()))
    return files


def has_two_of_its_own(program):
    """Two sockets, held by a process each, none of them the one that was started."""
    held_by = list(listeners(program).values())
    pids = set().union(*held_by)
    return (
        [len(pids) for pids in held_by] == [1, 1]
        and len(pids) == 2
        and program.process.pid not in pids
    )


def served_by(program, connections=200):
    """Who answers, asked over that many connections; None where one broke."""
    new_each_time = httpx.Limits(max_keepalive_connections=0)
    try:
        with httpx.Client(limits=new_each_time) as client:
            answers = [client.get(program.url + "/json") for _ in range(connections)]
    except httpx.TransportError:
        return None
    return {int(each.headers["X-Worker-Pid"]) for each in answers}


@pytest.mark.parametrize("name", SEVERAL)
def test_workers_share_one_socket_unless_told_otherwise(serve, eventually, name):
    """One listens, and both have it."""
    program = serve(name)

    def one_held_by_three():
        [held_by] = listeners(program).values()
        return len(held_by) == 3  # the third is who started the workers

    eventually(one_held_by_three, "one socket, in every process")


def test_each_worker_has_a_socket_of_its_own_for_as_long_as_it_lives(own, upstream, eventually):
    """Nobody else holds it, and all are served; one that is killed is replaced by one with a
    socket; and SIGTERM, on whatever socket a request waits, loses nothing.

    One server for all of it: two of three would be started for a single look at them.
    """
    eventually(lambda: has_two_of_its_own(own), "two sockets in two workers")
    before = set().union(*listeners(own).values())
    assert served_by(own) == before  # what the kernel gives to one, no other can take
    told = httpx.get(own.url + "/server").json()
    assert told["settings"]["listeners"] == "own"

    victim = min(before)
    os.kill(victim, signal.SIGKILL)

    def another() -> bool:
        held = set().union(*listeners(own).values())
        return victim not in held and has_two_of_its_own(own)

    eventually(another, "another worker with a socket")
    after = set().union(*listeners(own).values())
    assert len(after - before) == 1
    assert served_by(own) == after  # none is lost to a socket left over

    upstream.put("/behaviour", json={"delay_ms": 1500})
    answers = []
    path = "/async-io" if target(told["target"]).lacks("io") else "/io"
    asking = threading.Thread(
        target=lambda: answers.append(httpx.get(own.url + path, timeout=30).status_code)
    )
    asking.start()
    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"] > 0, "a call upstream")
    own.process.send_signal(signal.SIGTERM)
    asking.join()
    assert answers == [200]
    assert own.process.wait(timeout=30) == 0
    assert listeners(own) == {}


def test_one_worker_of_its_own_is_one_listener(serve_one):
    """Nothing to deal out: a server that has one worker is as it always is."""
    for name in ("flask-svc", "flask-asgi", "flask-granian", "fastapi-svc", "fastapi-granian"):
        assert len(listeners(serve_one(name, LISTENERS="own"))) == 1


@pytest.mark.parametrize("listeners_of_first", ["own", "shared"])
@pytest.mark.parametrize("name", ["flask-svc", "flask-asgi", "flask-granian", "fastapi-svc"])
def test_a_port_that_another_has_is_refused(serve, settings_of, name, listeners_of_first):
    """Otherwise two services would serve each other's clients by turns."""
    first = serve(name, LISTENERS=listeners_of_first)
    port = first.url.rpartition(":")[2]
    second = settings_of(target(name)) | {"LISTENERS": "own", "LISTEN_PORT": port}
    module = f"{name.split('-')[0]}_svc"
    done = subprocess.run(
        [sys.executable, "-m", module],
        env=os.environ | second,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    service = module.replace("_", "-")
    assert line.startswith(f"{service}: LISTEN_PORT={port}: expected a free port")
    assert "in use" in line

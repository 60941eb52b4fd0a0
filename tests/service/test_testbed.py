"""A testbed of local processes: real servers, a real driver, and nothing left of them."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from testbed_host import local_processes, reapers_of, running_host

from lab import child_process
from lab.environment import ROOT
from lab.experiments.experiment import Shape
from lab.running.signals import deferred_sigint
from lab.running.testbed import DriverError, TestbedError, open_testbed, ownership_label, ports
from lab.running.testbed.driver_client import DriverClient, Launched
from lab.running.testbed.local_platform import clear_leftovers
from lab.running.testbed.ports import free_port

FLASK = Shape(name="four", target="flask-svc", settings={"FLASK_WORKERS": "4"})
FASTAPI = Shape(name="loop", target="fastapi-solo")
SMALL = Shape(name="small", target="fastapi-solo")
DELAY_MS = 150.0
OF_A_SHELL = {
    "FLASK_WORKERS": "7",
    "FASTAPI_THREADS": "9",
    "GUNICORN_CMD_ARGS": "--workers 9",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "LAB_BIND": "0.0.0.0",
}


def labelled(label=None):
    """Processes with this process's ownership label, or with the given one: lines by PID."""
    return local_processes(label or ownership_label.own())


@pytest.fixture(scope="module")
def shared_testbed():
    """Two servers before one upstream, in the shell of somebody who has settings of their own."""
    with open_testbed("local", os.environ | OF_A_SHELL) as testbed:
        testbed.start_upstream({"delay_ms": DELAY_MS})
        testbed.start_fresh([FLASK, FASTAPI])
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
    with open_testbed("local", os.environ) as testbed:
        testbed.start_upstream({"delay_ms": DELAY_MS})
        yield testbed
    assert labelled().keys() <= others.keys()


def burst(testbed, shape, requests, path="/io"):
    """The rows of a burst."""
    url = testbed.url(shape) + path
    command = {"do": "burst", "url": url, "requests": requests, "timeout_s": 30}
    rows = testbed.drive(command, 60)["rows"]
    assert set(rows["error"]) == {""}
    return rows


@pytest.mark.linux
def test_each_server_is_its_shape_and_nothing_of_the_shell(testbed):
    """Settings are .env's, the target's and the shape's; a shell's have no say, nor gunicorn's."""
    flask, fastapi = testbed.server("four"), testbed.server("loop")

    assert (flask["target"], flask["workers"], flask["slots"]["io"]) == ("four", 4, 4)
    assert (fastapi["target"], fastapi["workers"], fastapi["threads"]) == ("loop", 1, 40)
    assert flask["settings"]["listen_host"] == "127.0.0.1"
    assert flask["settings"]["upstream_url"] == testbed.upstream_url
    [root] = [each.pid for each in testbed.processes("four") if each.parent == 0]
    assert not {"GUNICORN_CMD_ARGS", "HTTP_PROXY"} & psutil.Process(root).environ().keys()
    assert testbed.runtime == "local"


def test_a_started_server_has_all_its_workers(own_testbed):
    """The first burst finds each of them ready: so many slots, so many answers in one wave."""
    own_testbed.start_fresh([FLASK])

    rows = burst(own_testbed, "four", 4)
    assert len(set(rows["worker_pid"])) == 4


def test_the_upstream_counts_a_server_under_its_shape(testbed):
    """Busy slots of one shape are not another's; "upstream" is everybody."""
    burst(testbed, "four", 8)

    assert testbed.stats("four")["served"] == 8
    assert testbed.stats("four")["peak"] == 4
    assert testbed.stats("loop") == {}
    assert testbed.stats("upstream")["served"] == 8
    testbed.reset_stats()
    assert testbed.stats("upstream")["served"] == 0


def test_the_dial_is_turned_and_comes_back_with_the_next_experiment(testbed):
    """Fields that the next one does not name are as at the start."""
    upstream = httpx.get(f"{testbed.upstream_url}/behaviour").json
    assert testbed.behaviour(error_rate=0.5)["error_rate"] == 0.5
    assert testbed.behaviour(delay_ms=5)["error_rate"] == 0.5

    testbed.start_upstream({"delay_ms": DELAY_MS})
    assert httpx.get(f"{testbed.upstream_url}/behaviour").json()["error_rate"] == 0
    assert upstream()["delay_ms"] == DELAY_MS
    with pytest.raises(TestbedError, match=r"PUT /behaviour of mock-upstream: delay_ms"):
        testbed.behaviour(delay_ms=-1)


@pytest.mark.linux
def test_processes_are_told_apart(testbed):
    """The one that was started has no parent here; the workers are its children."""
    root, *workers = sorted(testbed.processes("four"), key=lambda each: each.parent != 0)

    assert (root.parent, len(workers)) == (0, 4)
    assert {each.parent for each in workers} == {root.pid}
    assert "gunicorn" in root.command
    real = {pid: psutil.Process(pid) for pid in (each.pid for each in [root, *workers])}
    for each in [root, *workers]:
        full = real[each.pid].memory_full_info()
        assert each.pss_bytes == pytest.approx(full.pss, rel=0.2)
        assert each.threads == real[each.pid].num_threads()
    answered = burst(testbed, "four", 4)["worker_pid"]
    assert set(answered) <= {each.pid for each in workers}


ON_GRANIAN = {
    "flask": Shape(name="rust", target="flask-granian", settings={"FLASK_WORKERS": "3"}),
    "fastapi": Shape(name="rust", target="fastapi-granian", settings={"FASTAPI_WORKERS": "3"}),
}


@pytest.mark.linux
@pytest.mark.parametrize("framework", ON_GRANIAN)
def test_a_server_on_granian_is_a_server(own_testbed, framework):
    """Ready with all its workers, whose memory and processor time are read beside the main's."""
    own_testbed.start_fresh([ON_GRANIAN[framework]])
    before = own_testbed.processes("rust")
    took = [httpx.get(f"{own_testbed.url('rust')}/cpu?ms=200", timeout=60) for _ in range(3)]
    after = own_testbed.processes("rust")

    root, *workers = sorted(before, key=lambda each: each.parent != 0)
    assert (root.parent, [each.parent for each in workers]) == (0, [root.pid] * 3)
    assert all(each.pss_bytes > 1_000_000 for each in before)
    assert {answer.status_code for answer in took} == {200}
    assert {int(each.headers["X-Worker-Pid"]) for each in took} <= {each.pid for each in workers}
    assert sum(each.cpu_s for each in after) - sum(each.cpu_s for each in before) >= 0.55
    assert {each.pid for each in after} == {each.pid for each in before}


@pytest.mark.linux
def test_processor_time_is_counted(testbed):
    """What a server works between two looks is in the difference, in seconds."""
    [before] = [each.cpu_s for each in testbed.processes("loop") if each.parent == 0]
    took = [httpx.get(f"{testbed.url('loop')}/cpu?ms=200", timeout=60) for _ in range(3)]
    [after] = [each.cpu_s for each in testbed.processes("loop") if each.parent == 0]

    assert [answer.status_code for answer in took] == [200] * 3
    assert after - before == pytest.approx(0.6, rel=0.5)


@pytest.mark.linux
def test_a_server_that_ends_by_itself_is_told_and_restarted(own_testbed, eventually):
    """Its name, its code and its last lines; then the same address with other processes."""
    own_testbed.start_fresh([SMALL])
    url, [root, *_] = own_testbed.url("small"), own_testbed.processes("small")
    assert own_testbed.is_alive("small")
    assert own_testbed.ended() == ""

    os.kill(root.pid, signal.SIGKILL)
    eventually(lambda: not own_testbed.is_alive("small"), "the server is dead")
    assert own_testbed.ended().startswith("small ended with code -9; its last lines:\n")
    assert "Uvicorn running on" in own_testbed.ended()
    with pytest.raises(TestbedError, match="small ended with code -9"):
        own_testbed.server("small")

    own_testbed.restart("small")
    assert own_testbed.ended() == ""
    assert own_testbed.url("small") == url
    assert root.pid not in {each.pid for each in own_testbed.processes("small")}


def test_a_restart_kills_hard_and_forgets(own_testbed):
    """Requests in flight are not waited for, and what was stored is gone."""
    own_testbed.start_fresh([SMALL])
    user = {
        "name": "Ada",
        "email": "a@b.cd",
        "age": 36,
        "roles": ["admin"],
        "address": {"street": "A 1", "city": "Oslo", "postcode": "0150", "country": "NO"},
    }
    assert httpx.post(f"{own_testbed.url('small')}/users", json=user).status_code == 201
    own_testbed.behaviour(delay_ms=60_000)
    command = {
        "do": "hold",
        "url": own_testbed.url("small") + "/io",
        "requests": 3,
        "timeout_s": 90,
    }
    assert own_testbed.drive(command, 30)["sent"] == 3

    own_testbed.restart("small")
    assert set(own_testbed.drive({"do": "release"}, 30)["rows"]["status"]) == {0}
    assert httpx.get(f"{own_testbed.url('small')}/users").json()["users"] == []


def test_what_the_next_series_does_not_want_is_gone(own_testbed):
    """It answers nobody any more, and has no address."""
    own_testbed.start_fresh([SMALL, Shape(name="other", target="fastapi-solo")])
    other = own_testbed.url("other")

    own_testbed.start_fresh([SMALL])
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{other}/server")
    with pytest.raises(TestbedError, match="no server 'other' was started"):
        own_testbed.url("other")


@pytest.mark.linux
def test_no_server_is_kept_and_upstream_and_driver_are(own_testbed, eventually):
    """Of the same name and settings, of others, or dead: it is a new one in each series."""
    own_testbed.start_fresh([FLASK])
    first = pids(own_testbed, "four")
    rest = pids(own_testbed, "upstream"), own_testbed.drive({"do": "hello"}, 30)["pid"]

    own_testbed.start_fresh([FLASK, FASTAPI])
    assert len(pids(own_testbed, "four")) == len(first)
    assert not pids(own_testbed, "four") & first

    two = replace(FLASK, settings={"FLASK_WORKERS": "2"})
    own_testbed.start_fresh([two])
    second = pids(own_testbed, "four")
    assert not second & first
    assert own_testbed.server("four")["workers"] == 2

    [root] = [each.pid for each in own_testbed.processes("four") if each.parent == 0]
    psutil.Process(root).kill()
    eventually(lambda: not own_testbed.is_alive("four"), "the server's end")
    own_testbed.start_fresh([two])
    assert root not in pids(own_testbed, "four")
    assert (pids(own_testbed, "upstream"), own_testbed.drive({"do": "hello"}, 30)["pid"]) == rest


def pids(testbed, shape):
    """The processes of a server."""
    return {each.pid for each in testbed.processes(shape)}


@pytest.mark.linux
def test_an_upstream_that_ended_is_told_and_comes_back(own_testbed, eventually):
    """It is named like a server, and the next experiment has one again."""
    [upstream] = own_testbed.processes("upstream")
    os.kill(upstream.pid, signal.SIGKILL)
    eventually(lambda: own_testbed.ended(), "the upstream is dead")
    assert own_testbed.ended().startswith("mock-upstream ended with code -9")

    own_testbed.start_upstream({"delay_ms": 7})
    assert own_testbed.ended() == ""
    assert httpx.get(f"{own_testbed.upstream_url}/behaviour").json()["delay_ms"] == 7


@pytest.mark.parametrize(
    ("shapes", "sentence"),
    [
        (
            [Shape(name="bad", target="flask-svc", settings={"FLASK_WORKERS": "many"})],
            "bad ended with code 2; its last lines:\n"
            "flask-svc: FLASK_WORKERS='many': expected a whole number from 1 to 1000",
        ),
        (
            [Shape(name="bad", target="flask-svc", settings={"FASTAPI_WORKERS": "1"})],
            "shape bad: FASTAPI_WORKERS is no setting of flask-svc: "
            "expected one that .env explains",
        ),
        (
            [Shape(name="bad", target="flask-svc", settings={"PYTHONPATH": "/"})],
            "shape bad: PYTHONPATH is no setting of flask-svc: expected one that .env explains",
        ),
        (
            [SMALL, Shape(name="bad", target="flask-svc", settings={"SERVICE_CPUS": "1"})],
            "shape bad: SERVICE_CPUS works only in a container: use RUNTIME=docker",
        ),
        ([SMALL, SMALL], "two shapes are called small: give each its own name"),
        (
            [Shape(name="bad", target="django-svc")],
            "shape bad: no target 'django-svc': expected one of flask-svc, fastapi-svc, "
            "flask-gthread, flask-gevent, flask-asgi, flask-granian, fastapi-solo, "
            "fastapi-granian, starlette-svc",
        ),
        (
            [Shape(name="upstream", target="flask-svc")],
            "shape 'upstream': expected a name of at most 40 small letters, digits and hyphens, "
            "other than mock-upstream, postgres, upstream, driver",
        ),
    ],
)
def test_a_shape_that_cannot_be_is_a_sentence(own_testbed, shapes, sentence):
    """Which shape, which setting and what would do; the testbed can be used as before."""
    before = labelled().keys()
    with pytest.raises(TestbedError) as raised:
        own_testbed.start_fresh(shapes)

    assert str(raised.value) == sentence
    own_testbed.start_fresh([])
    assert labelled().keys() == before


def test_servers_need_the_upstream_first():
    """Its address is one of their settings."""
    with (
        open_testbed("local", os.environ) as testbed,
        pytest.raises(TestbedError, match="the upstream comes first"),
    ):
        testbed.start_fresh([SMALL])


def test_a_runtime_that_is_none_is_a_sentence():
    """Before anything is started."""
    with pytest.raises(TestbedError, match="runtime 'podman': expected docker or local"):
        open_testbed("podman", {}).__enter__()


def test_without_an_engine_there_are_no_containers(monkeypatch):
    """One sentence that says what else would do."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    sentence = "no Docker engine answers: start it, or use RUNTIME=local"
    with pytest.raises(TestbedError, match=sentence):
        open_testbed("docker", os.environ).__enter__()


def test_nothing_is_left_after_the_end(tmp_path, monkeypatch):
    """No process, no file; a second close finds nothing to do."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = labelled().keys()
    reapers = reapers_of(os.getpid())
    with open_testbed("local", os.environ) as testbed:
        testbed.start_upstream({"delay_ms": DELAY_MS})
        two = {"FLASK_WORKERS": "2"}
        testbed.start_fresh([Shape(name="two", target="flask-svc", settings=two)])
        url = testbed.url("two")
        assert len(list(tmp_path.iterdir())) == 1
    testbed.close()

    assert labelled().keys() == before
    assert list(tmp_path.iterdir()) == []
    assert reapers_of(os.getpid()) == reapers
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/server")


@pytest.fixture
def host(tmp_path):
    """Another process that has a testbed and waits for a burst, its files in tmp_path."""
    two = Shape(name="two", target="fastapi-svc", settings={"FASTAPI_WORKERS": "2"})
    with running_host("local", two, tmp_path) as process:
        yield process


@pytest.mark.parametrize("moment", ["started", "starting"])
def test_ctrl_c_leaves_nothing(host, tmp_path, moment):
    """Neither while servers start nor while the driver waits for answers."""
    own = host.stdout.readline().strip()
    if moment == "started":
        assert host.stdout.readline() == "started\n"
    host.send_signal(signal.SIGINT)
    _, complaints = host.communicate(timeout=60)

    assert complaints.splitlines()[-1] == "KeyboardInterrupt"
    assert labelled(own) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_host_leaves_nothing_for_long(host, tmp_path, eventually, number):
    """Its reaper ends what it started and drops its files, though nobody asks it to."""
    own = host.stdout.readline().strip()
    assert host.stdout.readline() == "started\n"
    assert len(labelled(own)) >= 5  # upstream, driver, uvicorn and two workers
    host.send_signal(number)

    eventually(lambda: labelled(own) == {}, "no process of the testbed is left")
    eventually(lambda: not list(tmp_path.iterdir()), "no file of it is left")


def test_what_reaper_and_host_left_the_next_testbed_clears_away(host, eventually):
    """It is known by its ownership label, and a living host's servers are not touched."""
    own = host.stdout.readline().strip()
    assert host.stdout.readline() == "started\n"
    clear_leftovers()
    before = labelled(own)
    assert len(before) >= 5

    [reaper] = reapers_of(host.pid)
    os.kill(reaper, signal.SIGKILL)
    child_process.kill(host)
    # The driver ends with its pipe; the servers know nothing of their host.
    assert [line for line in labelled(own).values() if "mock_upstream" in line]
    clear_leftovers()
    eventually(lambda: labelled(own) == {}, "no process of the testbed is left")


def test_ctrl_c_waits_until_what_was_started_is_known():
    """It strikes after the lines that start a process and note it, and then as always."""
    done = []

    def start():
        with deferred_sigint():
            signal.raise_signal(signal.SIGINT)
            done.append("noted")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["noted"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_ownership_label_tells_whether_its_host_is_gone():
    """By machine, process and when that began, because process ids come back."""
    machine, pid, began = ownership_label.own().split(":")

    assert not ownership_label.is_abandoned(ownership_label.own())
    assert ownership_label.is_abandoned(f"{machine}:{pid}:{int(began) - 1}")
    assert not ownership_label.is_abandoned(f"another{machine}:{pid}:{int(began) - 1}")
    assert not ownership_label.is_abandoned(f"{machine}:1:0") or os.getuid() == 0
    assert not ownership_label.is_abandoned("nonsense")


@pytest.mark.linux
def test_a_port_is_free_and_no_clients_own():
    """It is not among those that the kernel gives to connections."""
    begin = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    port = free_port()

    assert 1024 <= port < begin
    socket.create_server(("127.0.0.1", port)).close()


def test_a_port_that_somebody_listens_on_is_no_free_one(monkeypatch):
    """Whoever it is; and where there is no other, the sentence says where it looked."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "_below_clients", lambda: (port, port))
        with pytest.raises(TestbedError, match=rf"no free port between {port} and {port} on 127"):
            free_port()


def test_a_port_that_another_process_of_the_lab_was_given_is_no_free_one(monkeypatch):
    """Its server need not listen yet, as one that is still starting does not."""
    code = "from lab.running.testbed.ports import free_port as port; print(port()); input()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        port = int(other.stdout.readline())
        monkeypatch.setattr(ports, "_below_clients", lambda: (port, port))
        with pytest.raises(TestbedError, match="no free port"):
            free_port()
        other.communicate("end\n")
    assert free_port() == port


# The driver's line protocol, with drivers that misbehave.


@pytest.fixture
def driver(tmp_path):
    """Makes a driver of a piece of Python: driver("print(1)"); `ends` counts how often it ended."""
    made = []

    def make(code):
        complaints = tmp_path / "complaints"
        ends = []

        def launch():
            with complaints.open("wb") as file:
                process = subprocess.Popen(
                    [sys.executable, "-u", "-c", textwrap.dedent(code)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=file,
                )
            running.append(process)
            return Launched(process, complaints)

        def end():
            running[-1].kill()

        running = []
        driver = DriverClient(launch, end)
        driver.running, driver.ends = running, ends
        made.append(driver)
        return driver

    yield make
    for each in made:
        each.close()
        assert all(process.returncode is not None for process in each.running)


ECHO = """
    import sys
    for line in sys.stdin:
        print(line, end="")
"""


def test_a_question_has_its_answer(driver):
    """However long the line is: an answer of many samples is some megabytes."""
    echo = driver(ECHO)
    long = {"do": "echo", "text": "x" * 3_000_000}
    relay = driver("print('{\"rows\": [' + '1,' * 3_000_000 + '1]}')\nimport time; time.sleep(60)")

    assert echo.ask({"do": "echo"}, 30) == {"do": "echo"}
    assert echo.ask({"do": "again", "error": "no"}, 30) == {"do": "again", "error": "no"}
    assert len(relay.ask({"do": "burst"}, 30)["rows"]) == 3_000_001
    assert len(echo.running) == 1
    assert long


def test_a_driver_that_ends_is_told_with_its_last_lines(driver):
    """And the next question is put to a new one."""
    ends = driver("import sys; sys.stdin.readline(); sys.exit('no descriptor left')")

    for _ in range(2):
        with pytest.raises(DriverError) as raised:
            ends.ask({"do": "burst"}, 30)
        sentence = "the driver ended with code 1; its last lines:\nno descriptor left"
        assert str(raised.value) == sentence
    assert len(ends.running) == 2


def test_a_driver_that_says_no_json_is_a_sentence(driver):
    """With what it said instead."""
    with pytest.raises(DriverError, match="answer to 'hello' is no JSON: b'hello"):
        driver("print('hello'); input(); input()").ask({"do": "hello"}, 30)
    with pytest.raises(DriverError, match="answer to 'hello' is no object"):
        driver("print('[]'); input(); input()").ask({"do": "hello"}, 30)


def test_a_late_answer_is_not_taken_for_the_next_ones(driver):
    """A driver without an answer in time is ended, and a new one asked."""
    slow = driver(
        """
        import sys, time
        for line in sys.stdin:
            if "slow" in line:
                time.sleep(60)
            print(line, end="", flush=True)
        """
    )
    with pytest.raises(DriverError, match=r"no answer to 'slow' within 0\.2 s"):
        slow.ask({"do": "slow"}, 0.2)

    assert slow.ask({"do": "quick"}, 30) == {"do": "quick"}
    assert len(slow.running) == 2


def test_what_the_driver_cannot_do_is_its_own_sentence(testbed):
    """Loads go to the lab's own parts only; the driver says so and goes on."""
    pid = testbed.drive({"do": "hello"}, 30)["pid"]
    burst = {"do": "burst", "url": "http://example.org/", "requests": 1, "timeout_s": 5}
    with pytest.raises(DriverError, match=r"http://example\.org/.*expected http:// and a loopback"):
        testbed.drive(burst, 30)

    assert testbed.drive({"do": "hello"}, 30)["pid"] == pid


def test_the_host_needs_nothing_but_python():
    """With Docker nothing is installed on the host: no package is imported on the way."""
    code = """
        import sys
        sys.path.insert(0, ".")
        from lab.running.testbed import open_testbed, container_platform, local_platform
        from lab.running.testbed import probe, reaper, server_pool
        own = {name.partition(".")[0] for name in sys.modules} - {"lab", "__main__"}
        print(sorted(own - sys.stdlib_module_names))
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"

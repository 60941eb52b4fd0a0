"""The stand on local processes: real servers, a real driver, and nothing left of them."""

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

from lab.environment import ROOT
from lab.experiments.experiment import Shape
from lab.experiments.stand import DriverProblem, StandProblem, mark, open_stand, ports
from lab.experiments.stand.driver import Driver, Launched
from lab.experiments.stand.local import clear_leftovers
from lab.experiments.stand.ports import free_port
from lab.experiments.stand.uninterrupted import uninterrupted

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


def marked(value=None):
    """The living processes that carry this process's mark, or the given one, by command line."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get(mark.VARIABLE) == (value or mark.own()):
                found[process.pid] = " ".join(process.cmdline())
        except psutil.Error:
            continue
    return found


def keepers_of(pid):
    """The keepers that a process has."""
    children = psutil.Process(pid).children()
    return {each.pid for each in children if "keeper.py" in " ".join(each.cmdline())}


@pytest.fixture(scope="module")
def shared_stand():
    """Two servers before one upstream, in the shell of somebody who has settings of their own."""
    with open_stand("local", os.environ | OF_A_SHELL) as stand:
        stand.start_upstream({"delay_ms": DELAY_MS})
        stand.start([FLASK, FASTAPI])
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
    with open_stand("local", os.environ) as stand:
        stand.start_upstream({"delay_ms": DELAY_MS})
        yield stand
    assert marked().keys() <= others.keys()


def burst(stand, shape, requests, path="/io"):
    """The rows of a burst."""
    url = stand.url(shape) + path
    command = {"do": "burst", "url": url, "requests": requests, "timeout_s": 30}
    rows = stand.drive(command, 60)["rows"]
    assert set(rows["error"]) == {""}
    return rows


@pytest.mark.linux
def test_each_server_is_its_shape_and_nothing_of_the_shell(stand):
    """Settings are .env's, the target's and the shape's; a shell's have no say, nor gunicorn's."""
    flask, fastapi = stand.server("four"), stand.server("loop")

    assert (flask["target"], flask["workers"], flask["slots"]["io"]) == ("four", 4, 4)
    assert (fastapi["target"], fastapi["workers"], fastapi["threads"]) == ("loop", 1, 40)
    assert flask["settings"]["listen_host"] == "127.0.0.1"
    assert flask["settings"]["upstream_url"] == stand.upstream_url
    [root] = [each.pid for each in stand.processes("four") if each.parent == 0]
    assert not {"GUNICORN_CMD_ARGS", "HTTP_PROXY"} & psutil.Process(root).environ().keys()
    assert stand.runtime == "local"


def test_a_started_server_has_all_its_workers(own_stand):
    """The first burst finds each of them ready: so many slots, so many answers in one wave."""
    own_stand.start([FLASK])

    rows = burst(own_stand, "four", 4)
    assert len(set(rows["worker_pid"])) == 4


def test_the_upstream_counts_a_server_under_its_shape(stand):
    """Busy slots of one shape are not another's; "upstream" is everybody."""
    burst(stand, "four", 8)

    assert stand.stats("four")["served"] == 8
    assert stand.stats("four")["peak"] == 4
    assert stand.stats("loop") == {}
    assert stand.stats("upstream")["served"] == 8
    stand.reset_stats()
    assert stand.stats("upstream")["served"] == 0


def test_the_dial_is_turned_and_comes_back_with_the_next_experiment(stand):
    """Fields that the next one does not name are as at the start."""
    upstream = httpx.get(f"{stand.upstream_url}/behaviour").json
    assert stand.behaviour(error_rate=0.5)["error_rate"] == 0.5
    assert stand.behaviour(delay_ms=5)["error_rate"] == 0.5

    stand.start_upstream({"delay_ms": DELAY_MS})
    assert httpx.get(f"{stand.upstream_url}/behaviour").json()["error_rate"] == 0
    assert upstream()["delay_ms"] == DELAY_MS
    with pytest.raises(StandProblem, match=r"PUT /behaviour of mock-upstream: delay_ms"):
        stand.behaviour(delay_ms=-1)


@pytest.mark.linux
def test_processes_are_told_apart(stand):
    """The one that was started has no parent here; the workers are its children."""
    root, *workers = sorted(stand.processes("four"), key=lambda each: each.parent != 0)

    assert (root.parent, len(workers)) == (0, 4)
    assert {each.parent for each in workers} == {root.pid}
    assert "gunicorn" in root.command
    real = {pid: psutil.Process(pid) for pid in (each.pid for each in [root, *workers])}
    for each in [root, *workers]:
        full = real[each.pid].memory_full_info()
        assert each.pss_bytes == pytest.approx(full.pss, rel=0.2)
        assert each.threads == real[each.pid].num_threads()
    answered = burst(stand, "four", 4)["worker_pid"]
    assert set(answered) <= {each.pid for each in workers}


@pytest.mark.linux
def test_processor_time_is_counted(stand):
    """What a server works between two looks is in the difference, in seconds."""
    [before] = [each.cpu_s for each in stand.processes("loop") if each.parent == 0]
    took = [httpx.get(f"{stand.url('loop')}/cpu?ms=200", timeout=60) for _ in range(3)]
    [after] = [each.cpu_s for each in stand.processes("loop") if each.parent == 0]

    assert [answer.status_code for answer in took] == [200] * 3
    assert after - before == pytest.approx(0.6, rel=0.5)


@pytest.mark.linux
def test_a_server_that_ends_by_itself_is_told_and_restarted(own_stand, eventually):
    """Its name, its code and its last lines; then the same address with other processes."""
    own_stand.start([SMALL])
    url, [root, *_] = own_stand.url("small"), own_stand.processes("small")
    assert own_stand.is_alive("small")
    assert own_stand.ended() == ""

    os.kill(root.pid, signal.SIGKILL)
    eventually(lambda: not own_stand.is_alive("small"), "the server is dead")
    assert own_stand.ended().startswith("small ended with code -9; its last lines:\n")
    assert "Uvicorn running on" in own_stand.ended()
    with pytest.raises(StandProblem, match="small ended with code -9"):
        own_stand.server("small")

    own_stand.restart("small")
    assert own_stand.ended() == ""
    assert own_stand.url("small") == url
    assert root.pid not in {each.pid for each in own_stand.processes("small")}


def test_a_restart_kills_hard_and_forgets(own_stand):
    """Requests in flight are not waited for, and what was stored is gone."""
    own_stand.start([SMALL])
    user = {
        "name": "Ada",
        "email": "a@b.cd",
        "age": 36,
        "roles": ["admin"],
        "address": {"street": "A 1", "city": "Oslo", "postcode": "0150", "country": "NO"},
    }
    assert httpx.post(f"{own_stand.url('small')}/users", json=user).status_code == 201
    own_stand.behaviour(delay_ms=60_000)
    command = {"do": "hold", "url": own_stand.url("small") + "/io", "requests": 3, "timeout_s": 90}
    assert own_stand.drive(command, 30)["sent"] == 3

    own_stand.restart("small")
    assert set(own_stand.drive({"do": "release"}, 30)["rows"]["status"]) == {0}
    assert httpx.get(f"{own_stand.url('small')}/users").json()["users"] == []


def test_what_the_next_experiment_does_not_want_is_gone(own_stand):
    """It answers nobody any more, and has no address."""
    own_stand.start([SMALL, Shape(name="other", target="fastapi-solo")])
    other = own_stand.url("other")

    own_stand.start([SMALL])
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{other}/server")
    with pytest.raises(StandProblem, match="no server 'other' was started"):
        own_stand.url("other")


@pytest.mark.linux
def test_a_server_that_is_wanted_again_goes_on(own_stand, eventually):
    """Of the same name and settings it stays; of other settings, or dead, it is a new one."""
    own_stand.start([FLASK])
    first = pids(own_stand, "four")

    own_stand.start([FLASK, FASTAPI])
    assert pids(own_stand, "four") == first

    two = replace(FLASK, settings={"FLASK_WORKERS": "2"})
    own_stand.start([two])
    second = pids(own_stand, "four")
    assert not second & first
    assert own_stand.server("four")["workers"] == 2

    [root] = [each.pid for each in own_stand.processes("four") if each.parent == 0]
    psutil.Process(root).kill()
    eventually(lambda: not own_stand.is_alive("four"), "the server's end")
    own_stand.start([two])
    assert root not in pids(own_stand, "four")


def pids(stand, shape):
    """The processes of a server."""
    return {each.pid for each in stand.processes(shape)}


@pytest.mark.linux
def test_an_upstream_that_ended_is_told_and_comes_back(own_stand, eventually):
    """It is named like a server, and the next experiment has one again."""
    [upstream] = own_stand.processes("upstream")
    os.kill(upstream.pid, signal.SIGKILL)
    eventually(lambda: own_stand.ended(), "the upstream is dead")
    assert own_stand.ended().startswith("mock-upstream ended with code -9")

    own_stand.start_upstream({"delay_ms": 7})
    assert own_stand.ended() == ""
    assert httpx.get(f"{own_stand.upstream_url}/behaviour").json()["delay_ms"] == 7


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
            "shape bad: SERVICE_CPUS limits a container, and a local process has none: "
            "use RUNTIME=docker",
        ),
        ([SMALL, SMALL], "two shapes are called small: give each its own name"),
        (
            [Shape(name="bad", target="django-svc")],
            "shape bad: no target 'django-svc': expected one of flask-svc, fastapi-svc, "
            "flask-gthread, flask-gevent, flask-asgi, fastapi-solo",
        ),
        (
            [Shape(name="upstream", target="flask-svc")],
            "shape 'upstream': expected a name of at most 40 small letters, digits and hyphens, "
            "other than mock-upstream, upstream, driver",
        ),
    ],
)
def test_a_shape_that_cannot_be_is_a_sentence(own_stand, shapes, sentence):
    """Which shape, which setting and what would do; the stand can be used as before."""
    before = marked().keys()
    with pytest.raises(StandProblem) as raised:
        own_stand.start(shapes)

    assert str(raised.value) == sentence
    own_stand.start([])
    assert marked().keys() == before


def test_servers_need_the_upstream_first():
    """Its address is one of their settings."""
    with (
        open_stand("local", os.environ) as stand,
        pytest.raises(StandProblem, match="the upstream comes first"),
    ):
        stand.start([SMALL])


def test_a_runtime_that_is_none_is_a_sentence():
    """Before anything is started."""
    with pytest.raises(StandProblem, match="runtime 'podman': expected docker or local"):
        open_stand("podman", {}).__enter__()


def test_without_an_engine_there_are_no_containers(monkeypatch):
    """One sentence that says what else would do."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    sentence = "no Docker engine answers: start it, or use RUNTIME=local"
    with pytest.raises(StandProblem, match=sentence):
        open_stand("docker", os.environ).__enter__()


def test_nothing_is_left_after_the_end(tmp_path, monkeypatch):
    """No process, no file; a second close finds nothing to do."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = marked().keys()
    keepers = keepers_of(os.getpid())
    with open_stand("local", os.environ) as stand:
        stand.start_upstream({"delay_ms": DELAY_MS})
        two = {"FLASK_WORKERS": "2"}
        stand.start([Shape(name="two", target="flask-svc", settings=two)])
        url = stand.url("two")
        assert len(list(tmp_path.iterdir())) == 1
    stand.close()

    assert marked().keys() == before
    assert list(tmp_path.iterdir()) == []
    assert keepers_of(os.getpid()) == keepers
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/server")


HOST = """
    import os, signal
    from lab.experiments.experiment import Shape
    from lab.experiments.stand import mark, open_stand

    # Whoever started the tests under nohup has it ignored, and children inherit that.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with open_stand("local", os.environ) as stand:
        stand.start_upstream({"delay_ms": 60_000})
        print(mark.own(), flush=True)
        stand.start([Shape(name="two", target="fastapi-svc", settings={"FASTAPI_WORKERS": "2"})])
        print("started", flush=True)
        stand.drive({"do": "burst", "url": stand.url("two") + "/io", "requests": 5,
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
    """Neither while servers start nor while the driver waits for answers."""
    own = host.stdout.readline().strip()
    if moment == "started":
        assert host.stdout.readline() == "started\n"
    host.send_signal(signal.SIGINT)
    _, complaints = host.communicate(timeout=60)

    assert complaints.splitlines()[-1] == "KeyboardInterrupt"
    assert marked(own) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_host_leaves_nothing_for_long(host, tmp_path, eventually, number):
    """Its keeper ends what it started and drops its files, though nobody asks it to."""
    own = host.stdout.readline().strip()
    assert host.stdout.readline() == "started\n"
    assert len(marked(own)) >= 5  # upstream, driver, uvicorn and two workers
    host.send_signal(number)

    eventually(lambda: marked(own) == {}, "no process of the stand is left")
    eventually(lambda: not list(tmp_path.iterdir()), "no file of it is left")


def test_what_keeper_and_host_left_the_next_stand_clears_away(host, eventually):
    """It is known by its mark, and a living host's servers are not touched."""
    own = host.stdout.readline().strip()
    assert host.stdout.readline() == "started\n"
    clear_leftovers()
    before = marked(own)
    assert len(before) >= 5

    [keeper] = keepers_of(host.pid)
    os.kill(keeper, signal.SIGKILL)
    host.kill()
    host.wait()
    # The driver ends with its pipe; the servers know nothing of their host.
    assert [line for line in marked(own).values() if "mock_upstream" in line]
    clear_leftovers()
    eventually(lambda: marked(own) == {}, "no process of the stand is left")


def test_ctrl_c_waits_until_what_was_started_is_known():
    """It strikes after the lines that start a process and note it, and then as always."""
    done = []

    def start():
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("noted")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["noted"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_mark_tells_whether_its_host_is_gone():
    """By machine, process and when that began, because process ids come back."""
    machine, pid, began = mark.own().split(":")

    assert not mark.is_abandoned(mark.own())
    assert mark.is_abandoned(f"{machine}:{pid}:{int(began) - 1}")
    assert not mark.is_abandoned(f"another{machine}:{pid}:{int(began) - 1}")
    assert not mark.is_abandoned(f"{machine}:1:0") or os.getuid() == 0
    assert not mark.is_abandoned("nonsense")


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
        with pytest.raises(StandProblem, match=rf"no free port between {port} and {port} on 127"):
            free_port()


def test_a_port_that_another_process_of_the_lab_was_given_is_no_free_one(monkeypatch):
    """Its server need not listen yet, as one that is still starting does not."""
    code = "from lab.experiments.stand.ports import free_port as port; print(port()); input()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        port = int(other.stdout.readline())
        monkeypatch.setattr(ports, "_below_clients", lambda: (port, port))
        with pytest.raises(StandProblem, match="no free port"):
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
        driver = Driver(launch, end)
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
        with pytest.raises(DriverProblem) as raised:
            ends.ask({"do": "burst"}, 30)
        sentence = "the driver ended with code 1; its last lines:\nno descriptor left"
        assert str(raised.value) == sentence
    assert len(ends.running) == 2


def test_a_driver_that_says_no_json_is_a_sentence(driver):
    """With what it said instead."""
    with pytest.raises(DriverProblem, match="answer to 'hello' is no JSON: b'hello"):
        driver("print('hello'); input(); input()").ask({"do": "hello"}, 30)
    with pytest.raises(DriverProblem, match="answer to 'hello' is no object"):
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
    with pytest.raises(DriverProblem, match=r"no answer to 'slow' within 0\.2 s"):
        slow.ask({"do": "slow"}, 0.2)

    assert slow.ask({"do": "quick"}, 30) == {"do": "quick"}
    assert len(slow.running) == 2


def test_what_the_driver_cannot_do_is_its_own_sentence(stand):
    """Loads go to the lab's own parts only; the driver says so and goes on."""
    pid = stand.drive({"do": "hello"}, 30)["pid"]
    burst = {"do": "burst", "url": "http://example.org/", "requests": 1, "timeout_s": 5}
    with pytest.raises(
        DriverProblem, match=r"http://example\.org/.*expected http:// and a loopback"
    ):
        stand.drive(burst, 30)

    assert stand.drive({"do": "hello"}, 30)["pid"] == pid


def test_the_host_needs_nothing_but_python():
    """With Docker nothing is installed on the host: no package is imported on the way."""
    code = """
        import sys
        sys.path.insert(0, ".")
        from lab.experiments.stand import open_stand, standing, local, containers, keeper, probe
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

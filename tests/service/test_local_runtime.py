"""The lab as local processes: up, down, and what is said when one of them falls over."""

import asyncio
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from lab import burst, environment
from lab.runtime import topology

pytestmark = pytest.mark.loads

PROGRAMS = topology.programs("")


class LocalLab:
    """A lab with ports and a folder of its own."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self.folder = folder
        few = {"FLASK_WORKERS": "2", "FASTAPI_WORKERS": "1"}  # each takes a second to start
        own = {"RUNTIME": "local", "LAB_RUN": str(folder), "UPSTREAM_DELAY_MS": "100"} | few
        own |= {"CALIBRATE": "off"}  # it takes seconds at each start
        self.environ = environment.load(os.environ) | ports | own

    def command(self, *arguments, **changed):
        """`python3 -m lab ARGUMENTS`, started and not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", "lab", *arguments],
            env=self.environ | changed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments, **changed):
        """The exit code of a command and all it printed."""
        process = self.command(*arguments, **changed)
        printed, _ = process.communicate(timeout=120)
        return process.returncode, printed

    def processes(self):
        """Every process of this lab that is alive, by command line."""
        found = {}
        for process in psutil.process_iter():
            try:
                if process.environ().get("LAB_RUN") == str(self.folder):
                    found[process.pid] = " ".join(process.cmdline())
            except psutil.Error:
                continue
        return found

    def pid(self, module):
        """The first process that runs a module."""
        return min(pid for pid, line in self.processes().items() if f"-m {module}" in line)

    def url(self, setting):
        """Where a program of this lab answers."""
        return f"http://127.0.0.1:{self.environ[setting]}"


@pytest.fixture
def lab(tmp_path, free_ports):
    """A lab that is not up yet, and is down in the end."""
    lab = LocalLab(tmp_path / "run", free_ports())
    yield lab
    lab.run("down")
    assert lab.processes() == {}


def test_up_makes_it_healthy_and_down_leaves_nothing(lab):
    """Every program answers on its port, then no process is left and every port is free."""
    code, printed = lab.run("up")
    assert code == 0, printed
    assert "runtime local: RUNTIME asks for it" in printed
    assert f"http://localhost:{lab.environ['LOCUST_PORT']}" in printed
    for program in PROGRAMS:
        answer = httpx.get(lab.url(program.port_setting) + "/healthz", timeout=30)
        assert answer.status_code == 200
    answer = httpx.get(lab.url("FLASK_SVC_PORT") + "/io", timeout=30).json()
    assert answer == {"answers": [{"delay_ms": 100.0}]}
    assert httpx.get(lab.url("LOCUST_PORT") + "/healthz").json() == {"load_workers": 1}

    assert lab.run("ps")[1].count("healthy") == len(PROGRAMS)
    before = lab.processes()
    assert lab.run("up")[0] == 0
    # No more than before; one that makes the page's charts ends by itself.
    assert lab.processes().items() <= before.items()

    assert lab.run("down")[0] == 0
    assert lab.processes() == {}
    assert sorted(file.name for file in lab.folder.iterdir()) == ["lab.log", "lock"]
    topology.require_free_ports(PROGRAMS, lab.environ)


def test_other_settings_start_it_anew(lab):
    """What runs is compared with what is asked for, and said."""
    assert lab.run("up")[0] == 0
    before = lab.pid("gunicorn")

    code, printed = lab.run("up", FLASK_WORKERS="3")

    assert code == 0, printed
    assert "lab: the lab runs with FLASK_WORKERS=2: restarting it" in printed
    assert httpx.get(lab.url("FLASK_SVC_PORT") + "/server").json()["slots"]["io"] == 3
    assert lab.pid("gunicorn") != before


# What those read by themselves who are in the lab's processes: each would change it.
OF_OTHERS = {
    "GUNICORN_CMD_ARGS": "--workers=1",
    "WEB_CONCURRENCY": "7",
    "FORWARDED_ALLOW_IPS": "*",
    "UVICORN_WORKERS": "7",
    "FLASK_DEBUG": "1",
    "FLASK_ENV": "development",
    "LOCUST_HEADLESS": "true",
    "LOCUST_RUN_TIME": "1s",
    "LOCUST_AUTOSTART": "true",
    "PYTHONOPTIMIZE": "2",
    "PYTHONSAFEPATH": "1",
    "PYTHONIOENCODING": "ascii",
    "PYTHONPATH": "/nowhere",
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "all_proxy": "http://127.0.0.1:9",
}


def test_what_the_shell_tells_others_makes_no_other_lab(lab):
    """It comes up, waits in as many slots as it says, and its page is there."""
    code, printed = lab.run("up", **OF_OTHERS)
    assert code == 0, printed

    assert lab.run("ps", **OF_OTHERS)[1].count("healthy") == len(PROGRAMS)
    assert httpx.get(lab.url("FLASK_SVC_PORT") + "/server").json()["slots"]["io"] == 2
    assert lab.run("up", **OF_OTHERS)[1].count("restarting") == 0
    for process in lab.processes():
        assert not OF_OTHERS.keys() & psutil.Process(process).environ().keys()
    samples = asyncio.run(
        burst.send(lab.url("FLASK_SVC_PORT") + "/io", 4, target="", route="io", timeout_s=60)
    )
    assert [each.status for each in samples] == [200] * 4
    assert len({each.worker_pid for each in samples}) == 2
    named = lab.run("doctor", **OF_OTHERS)[1]
    assert [name for name in OF_OTHERS if name not in named] == []


def test_headless_load_goes_to_the_lab_that_is_up(lab):
    """And is none of its processes; without a lab there is a sentence."""
    load = ("headless", "--args=-u 2 -t 2s --only-summary --load closed")
    code, printed = lab.run(*load)
    assert code == 1
    assert "lab: there is nothing to send load to: `make up` starts the lab" in printed

    assert lab.run("up", LOAD_WORKERS="2")[0] == 0
    code, printed = lab.run(*load)

    assert code == 0, printed
    assert re.search(r"fastapi-svc /async-io +[1-9]", printed)
    served = httpx.get(lab.url("MOCK_UPSTREAM_PORT") + "/stats").json()["callers"]
    assert served["flask-svc"]["served"] > 0


def test_a_lab_whose_honcho_was_killed_comes_up_anew(lab):
    """Nothing else would end its processes together, and nothing knows their settings."""
    assert lab.run("up")[0] == 0
    before = lab.processes()
    os.kill(int((lab.folder / "honcho.pid").read_text()), signal.SIGKILL)

    assert lab.run("up")[0] == 0

    assert not before.items() & lab.processes().items()
    assert lab.run("ps")[1].count("healthy") == len(PROGRAMS)


def test_down_ends_what_runs_whatever_became_of_its_folder(lab):
    """State is what runs, and no file."""
    assert lab.run("up")[0] == 0
    shutil.rmtree(lab.folder)

    code, printed = lab.run("down")

    assert code == 0, printed
    assert lab.processes() == {}


def test_of_two_that_start_it_at_once_one_waits(lab):
    """There is one lab in the end, and it is whole."""
    both = [lab.command("up"), lab.command("up")]
    printed = [each.communicate(timeout=120)[0] for each in both]

    assert [each.returncode for each in both] == [0, 0], printed
    assert sum("is starting or stopping this lab: waiting for it" in each for each in printed) == 1
    assert sum("-m gunicorn" in line for line in lab.processes().values()) == 1 + 2
    assert lab.run("ps")[1].count("healthy") == len(PROGRAMS)


def test_load_workers_make_the_load(lab, eventually):
    """Two processes beside the one with the page; together they measure what was served."""
    # A second in which both parts of a burst meet at the upstream, however late one of them is.
    changed = {"LOAD_WORKERS": "2", "UPSTREAM_DELAY_MS": "1000"}
    code, printed = lab.run("up", **changed)
    assert code == 0, printed
    before = lab.processes()
    assert lab.run("up", **changed)[0] == 0
    assert lab.processes().items() <= before.items()

    page, upstream = lab.url("LOCUST_PORT"), lab.url("MOCK_UPSTREAM_PORT")
    assert httpx.get(f"{page}/healthz").json() == {"load_workers": 2}
    assert lab.run("ps")[1].count("locust-worker") == 2
    classes = {"user_classes": ["FastapiSvc", "FlaskSvc"]}
    burst = {"user_count": 1, "spawn_rate": 1, "load": "burst", "burst_size": 15} | classes
    burst["burst_every_s"] = 60  # one, however long it takes to be seen
    assert httpx.post(f"{page}/swarm", data=burst).json()["success"]

    def callers():
        stats = httpx.get(f"{upstream}/stats").json()["callers"]
        return {name: (each["served"], each["peak"]) for name, each in stats.items()}

    def rows():
        stats = httpx.get(f"{page}/stats/requests").json()["stats"]
        return {each["name"]: (each["num_requests"], each["num_failures"]) for each in stats}

    expected = {"flask-svc": (15, 2), "fastapi-svc": (15, 15)}
    eventually(lambda: callers() == expected, "one burst of fifteen at each target")
    both = {"flask-svc /io": (15, 0), "fastapi-svc /async-io": (15, 0)}
    eventually(lambda: both.items() <= rows().items(), "all of them on the page")
    httpx.post(f"{page}/stop", timeout=30)
    report = httpx.get(f"{page}/stats/requests/csv").text
    assert ",flask-svc /io,15,0," in report.replace("GET", "")
    assert ",fastapi-svc /async-io,15,0," in report.replace("GET", "")

    assert lab.run("down")[0] == 0
    assert lab.processes() == {}


def test_a_room_can_be_preset(lab):
    """The form begins with what the settings say."""
    assert lab.run("up", LAB_LOAD="open", LAB_ROUTE="io", LOCUST_USERS="7")[0] == 0

    page = httpx.get(lab.url("LOCUST_PORT"), timeout=30).text
    assert '"load": {"default_value": "open"' in page.replace("\n", "")
    assert '"route": {"default_value": "io"' in page
    assert '"num_users": 7' in page


def test_a_password_is_known_to_the_page_alone(lab):
    """No process has it in its environment, and nobody else can read what the lab writes."""
    code, printed = lab.run("up", LAB_PASSWORD="open sesame")
    assert (code, "user lab, password open sesame" in printed) == (0, True)

    page = lab.url("LOCUST_PORT")
    assert httpx.get(page).headers["Location"] == "/login"
    given = {"username": "lab", "password": "open sesame"}
    assert httpx.post(f"{page}/log-in", data=given).headers["Location"] == "/"
    told = [psutil.Process(pid).environ() for pid in lab.processes()]
    assert len(told) > len(PROGRAMS)
    assert not any("open sesame" in each.values() for each in told)
    kept = [*lab.folder.iterdir(), lab.folder.with_name("run-password")]
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in kept} == {0}

    assert "the lab runs with LAB_PASSWORD=***" in lab.run("up")[1]
    assert httpx.get(page).status_code == 200


def test_another_number_of_load_workers_is_another_lab(lab):
    """Asked for while it runs, it restarts."""
    assert lab.run("up", LOAD_WORKERS="2")[0] == 0
    assert lab.run("up")[0] == 0

    assert httpx.get(lab.url("LOCUST_PORT") + "/healthz").json() == {"load_workers": 1}
    assert lab.run("ps")[1].count("locust-worker") == 1


@pytest.mark.parametrize("told", ["0", "many"])
def test_a_number_of_load_workers_that_will_not_do_is_a_sentence(lab, told):
    """Before anything is started."""
    code, printed = lab.run("up", LOAD_WORKERS=told)

    assert code == 1
    assert f"lab: LOAD_WORKERS='{told}': expected a whole number from 1 to 64" in printed
    assert lab.processes() == {}


def test_a_program_that_falls_over_is_named_with_its_last_lines(lab, eventually):
    """The others end with it, and `ps` tells afterwards."""
    assert lab.run("up")[0] == 0
    os.kill(lab.pid("mock_upstream"), signal.SIGKILL)
    eventually(lambda: lab.processes() == {}, "all processes ended")

    printed = lab.run("ps")[1]
    assert "mock-upstream ended with code -9; its last lines:" in printed
    assert "mock-upstream listens on" in printed


def test_down_finds_processes_whose_honcho_was_killed(lab):
    """Their environment names the lab; nothing needs Honcho to tell."""
    assert lab.run("up")[0] == 0
    os.kill(int((lab.folder / "honcho.pid").read_text()), signal.SIGKILL)
    assert lab.processes()

    assert lab.run("down")[0] == 0
    assert lab.processes() == {}


@pytest.mark.parametrize(
    ("changed", "name", "sentence"),
    [
        # Both services read it, and either may be the first to end.
        ({"WORKER_TIMEOUT_S": "9"}, "\\S+-svc", "WORKER_TIMEOUT_S=9: expected more than UPSTREAM"),
        # The page and the load workers read these, and either may be the first to end.
        ({"LAB_ROUTE": "admin"}, "locust\\S*", "argument --route: invalid choice: 'admin'"),
        ({"LAB_LOAD": "heavy"}, "locust\\S*", "argument --load: invalid choice: 'heavy'"),
        ({"LOCUST_USERS": "all"}, "locust\\S*", "argument -u/--users: invalid int value: 'all'"),
    ],
)
def test_a_bad_setting_ends_up_with_the_sentence_of_the_program(lab, changed, name, sentence):
    """Which program, which variable, what would do; and nothing is left running."""
    code, printed = lab.run("up", **changed)

    assert code == 1
    assert re.search(f"the lab did not come up: {name} ended with code 2", printed)
    assert sentence in printed
    assert lab.processes() == {}


@pytest.mark.parametrize("setting", ["FASTAPI_SVC_PORT", "LOCUST_MASTER_PORT"])
def test_a_port_in_use_is_one_sentence_and_nothing_is_started(lab, setting):
    """Before any process is."""
    with socket.create_server(("127.0.0.1", int(lab.environ[setting]))):
        code, printed = lab.run("up")

    assert code == 1
    assert f"set another {setting} in .env.local" in printed
    assert lab.processes() == {}
    assert [each.name for each in lab.folder.iterdir()] == ["lock"]


def test_ctrl_c_while_it_comes_up_leaves_nothing(lab, eventually):
    """What had been started is stopped."""
    starting = lab.command("up")
    eventually(lambda: (lab.folder / "honcho.pid").exists(), "Honcho started")
    starting.send_signal(signal.SIGINT)
    printed, _ = starting.communicate(timeout=60)

    assert starting.returncode == 130, printed
    assert "Traceback" not in printed
    assert lab.processes() == {}

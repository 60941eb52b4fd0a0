"""The services as processes: how they refuse to start, drain, and replace a worker."""

import os
import signal
import subprocess
import sys
import threading

import httpx
import pytest

from fastapi_svc import __main__ as fastapi_program
from flask_svc import __main__ as flask_program
from lab.targets import TARGETS

BAD_SETTINGS = [
    ("{}_WORKERS", "0"),
    ("{}_WORKERS", "four"),
    ("{}_WORKERS", ""),
    ("{}_THREADS", "-1"),
    ("{}_CONNECTIONS", "1.5"),
    ("{}_WORKER_CLASS", "magic"),
    ("LISTEN_PORT", "65536"),
    ("LISTEN_BACKLOG", "0"),
    pytest.param("LISTEN_BACKLOG", "9" * 5000, id="LISTEN_BACKLOG of 5000 digits"),
    ("LISTENERS", "each"),
    ("ASGI_LOOP", "trio"),
    ("ASGI_HTTP", "h2"),
    ("ACCESS_LOG", "yes"),
    ("KEEP_ALIVE_S", "-5"),
    ("SHUTDOWN_S", "soon"),
    ("WORKER_TIMEOUT_S", "65"),
    ("UPSTREAM_URL", "mock-upstream:8003"),
    ("UPSTREAM_TIMEOUT_S", "nan"),
    ("UPSTREAM_CONNECT_TIMEOUT_S", "0"),
    ("CLIENT_TRANSPORT", "urllib"),
    ("CLIENT_LIFETIME", "forever"),
    ("CLIENT_CONNECTIONS", "-1"),
    ("CLIENT_KEEP_ALIVE_S", "inf"),
    ("CLIENT_POOL_TIMEOUT_S", "x"),
    ("TARGET", " "),
]
# The routes that ask the upstream, as many at a time as a sync server with two workers has slots
# and greenlets have async views: one.
ASKING = (("/io", "/async-io"), ("/async-io-multi",))
MODULES = {"flask_svc": flask_program, "fastapi_svc": fastapi_program}
AS_PRINTED = {"CLIENT_TRANSPORT": "requests", "CLIENT_LIFETIME": "request"}
ON_GRANIAN = {"FLASK_WORKER_CLASS": "granian", "FASTAPI_WORKER_CLASS": "granian"}
# Each is fine by itself, or in the other service.
BAD_TOGETHER = [
    ("flask_svc", {"CLIENT_TRANSPORT": "requests"}, "CLIENT_LIFETIME", "worker"),
    ("flask_svc", AS_PRINTED | {"CLIENT_CONNECTIONS": "10"}, "CLIENT_CONNECTIONS", "10"),
    ("fastapi_svc", AS_PRINTED, "CLIENT_TRANSPORT", "requests"),
    ("flask_svc", ON_GRANIAN | {"FLASK_CONNECTIONS": "0"}, "FLASK_CONNECTIONS", "0"),
    ("fastapi_svc", ON_GRANIAN | {"FASTAPI_CONNECTIONS": "10"}, "FASTAPI_CONNECTIONS", "10"),
    ("fastapi_svc", {"FASTAPI_WORKER_CLASS": "gthread"}, "FASTAPI_WORKER_CLASS", "gthread"),
    ("fastapi_svc", {"FASTAPI_APP": "django"}, "FASTAPI_APP", "django"),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS)
def test_a_bad_setting_ends_it(module, name, value, monkeypatch, capsys):
    """Exit code 2, and one line that names the variable, the value and what would do."""
    name = name.format(module.removesuffix("_svc").upper())
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        MODULES[module].main()

    assert ended.value.code == 2
    assert_it_says_so(capsys.readouterr().err, module, name, value)


@pytest.mark.parametrize(("module", "settings", "name", "value"), BAD_TOGETHER)
def test_settings_that_do_not_go_together_end_it(
    module, settings, name, value, monkeypatch, capsys
):
    """In the same way, and the sentence is about the one to change."""
    for each, told in settings.items():
        monkeypatch.setenv(each, told)
    # Were they taken, this would start a server.
    monkeypatch.setattr(MODULES[module].storage_file, "create", None)

    with pytest.raises(SystemExit) as ended:
        MODULES[module].main()

    assert ended.value.code == 2
    assert_it_says_so(capsys.readouterr().err, module, name, value)


@pytest.mark.parametrize("module", MODULES)
def test_a_bad_setting_ends_the_process(module):
    """As a program it says the same, and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        env=os.environ | {"LISTEN_PORT": "65536"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert_it_says_so(done.stderr, module, "LISTEN_PORT", "65536")


def assert_it_says_so(said, module, name, value):
    """In one line."""
    [line] = said.splitlines()
    assert line.startswith(f"{module.replace('_', '-')}: {name}=")
    assert value in line
    assert ": expected " in line


def test_a_worker_that_accepts_nobody_is_refused():
    """0 means no limit to uvicorn and no service at all to gunicorn's threads."""
    done = subprocess.run(
        [sys.executable, "-m", "flask_svc"],
        env=os.environ | {"FLASK_WORKER_CLASS": "gthread", "FLASK_CONNECTIONS": "0"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    assert "FLASK_CONNECTIONS='0'" in done.stderr


@pytest.mark.parametrize(
    ("target", "paths"),
    [
        pytest.param(each, paths, id=f"{each.name}-{'-'.join(paths)}")
        for each in TARGETS
        for routes in ASKING
        if (paths := [path for path in routes if not each.lacks(path.removeprefix("/"))])
    ],
    indirect=["target"],
)
def test_sigterm_answers_what_is_in_flight(own_target, upstream, eventually, paths):
    """The requests that wait are answered, and only then does the process end."""
    target, program = own_target
    upstream.put("/behaviour", json={"delay_ms": 1500})
    answers = {}

    def ask(path):
        answers[path] = httpx.get(program.url + path, timeout=30).status_code

    asking = [threading.Thread(target=ask, args=[path]) for path in paths]
    for count, each in enumerate(asking, start=1):
        each.start()
        eventually(lambda n=count: answers or in_flight(upstream) >= n, "a call at the upstream")

    program.process.send_signal(signal.SIGTERM)
    for each in asking:
        each.join()
    assert answers == dict.fromkeys(paths, 200)
    # uvicorn without a supervisor passes the signal on to itself in the end.
    assert program.process.wait(timeout=30) in (0, -signal.SIGTERM)
    with pytest.raises(httpx.ConnectError):
        httpx.get(program.url + "/healthz")


@pytest.mark.parametrize("harm", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_a_lost_worker_is_replaced(own_twin, eventually, harm):
    """The server starts another, and the service goes on.

    Of one that is frozen it waits for a sign of life, WORKER_TIMEOUT_S long; uvicorn also of one
    that was killed just when it was asked for one.
    """
    program = own_twin
    victim = int(httpx.get(program.url + "/json").headers["X-Worker-Pid"])
    assert victim != program.process.pid
    os.kill(victim, harm)

    def four_others() -> bool:
        try:
            answers = [httpx.get(program.url + "/json", timeout=5) for _ in range(40)]
        except httpx.TransportError:
            return False
        pids = {int(each.headers["X-Worker-Pid"]) for each in answers}
        return victim not in pids and len(pids) >= 3

    eventually(four_others, "answers from the workers that are left and the new one")


def in_flight(upstream):
    """Requests that the upstream holds."""
    return upstream.get("/stats").json()["all"]["in_flight"]

"""When local processes are restarted, and the checks before the start."""

import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from lab import environment
from lab.runtime import RuntimeProblem, checkout, local, password, topology

ENVIRON = environment.read(environment.ROOT / ".env")


class Process:
    """Stands for psutil.Process."""

    pid = 7

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self._environ = environ

    def environ(self) -> dict[str, str]:
        """Return the environment. Raises NoSuchProcess where the process has ended."""
        if self._environ is None:
            raise psutil.NoSuchProcess(self.pid)
        return dict(self._environ)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records the calls of `up` and replaces them; all ports are free."""
    done: list[str] = []
    monkeypatch.setattr(local, "down", lambda: done.append("down"))
    monkeypatch.setattr(local, "start", lambda *_: done.append("start"))
    monkeypatch.setattr(local, "require_room", lambda environ: None)
    monkeypatch.setattr(local.health, "wait", lambda *_, **__: [])
    monkeypatch.setattr(topology, "require_free_ports", lambda *_: None)
    return done


@pytest.mark.parametrize(
    ("noted", "environ", "expected"),
    [
        (7, ENVIRON, []),
        (7, ENVIRON | {"FLASK_WORKERS": "9"}, ["down", "start"]),
        (None, ENVIRON, ["down", "start"]),  # Honcho was killed
        (8, ENVIRON, ["down", "start"]),
        (7, None, ["down", "start"]),  # Honcho ended between the listing and the reading
    ],
)
def test_a_lab_whose_settings_nobody_knows_is_started_anew(
    noted: int | None,
    environ: dict[str, str] | None,
    expected: list[str],
    steps: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without Honcho the settings are unknown, and a failure would not end the other processes."""
    monkeypatch.setattr(local, "is_up", lambda *_: True)
    monkeypatch.setattr(local, "running", lambda: [Process(environ)])
    monkeypatch.setattr(local, "honcho_pid", lambda: noted)
    monkeypatch.setattr(password, "kept", lambda: "")
    monkeypatch.setattr(topology, "require_free_port", lambda *_: None)

    local.up(ENVIRON, "")

    assert steps == expected


def test_the_port_where_load_workers_meet_has_to_be_free(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a shared port one lab would get the other lab's load workers."""
    theirs = checkout.Neighbour("/home/ada/lab", "make down")
    monkeypatch.setattr(local, "is_up", lambda *_: False)
    monkeypatch.setattr(checkout, "neighbours", lambda environ, port: [theirs])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(RuntimeProblem) as problem:
            local.up(ENVIRON | {"LOCUST_MASTER_PORT": port}, "")

    assert str(problem.value).startswith(f"port {port} for locust is not available (")
    assert str(problem.value).endswith(
        "the lab of /home/ada/lab uses it; run `make down` there, "
        "or set another LOCUST_MASTER_PORT in .env.local"
    )
    assert "start" not in steps


def test_down_ends_what_starts_while_it_ends_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Honcho may get the signal between the fork and the start of a program."""
    sleepers = [subprocess.Popen(["sleep", "60"]) for _ in range(3)]
    found = [psutil.Process(sleeper.pid) for sleeper in sleepers]
    seen = iter([[found[0]], [found[1]], [found[2]]])
    monkeypatch.setattr(local, "running", lambda: next(seen, []))
    monkeypatch.setattr(local, "RUN", tmp_path)
    monkeypatch.setattr(local, "PID_FILE", tmp_path / "honcho.pid")

    try:
        local.down()
        # psutil has collected the exit status of each: `down` has waited for it.
        assert [psutil.pid_exists(sleeper.pid) for sleeper in sleepers] == [False] * 3
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()


def test_down_stops_waiting_for_what_does_not_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A signal may also take longer than the time that is left."""
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        monkeypatch.setattr(local, "running", lambda: [psutil.Process(sleeper.pid)])
        monkeypatch.setattr(local, "stop", lambda process, number: time.sleep(0.02))
        monkeypatch.setattr(local, "STOP_DEADLINE_S", 0.01)
        monkeypatch.setattr(local, "RUN", tmp_path)
        monkeypatch.setattr(local, "PID_FILE", tmp_path / "honcho.pid")
        local.PID_FILE.touch()

        try:
            local.down()
            assert not local.PID_FILE.exists()
        finally:
            sleeper.kill()

"""What is noted of the machine."""

import json
import os

import pytest

from lab.running import machine_facts


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_facts, "WATCH_S", 0.05)


def test_the_machine_is_described() -> None:
    """Every key that run.json has, in values that JSON has."""
    found = machine_facts.facts()

    assert found.keys() == {"cores", "cpu", "memory_bytes", "kernel", "system", "python"}
    assert 1 <= found["cores"] <= (os.cpu_count() or 1)
    assert found["memory_bytes"] > 1e8
    assert json.loads(json.dumps(found)) == found


def test_limits_are_those_a_load_runs_into() -> None:
    """Whole numbers, or null where there is no limit or nobody knows it."""
    found = machine_facts.limits()

    assert found.keys() == {"open_files", "somaxconn", "local_ports", "processes"}
    assert all(each is None or each > 0 for each in found.values())


def test_a_machine_is_busy_when_something_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of all cores: what passed is what was used and what was not."""
    ticks = iter([(1000, 4000), (1150, 4200)])
    monkeypatch.setattr(machine_facts, "_ticks", lambda: next(ticks))

    assert machine_facts.busy() == 0.75


def test_a_machine_without_proc_does_not_say_how_busy_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None is not 0."""
    monkeypatch.setattr(machine_facts, "_ticks", lambda: None)

    assert machine_facts.busy() is None


def test_time_that_a_guest_had_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """/proc/stat has it in `user` already; waiting for a disk is not work."""
    line = "cpu  100 10 20 500 30 4 6 2 50 5\ncpu0 ...\n"
    monkeypatch.setattr(machine_facts, "_read", lambda path: line)

    assert machine_facts._ticks() == (142, 672)


def test_versions_are_those_that_the_servers_say() -> None:
    """Framework, server, client and packages of each, by name; an old /server has no packages."""
    flask = {
        "framework": {"name": "flask", "version": "3.1"},
        "server": {"name": "gunicorn", "version": "23.0"},
        "client": {"name": "httpx", "version": "0.28", "transport": "httpx"},
    }
    fastapi = {"packages": {"uvicorn": "0.54", "h11": "0.16"}}

    assert machine_facts.versions({"flask-svc": flask, "other": {}, "fastapi-svc": fastapi}) == {
        "flask": "3.1",
        "gunicorn": "23.0",
        "h11": "0.16",
        "httpx": "0.28",
        "uvicorn": "0.54",
    }


def test_there_is_no_commit_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where this is no repository."""
    monkeypatch.setattr(machine_facts, "_said", lambda *command: None)

    assert machine_facts.git(["lab"]) is None

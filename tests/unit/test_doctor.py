"""The doctor's findings: one answer each, with advice where something has to be done."""

import resource
import socket

import pytest

from lab import doctor, environment
from lab.runtime import RuntimeProblem, checkout, health, topology

GIB = 1024**3


@pytest.mark.parametrize(
    ("finding", "advice"),
    [
        (doctor.of_engine("26.1.5"), ""),
        (doctor.of_engine("25.0.0"), ""),
        (doctor.of_engine("20.10.24+dfsg1"), "update it"),
        (doctor.of_engine(""), "the lab runs as local processes"),
        (doctor.of_cores(2), ""),
        (doctor.of_cores(1), "do not trust CPU-bound rates"),
        (doctor.of_memory(4 * GIB), ""),
        (doctor.of_memory(4 * GIB - 1), "close other programs"),
        (doctor.of_disk(3 * GIB), ""),
        (doctor.of_disk(3 * GIB - 1), "make room"),
        (doctor.of_open_files(4096), ""),
        (doctor.of_open_files(resource.RLIM_INFINITY), ""),
        (doctor.of_open_files(1024), "raise it"),
        (doctor.of_open_files(1023), "raise it"),  # in containers the engine's limit counts
        (doctor.of_open_files(1024, is_local=True), "raise it"),
        (doctor.of_backlog(65535, "4096"), ""),
        (doctor.of_backlog(128, "4096"), "raise net.core.somaxconn"),
        (doctor.of_backlog(None, "4096"), ""),
        (doctor.of_backlog(128, "many"), ""),  # the services report a bad setting themselves
    ],
)
def test_a_finding_says_what_to_do(finding, advice):
    """A finding has advice only where something is wrong; the lab runs all the same."""
    assert advice in finding.advice
    assert bool(advice) == bool(finding.advice)
    assert not finding.fatal
    assert finding.line().startswith("note" if advice else "ok")


def test_a_port_that_somebody_else_has_is_fatal():
    """A taken port keeps the lab from starting; another's keeps only that from it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        names = ("MOCK_UPSTREAM", "FLASK_SVC", "FASTAPI_SVC", "FLASK_GTHREAD", "FLASK_GEVENT")
        names += ("FLASK_ASGI", "FLASK_GRANIAN", "FASTAPI_SOLO", "FASTAPI_GRANIAN", "STARLETTE_SVC")
        names += ("POSTGRES",)
        settings = {f"{name}_PORT": port for name in names}
        environ = settings | {"LOCUST_PORT": port, "LAB_BIND": "127.0.0.1"}
        findings = list(doctor.of_ports(environ))

    assert [each.line()[:4] for each in findings] == [
        *("FAIL", "note", "FAIL", "FAIL"),
        *["note"] * 7,
        "FAIL",
    ]
    assert all("stop the program that listens there" in each.advice for each in findings)
    assert "set another LOCUST_PORT" in findings[-1].advice


@pytest.mark.parametrize(
    ("engine", "runtime", "limit", "is_fatal"),
    [
        ("", "", 1023, True),
        ("", "", 1024, False),
        ("28.0", "", 1023, False),
        ("28.0", "local", 1023, True),
    ],
)
def test_too_few_files_keep_local_processes_from_starting(
    engine, runtime, limit, is_fatal, monkeypatch
):
    """In containers the engine's limit counts instead."""
    monkeypatch.setattr(doctor, "engine_version", lambda environ: engine)
    monkeypatch.setattr(doctor, "of_compose", lambda environ: doctor.Finding("Compose", "2"))
    monkeypatch.setattr(doctor, "of_ports", lambda environ: iter(()))
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limit, limit))
    environ = environment.read(environment.ROOT / ".env") | {"RUNTIME": runtime}

    finding = list(doctor.examine(environ))[-1]

    assert (finding.question, finding.answer) == ("Open files", str(limit))
    assert finding.fatal == is_fatal


def test_the_port_of_another_checkouts_lab_is_taken(monkeypatch):
    """Its programs answer the health check, but they are not this lab's."""
    theirs = checkout.Neighbour("/home/ada/lab", "make down")
    said = "port 8001 for flask-svc is not available (taken): the lab of /home/ada/lab uses it"

    def refuse(programs, environ):
        raise RuntimeProblem(said)

    monkeypatch.setattr(topology, "require_free_ports", refuse)
    monkeypatch.setattr(health, "is_alive", lambda program, environ: True)
    environ = environment.read(environment.ROOT / ".env")

    monkeypatch.setattr(checkout, "neighbours", lambda environ, port: [theirs])
    assert {each.advice for each in doctor.of_ports(environ)} == {said}
    assert sum(each.fatal for each in doctor.of_ports(environ)) == len(topology.programs(""))

    monkeypatch.setattr(checkout, "neighbours", lambda environ, port: [])
    assert {each.advice for each in doctor.of_ports(environ)} == {""}

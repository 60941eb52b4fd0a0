"""A closed load whose think time is a server's keep-alive: nobody sends into a closing door."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from programs import run_headless

pytestmark = pytest.mark.loads

KEEP_ALIVE = {"KEEP_ALIVE_S": "1"}
THREADS = {
    "TARGET": "flask-gthread",
    "FLASK_WORKER_CLASS": "gthread",
    "FLASK_WORKERS": "1",
    "FLASK_THREADS": "50",
}

RunProgram = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def ports(run_program: RunProgram, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Both frameworks where they keep connections: threads and an event loop, for a second."""
    with (
        run_program("flask_svc", THREADS | KEEP_ALIVE, tmp_path / "flask") as flask,
        run_program("fastapi_svc", {"FASTAPI_WORKERS": "1"} | KEEP_ALIVE, tmp_path / "fa") as fast,
    ):
        yield {
            "FLASK_GTHREAD_PORT": flask.url.rpartition(":")[2],
            "FASTAPI_SVC_PORT": fast.url.rpartition(":")[2],
        }


@pytest.mark.parametrize("think_s", ["0.5", "1"])
def test_no_request_is_lost_to_a_connection_that_its_server_closes(
    ports: dict[str, str], think_s: str
) -> None:
    """Also where everybody thinks for as long as a connection is kept, or half of that."""
    settings = ports | KEEP_ALIVE | {"LAB_TARGETS": "flask-gthread,fastapi-svc"}
    load = ("--route", "json", "-u", "100", "-r", "100", "-t", "6s", "--think-s", think_s)

    done = run_headless(settings, *load)

    assert done.returncode == 0, done.stderr
    counted = {each["name"]: each for each in json.loads(done.stdout)}
    for name in ("flask-gthread /json", "fastapi-svc /json"):
        assert counted[name]["num_requests"] >= 100  # 50 users who ask twice at least
        assert counted[name]["num_failures"] == 0

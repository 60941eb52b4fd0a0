"""A full pool of database connections is no illness: the health check needs none of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import SUPERVISOR_ABOVE, running, supervised
from running_database import Database

from lab.live.counters import Counters

pytestmark = pytest.mark.loads

POOL = 2
DELAY_MS = 3000
SHAPES = {
    "flask_svc": {
        "FLASK_WORKER_CLASS": "gthread",
        "FLASK_WORKERS": "1",
        "FLASK_THREADS": "8",
        "FLASK_CONNECTIONS": "8",
    },
    "fastapi_svc": {"FASTAPI_WORKERS": "1", "FASTAPI_THREADS": "8"},
}


@pytest.fixture(params=SHAPES)
def service(
    request: pytest.FixtureRequest, upstream: httpx.Client, database: Database, tmp_path: Path
) -> Iterator[str]:
    """The address of a service with one worker, eight threads and two database connections."""
    settings = {
        "DATABASE_URL": database.url,
        "DB_POOL": str(POOL),
        "UPSTREAM_URL": str(upstream.base_url).rstrip("/"),
    }
    shape = SHAPES[request.param]
    with running(request.param, supervised() | settings | shape, tmp_path / "log") as program:
        yield program.url


def counted(service: str) -> tuple[int, int]:
    """Connections that are lent, and the queries that wait for one."""
    address, _, port = service.rpartition(":")
    text = httpx.get(f"{address}:{int(port) + SUPERVISOR_ABOVE}/metrics", trust_env=False).text
    inside = Counters.read(text, at_s=0.0).together
    return inside.database_busy, inside.database_waiting


def test_a_health_check_passes_while_all_connections_are_lent(
    service: str, upstream: httpx.Client, database: Database, eventually: Any
) -> None:
    """Two queries, two that wait for a connection, and an answer before any of theirs."""
    upstream.put("/behaviour", json={"delay_ms": DELAY_MS})
    eventually(lambda: database.page.get("/dial").json()["delay_ms"] == DELAY_MS)
    with httpx.Client(base_url=service, timeout=60, trust_env=False) as client:
        with ThreadPoolExecutor(2 * POOL) as users:
            asked = [users.submit(client.get, "/db-wait") for _ in range(2 * POOL)]
            eventually(lambda: counted(service) == (POOL, POOL))

            assert client.get("/healthz").status_code == 200
            assert not any(each.done() for each in asked)
        assert [each.result().status_code for each in asked] == [200] * (2 * POOL)

"""The lab's PostgreSQL for a test, on free ports, with what a test may do to it."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
from programs import Program, running

from lab.running.testbed.ports import free_port


@dataclass(frozen=True)
class Database:
    """A running database: its program, its page, and its address for a service."""

    program: Program
    page: httpx.Client
    url: str

    def clients(self) -> dict[str, dict[str, int]]:
        """What the connections do, by the name of their client."""
        answer = self.page.get("/activity")
        assert answer.status_code == 200, answer.text
        clients: dict[str, dict[str, int]] = answer.json()["clients"]
        return clients

    def connections(self, client: str) -> int:
        """Connections of one client now."""
        return self.clients().get(client, {}).get("connections", 0)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; with none, what was asked for is done."""
        # A test may have made the database read-only for everybody.
        writing = "-c default_transaction_read_only=off"
        with psycopg.connect(self.url, autocommit=True, options=writing) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and all its processes, and not to the program above it."""
        [server] = psutil.Process(self.program.process.pid).children()
        for each in [server, *server.children()]:
            each.send_signal(number)

    def kill(self) -> None:
        """Kill all of it, and wait until no process is left."""
        program = psutil.Process(self.program.process.pid)
        everything = [program, *program.children(recursive=True)]
        for each in everything:
            with suppress(psutil.NoSuchProcess):  # a server ends with the one above it
                each.kill()
        self.program.process.wait()
        psutil.wait_procs(everything)


@contextmanager
def running_database(
    log: Path, upstream: str, *, like: Database | None = None, **settings: str
) -> Iterator[Database]:
    """Run the database behind an upstream's dial; `like` gives it the ports of an earlier one."""
    port = like.url.rpartition(":")[2].partition("/")[0] if like else str(free_port())
    listen = {"LISTEN_PORT": str(like.page.base_url.port)} if like else {}
    own: Mapping[str, str] = {"DATABASE_PORT": port, "DATABASE_URL": "", "UPSTREAM_URL": upstream}
    with (
        running("lab_postgres", {**own, **listen, **settings}, log) as program,
        httpx.Client(base_url=program.url, timeout=30) as page,
    ):
        yield Database(program, page, f"postgresql://lab:lab@127.0.0.1:{port}/lab")

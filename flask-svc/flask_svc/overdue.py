"""Gives up a database that answers nothing at all: a frozen one sends no result and no error.

PostgreSQL itself ends a statement after DB_STATEMENT_TIMEOUT_S. If it is frozen, nothing ends the
wait of a thread; then this side cuts the connection GRACE_S later.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

from flask_svc.problems import DatabaseTimeout

GRACE_S = 2.0
LOOK_EVERY_S = 0.5


class Overdue:
    """The connections of this worker that are lent to threads, each with its deadline."""

    def __init__(self, statement_timeout_s: float) -> None:
        self._timeout_s = statement_timeout_s
        self._until_s: dict[Any, float] = {}
        self._cut: set[Any] = set()
        self._lock = Lock()
        self._looks: Thread | None = None

    @contextmanager
    def watched(self, connection: Any) -> Iterator[None]:
        """Raise DatabaseTimeout for a connection of psycopg that had to be cut in the block."""
        if self._looks is None:
            self._begin()
        self._until_s[connection] = time.monotonic() + self._timeout_s + GRACE_S
        try:
            yield
        except Exception as error:
            if connection not in self._cut:
                raise
            raise DatabaseTimeout(f"no answer of the database in {self._timeout_s:g} s") from error
        finally:
            del self._until_s[connection]
            self._cut.discard(connection)

    def _begin(self) -> None:
        with self._lock:
            if self._looks is None:
                self._looks = Thread(target=self._look, daemon=True)
                self._looks.start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            now_s = time.monotonic()
            for connection, until_s in list(self._until_s.items()):
                if now_s > until_s and connection not in self._cut:
                    self._cut.add(connection)
                    _cut(connection)


def _cut(connection: Any) -> None:
    # Of a copy: the driver closes its own. The thread that waits for it wakes up.
    with socket.socket(fileno=os.dup(connection.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)

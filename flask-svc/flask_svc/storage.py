"""Users and jobs in one SQLite file that all workers of a service share.

A user is stored as one validated JSON document. Only the roles have their own table, because
queries filter by role. Writers queue for the file; readers do not wait for writers (SQLite's
write-ahead log).
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_svc import storage_file
from flask_svc.problems import StorageBusy, StorageFull
from flask_svc.settings import Settings
from flask_svc.storage_file import BUSY_TIMEOUT_S

Document = dict[str, Any]


class Storage:
    """One worker's access to the file, with a pool of connections.

    A method raises StorageBusy after waiting BUSY_TIMEOUT_S seconds for other writers, and
    StorageFull if the file or its disk is full.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: list[sqlite3.Connection] = []

    def add_user(self, user: Document) -> Document:
        """Store a user, and return it with its new id."""
        with self._writing() as file:
            insert = "INSERT INTO users (document) VALUES (?)"
            id = file.execute(insert, (json.dumps(user),)).lastrowid
            roles = [(role, id) for role in set(user["roles"])]
            file.executemany("INSERT INTO roles VALUES (?, ?)", roles)
        return {"id": id, **user}

    def user(self, id: int) -> Document | None:
        """Return the user with this id; None if there is none."""
        with self._lent() as file:
            select = "SELECT id, document FROM users WHERE id = ?"
            row = file.execute(select, (id,)).fetchone()
        return read(row) if row else None

    def users(self, limit: int, role: str | None) -> list[Document]:
        """Return at most `limit` users, newest first; only those with `role` if it is not None."""
        with self._lent() as file:
            if role is None:
                select = "SELECT id, document FROM users ORDER BY id DESC LIMIT ?"
                rows = file.execute(select, (limit,)).fetchall()
            else:
                select = (
                    "SELECT id, document FROM roles JOIN users ON id = user_id "
                    "WHERE role = ? ORDER BY user_id DESC LIMIT ?"
                )
                rows = file.execute(select, (role, limit)).fetchall()
        return [read(row) for row in rows]

    def add_job(self) -> Document:
        """Store a new job in state "queued", and return it with its id."""
        with self._writing() as file:
            insert = "INSERT INTO jobs (state, detail) VALUES ('queued', '')"
            id = file.execute(insert).lastrowid
        return {"id": id, "state": "queued", "detail": ""}

    def change_job(self, id: int, state: str, detail: str) -> None:
        """Set the state and the detail of a job."""
        with self._writing() as file:
            update = "UPDATE jobs SET state = ?, detail = ? WHERE id = ?"
            file.execute(update, (state, detail, id))

    def job(self, id: int) -> Document | None:
        """Return the job with this id; None if there is none."""
        with self._lent() as file:
            select = "SELECT id, state, detail FROM jobs WHERE id = ?"
            row = file.execute(select, (id,)).fetchone()
        return dict(zip(("id", "state", "detail"), row, strict=True)) if row else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        # IMMEDIATE takes the write lock at the start, so that writers queue and none fails
        # half-way. An exception rolls the transaction back.
        with self._lent() as file:
            file.execute("BEGIN IMMEDIATE")
            try:
                yield file
                file.execute("COMMIT")
            except BaseException:
                if file.in_transaction:
                    file.execute("ROLLBACK")
                raise

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        # A connection may move between threads, but only one thread at a time may use it.
        with problems_told(self._settings):
            try:
                file = self._idle.pop()
            except IndexError:
                file = storage_file.connect(self._settings)
            try:
                yield file
            finally:
                self._idle.append(file)


def read(row: tuple[int, str]) -> Document:
    """Return the user of a row `(id, document)`."""
    id, document = row
    return {"id": id, **json.loads(document)}


@contextmanager
def problems_told(settings: Settings) -> Iterator[None]:
    """Raise SQLite's errors as StorageBusy or StorageFull; other errors pass unchanged."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = error.sqlite_errorname
        if name.startswith("SQLITE_BUSY"):
            raise StorageBusy(f"other writers kept the file for {BUSY_TIMEOUT_S:g} s") from error
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            file = storage_file.path(settings).name
            raise StorageFull(
                f"{file} has DATA_MAX_MB={settings.data_max_mb}, or its disk is "
                "full: raise that, or start again with make down and make up"
            ) from error
        raise

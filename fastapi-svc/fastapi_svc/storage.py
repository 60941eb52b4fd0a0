"""Users and jobs in one SQLite file, which all workers of a service share.

A document is kept as it was checked, so that one table will do; only what is asked
for by its value, the roles, has a table of its own. Writers queue for the file and
readers do not wait for them (SQLite's write-ahead log).
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi_svc.problems import StorageBusy, StorageFull
from fastapi_svc.settings import Settings

BUSY_TIMEOUT_S = 5.0
PAGES_PER_MB = 256  # of SQLite's 4 KiB

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS roles (
    role TEXT, user_id INTEGER REFERENCES users, PRIMARY KEY (role, user_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, detail TEXT NOT NULL);
"""

Document = dict[str, Any]


class Storage:
    """The file as one worker sees it. StorageBusy and StorageFull say why it kept nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = path(settings)
        self._idle: list[sqlite3.Connection] = []

    def add_user(self, user: Document) -> Document:
        """Keep a user, and return it with its id."""
        with self._writing() as file:
            insert = "INSERT INTO users (document) VALUES (?)"
            id = file.execute(insert, (json.dumps(user),)).lastrowid
            roles = [(role, id) for role in set(user["roles"])]
            file.executemany("INSERT INTO roles VALUES (?, ?)", roles)
        return {"id": id, **user}

    def user(self, id: int) -> Document | None:
        """A user by id; None where there is no such."""
        with self._lent() as file:
            select = "SELECT id, document FROM users WHERE id = ?"
            row = file.execute(select, (id,)).fetchone()
        return read(row) if row else None

    def users(self, limit: int, role: str | None) -> list[Document]:
        """The newest users, of one role if it is given."""
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
        """Keep a job that is yet to be done."""
        with self._writing() as file:
            insert = "INSERT INTO jobs (state, detail) VALUES ('queued', '')"
            id = file.execute(insert).lastrowid
        return {"id": id, "state": "queued", "detail": ""}

    def change_job(self, id: int, state: str, detail: str) -> None:
        """Say how far a job is."""
        with self._writing() as file:
            update = "UPDATE jobs SET state = ?, detail = ? WHERE id = ?"
            file.execute(update, (state, detail, id))

    def job(self, id: int) -> Document | None:
        """A job by id; None where there is no such."""
        with self._lent() as file:
            select = "SELECT id, state, detail FROM jobs WHERE id = ?"
            row = file.execute(select, (id,)).fetchone()
        return dict(zip(("id", "state", "detail"), row, strict=True)) if row else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, alone in the file; nothing of it stays where it fails."""
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
        """A connection for this thread alone, until it is given back."""
        with problems_told(self._settings):
            try:
                file = self._idle.pop()
            except IndexError:
                file = connect(self._settings)
            try:
                yield file
            finally:
                self._idle.append(file)


def path(settings: Settings) -> Path:
    """Where the file is: each service of the lab has its own."""
    return Path(settings.data_dir) / f"{settings.target}.sqlite3"


def create(settings: Settings) -> None:
    """Make the file before any worker wants it; OSError where that cannot be done."""
    try:
        file = connect(settings)
        file.execute("PRAGMA journal_mode = WAL")
        file.executescript(SCHEMA)
        file.close()
    except sqlite3.DatabaseError as error:
        raise OSError(f"{path(settings)}: {error}") from error


def connect(settings: Settings) -> sqlite3.Connection:
    """A connection that any one thread at a time may use."""
    file = sqlite3.connect(
        path(settings), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    file.execute("PRAGMA synchronous = NORMAL")
    file.execute(f"PRAGMA max_page_count = {settings.data_max_mb * PAGES_PER_MB}")
    return file


def read(row: tuple[int, str]) -> Document:
    """A user from its row."""
    id, document = row
    return {"id": id, **json.loads(document)}


@contextmanager
def problems_told(settings: Settings) -> Iterator[None]:
    """Turn what SQLite raises into a problem that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = error.sqlite_errorname
        if name.startswith("SQLITE_BUSY"):
            raise StorageBusy(f"other writers kept the file for {BUSY_TIMEOUT_S:g} s") from error
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            raise StorageFull(
                f"{path(settings).name} has DATA_MAX_MB={settings.data_max_mb}, or its disk is "
                "full: raise that, or begin anew with make down and make up"
            ) from error
        raise

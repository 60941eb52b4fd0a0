"""The SQLite file of storage.py: where it is, what is in it, how it is opened.

It imports no web framework, so that the process above the workers, which creates it, loads none.
"""

import sqlite3
from pathlib import Path

from fastapi_svc.settings import Settings

BUSY_TIMEOUT_S = 5.0
PAGES_PER_MB = 256  # SQLite's default page has 4 KiB

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS roles (
    role TEXT, user_id INTEGER REFERENCES users, PRIMARY KEY (role, user_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, detail TEXT NOT NULL);
"""


def path(settings: Settings) -> Path:
    """Return the path of the file; its name is the target's, so each service has its own."""
    return Path(settings.data_dir) / f"{settings.target}.sqlite3"


def create(settings: Settings) -> None:
    """Create the file and its tables, before any worker starts. Raises OSError on failure."""
    try:
        file = connect(settings)
        file.execute("PRAGMA journal_mode = WAL")
        file.executescript(SCHEMA)
        file.close()
    except sqlite3.DatabaseError as error:
        raise OSError(f"{path(settings)}: {error}") from error


def connect(settings: Settings) -> sqlite3.Connection:
    """Open a connection that any thread may use, one at a time."""
    file = sqlite3.connect(
        path(settings), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    file.execute("PRAGMA synchronous = NORMAL")
    file.execute(f"PRAGMA max_page_count = {settings.data_max_mb * PAGES_PER_MB}")
    return file

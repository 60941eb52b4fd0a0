"""This program's own connection: it makes the schema, turns the dial, and looks around."""

import json
from collections.abc import Sequence
from threading import Lock
from typing import Any
from urllib.request import ProxyHandler, build_opener

import psycopg
from psycopg.rows import dict_row

from lab_postgres import schema
from lab_postgres.settings import Settings

DIAL = ("delay_ms", "spread_ms", "sigma", "distribution")
ASK_S = 2.0
NAME = "lab-postgres"
CONNECT_S = 5


class OwnServerError(Exception):
    """A server of the user's cannot be used; one sentence."""


def of_the_user(settings: Settings) -> "Database":
    """Return the user's server, with the schema. Raises OwnServerError."""
    try:
        return Database(settings.own_url, settings)
    except psycopg.Error as problem:
        # The first line is the reason; others are advice, or the host's other addresses.
        reason = str(problem).strip().partition("\n")[0]
        raise OwnServerError(f"DATABASE_URL: {reason}") from None


class Database:
    """The server, as this program uses it. Every method raises psycopg.Error."""

    def __init__(self, url: str, settings: Settings) -> None:
        """Connect to `url`, and make the schema. Raises OwnServerError."""
        self._url = url
        self._settings = settings
        self._lock = Lock()  # the page's threads use the same connection
        self._connection = self._connected()
        self._dial: dict[str, Any] = {}
        self._ask = build_opener(ProxyHandler({})).open
        if any(row["mark"] != schema.MARK for row in self._rows(schema.WHOSE)):
            raise OwnServerError(
                'the database of DATABASE_URL has a schema "lab" that is not this lab\'s: '
                "rename it, or use another database"
            )
        self._execute(schema.MADE)

    def activity(self) -> dict[str, Any]:
        """Return the limit of connections, and by application what its connections do."""
        rows = self._rows(schema.ACTIVITY)
        return {
            "max_connections": self._most(),
            "clients": {row.pop("application_name"): row for row in rows},
        }

    def stats(self) -> dict[str, Any]:
        """Return the counts of the waits that have ended, by application.

        They have the form of the upstream's /stats: `served`, `peak` (the most at the same time),
        and `held_ms` (milliseconds of all together).
        """
        return {"callers": {row.pop("application_name"): row for row in self._rows(schema.STATS)}}

    def reset_stats(self) -> dict[str, Any]:
        """Forget all waits, and return the empty counts. Waits that go on are counted."""
        self._execute(schema.FORGET_ALL_WAITS)
        return self.stats()

    def copied_dial(self) -> dict[str, Any]:
        """Copy the upstream's dial and return it.

        If the upstream does not answer, the dial stays as it is.
        """
        try:
            with self._ask(f"{self._settings.upstream_url}/behaviour", timeout=ASK_S) as answer:
                told = json.load(answer)
        except (OSError, ValueError):
            return self._dial
        dial = {key: told[key] for key in DIAL}
        if dial != self._dial:
            self._execute(schema.TURN, tuple(dial.values()))
            self._dial = dial
        return dial

    def forget_old(self) -> None:
        """Remove the oldest orders and waits beyond those that are kept."""
        self._execute(schema.FORGET)
        self._execute(schema.FORGET_WAITS)

    def remove_schema(self) -> None:
        """Remove the schema; with a server of the user's, nothing else of it was touched."""
        self._execute(schema.REMOVED)

    def _most(self) -> int:
        if not self._settings.own_url:
            return self._settings.connections
        [row] = self._rows("SELECT current_setting('max_connections') AS most")
        return int(row["most"])

    def _rows(self, query: str) -> list[dict[str, Any]]:
        with self._lock, self._alive().cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query).fetchall()

    def _execute(self, query: str, values: Sequence[Any] | None = None) -> None:
        with self._lock:
            self._alive().execute(query, values)

    def _alive(self) -> "psycopg.Connection[Any]":
        if self._connection.closed:
            self._connection = self._connected()
        return self._connection

    def _connected(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(
            self._url, autocommit=True, application_name=NAME, connect_timeout=CONNECT_S
        )

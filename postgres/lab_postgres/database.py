"""This program's own connection: it makes the schema, turns the dial, and looks around."""

import json
import time
from threading import Lock
from typing import Any
from urllib.request import ProxyHandler, build_opener

import psycopg
from psycopg.rows import dict_row

from lab_postgres import schema
from lab_postgres.cluster import DATABASE, USER
from lab_postgres.settings import Settings

READY_S = 30.0
POLL_S = 0.05
DIAL_S = 0.25  # a turn of the dial is felt so soon
ASK_S = 2.0
NAME = "lab-postgres"


class Database:
    """The server, as this program uses it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._connection = connected(settings)
        self._dial: tuple[Any, ...] = ()
        self._ask = build_opener(ProxyHandler({})).open

    def activity(self) -> dict[str, Any]:
        """Return `max_connections`, and by application what its connections are doing."""
        with self._lock, self._connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(schema.ACTIVITY).fetchall()
        by_name = {row.pop("application_name"): row for row in rows}
        return {"max_connections": self._settings.connections, "clients": by_name}

    def follow(self) -> None:
        """Copy the upstream's dial, and remove old orders, once.

        Where the upstream does not answer, the dial stays as it is.
        """
        try:
            with self._ask(f"{self._settings.upstream_url}/behaviour", timeout=ASK_S) as answer:
                told = json.load(answer)
        except (OSError, ValueError):
            return
        keys = ("delay_ms", "spread_ms", "sigma", "distribution")
        dial = tuple(told[key] for key in keys)
        with self._lock:
            if dial != self._dial:
                self._connection.execute(schema.TURN, dial)
                self._dial = dial

    def forget_orders(self) -> None:
        """Remove the oldest orders beyond those that are kept."""
        with self._lock:
            self._connection.execute(schema.FORGET)


def connected(settings: Settings) -> "psycopg.Connection[Any]":
    """Connect as soon as the server answers, and make the schema. Raises psycopg.Error."""
    until = time.monotonic() + READY_S
    address = {
        "host": "127.0.0.1" if settings.listen_host == "0.0.0.0" else settings.listen_host,
        "port": settings.listen_port,
        "user": USER,
        "password": settings.password,
        "application_name": NAME,
        "autocommit": True,
    }
    while True:
        try:
            admin = psycopg.connect(dbname="postgres", **address)
            break
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(POLL_S)
    with admin:
        admin.execute(f"CREATE DATABASE {DATABASE}")
    connection = psycopg.connect(dbname=DATABASE, **address)
    connection.execute(schema.SCHEMA)
    return connection

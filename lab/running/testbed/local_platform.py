"""A testbed of local processes: servers on free ports of 127.0.0.1, each in its own session.

A server gets only the few variables of the shell that a program needs to run, as in a container:
GUNICORN_CMD_ARGS or a proxy must not decide a measurement.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import child_process, environment
from lab.driver.exhaustion import too_few_files
from lab.environment import ROOT
from lab.results.measurement import Process
from lab.running.signals import deferred_sigint
from lab.running.testbed import ownership_label, probe
from lab.running.testbed.driver_client import Launched
from lab.running.testbed.ports import free_port
from lab.running.testbed.problems import Ending, TestbedError
from lab.running.testbed.program import (
    CONTAINER_SETTINGS,
    DRIVE,
    NO_SERVERS,
    TestbedProgram,
    database_url,
)
from lab.running.testbed.reaper_client import ReaperClient
from lab.targets import POSTGRES, UPSTREAM

GONE_S = 5.0
GONE_POLL_S = 0.005


@dataclass(slots=True)
class LocalServer:
    """A started program with its port, folder and process."""

    program: TestbedProgram
    port: int
    folder: Path
    process: "subprocess.Popen[bytes]"

    @property
    def log(self) -> Path:
        """File with the program's output."""
        return self.folder / "log"


class LocalPlatform:
    """Local processes and their files. Both are removed at the end, whatever ends this process."""

    runtime = "local"

    def __init__(self, environ: Mapping[str, str]) -> None:
        clear_leftovers()
        if sentence := too_few_files():
            raise TestbedError(sentence)
        outside = {name: environ[name] for name in environment.PASSED_ON if name in environ}
        self._environ = outside | {
            ownership_label.VARIABLE: ownership_label.own(),
            "PYTHONUNBUFFERED": "1",
        }
        self._settings = environment.read(ROOT / ".env")
        with deferred_sigint():
            self._folder = Path(tempfile.mkdtemp(prefix="lab-stand-"))
            self._reaper = ReaperClient(outside, "local", str(self._folder))
        self._servers: dict[str, LocalServer] = {}
        self._database_port = ""
        self._driver: subprocess.Popen[bytes] | None = None

    def start(self, programs: Sequence[TestbedProgram]) -> None:
        """Start all programs at once; return before they answer."""
        for program in programs:
            if found := [name for name in CONTAINER_SETTINGS if name in program.own]:
                raise TestbedError(
                    f"shape {program.name}: {found[0]} works only in a container: "
                    "use RUNTIME=docker"
                )
        for program in programs:
            port = free_port()
            folder = self._folder / program.name
            with deferred_sigint():
                process = self._launch(program, port, folder)
                self._servers[program.name] = LocalServer(program, port, folder, process)

    def restart(self, name: str) -> None:
        """Kill a server and start it again on the same port with an empty folder."""
        server = self._servers[name]
        self._kill(server.process)
        with deferred_sigint():
            server.process = self._launch(server.program, server.port, server.folder)

    def stop(self, names: Sequence[str]) -> None:
        """Kill servers and wait until their processes have ended."""
        servers = [self._servers.pop(name) for name in names if name in self._servers]
        self._kill(*(server.process for server in servers))
        for server in servers:
            shutil.rmtree(server.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """Base URL on loopback."""
        return f"http://127.0.0.1:{self._servers[name].port}"

    def endings(self, names: Sequence[str]) -> list[Ending]:
        """Servers that ended by themselves."""
        endings = []
        for name in names:
            if name not in self._servers:
                continue  # it was never started
            server = self._servers[name]
            code = server.process.poll()
            if code is not None:
                endings.append(Ending(name, code, self.said(name)))
        return endings

    def said(self, name: str) -> str:
        """The server's whole output."""
        return self._servers[name].log.read_text(encoding="utf-8", errors="replace")

    def look(self, name: str) -> list[Process]:
        """The server's current processes. Raises TestbedError on a system without /proc."""
        if not probe.PROC.is_dir():
            raise TestbedError(
                "this system has no /proc, from which the lab reads CPU time and memory: "
                "use RUNTIME=docker"
            )
        found = probe.look(self._servers[name].process.pid)
        return [Process(**process) for process in found]

    def at_rest(self, workers: Mapping[str, int], timeout_s: float) -> list[str]:
        """Wait for all servers together.

        Without /proc it returns at once, since nothing can be checked.
        """
        if not probe.PROC.is_dir():
            return []
        until = time.monotonic() + timeout_s
        left = {
            name: probe.Rest(self._servers[name].process.pid, number)
            for name, number in workers.items()
        }
        while left := {name: server for name, server in left.items() if not server.is_there()}:
            if time.monotonic() > until or self.endings(list(left)):
                break
            time.sleep(probe.PAUSE_S)
        return list(left)

    def launch_driver(self) -> Launched:
        """Start the driver from this checkout."""
        complaints = self._folder / "driver"
        with deferred_sigint(), complaints.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *DRIVE],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
            self._reaper.began(process.pid)
            self._driver = process
        return Launched(process, complaints)

    def end_driver(self) -> None:
        """Kill the driver, however busy it is."""
        driver, self._driver = self._driver, None
        if driver is not None:
            self._kill(driver)

    def close(self) -> None:
        """Stop everything that was started and leave nothing behind."""
        self.end_driver()
        self.stop(list(self._servers))
        shutil.rmtree(self._folder, ignore_errors=True)
        self._reaper.done()

    def _launch(
        self, program: TestbedProgram, port: int, folder: Path
    ) -> "subprocess.Popen[bytes]":
        shutil.rmtree(folder, ignore_errors=True)
        data = folder / "data"
        data.mkdir(parents=True)
        own = {
            "TARGET": program.name,
            "LISTEN_HOST": "127.0.0.1",
            "LISTEN_PORT": str(port),
            "DATA_DIR": str(data),
        }
        if program.name == POSTGRES:
            own["DATABASE_PORT"] = str(free_port())
            self._database_port = own["DATABASE_PORT"]
        if program.name != UPSTREAM:
            own["UPSTREAM_URL"] = self.url(UPSTREAM)
        if program.name not in NO_SERVERS and POSTGRES in self._servers:
            own["DATABASE_URL"] = database_url("127.0.0.1", self._database_port)
        if program.package is not None:
            # PYTHONPATH comes before installed packages, in every process that the server starts.
            # No bytecode: Python treats a file of the same size and second as unchanged and would
            # run the old code.
            own |= {"PYTHONPATH": str(program.package), "PYTHONDONTWRITEBYTECODE": "1"}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", program.module],
                cwd=data,
                env=self._environ | self._settings | dict(program.settings) | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._reaper.began(process.pid)
        return process

    def _kill(self, *processes: "subprocess.Popen[bytes]") -> None:
        """Kill process groups and wait until no process of them is left."""
        child_process.kill_groups(*processes)
        for process in processes:
            _wait_until_gone(process.pid)
            self._reaper.ended(process.pid)


def clear_leftovers() -> None:
    """Kill local processes of testbeds whose host process has ended."""
    if not probe.PROC.is_dir():
        return
    own = (probe.PROC / "self/ns/pid").readlink()
    for path in probe.PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found = _ownership_label(path)
            # The label's process id is valid only within the same PID namespace.
            if (
                found
                and ownership_label.is_abandoned(found)
                and (path / "ns/pid").readlink() == own
            ):
                os.kill(int(path.name), signal.SIGKILL)


def _ownership_label(path: Path) -> str:
    prefix = f"{ownership_label.VARIABLE}=".encode()
    for each in (path / "environ").read_bytes().split(b"\0"):
        if each.startswith(prefix):
            return each.removeprefix(prefix).decode(errors="replace")
    return ""


def _wait_until_gone(group: int) -> None:
    """Wait until a killed process group has only zombies left."""
    until = time.monotonic() + GONE_S
    while time.monotonic() < until:
        if probe.PROC.is_dir():
            if not probe.processes(group):
                return
        else:
            try:
                os.killpg(group, 0)
            except OSError:
                return
        time.sleep(GONE_POLL_S)

"""A stand of local processes: servers on free ports of 127.0.0.1, each in a session of its own.

They get nothing of the shell's environment but the few variables a program needs to run at
all, as they do in a container: GUNICORN_CMD_ARGS or a proxy must not decide a measurement.
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

from lab import environment
from lab.driver.exhaustion import too_few_files
from lab.environment import ROOT
from lab.experiments.stand import mark, probe
from lab.experiments.stand.driver import Launched
from lab.experiments.stand.ending import Ending
from lab.experiments.stand.kept import Kept
from lab.experiments.stand.ports import free_port
from lab.experiments.stand.problems import StandProblem
from lab.experiments.stand.program import CONTAINER_SETTINGS, DRIVE, Program
from lab.experiments.stand.uninterrupted import uninterrupted
from lab.results.measurement import Process
from lab.targets import UPSTREAM

GONE_S = 5.0
GONE_POLL_S = 0.005


@dataclass(slots=True)
class Server:
    """A program that was started."""

    program: Program
    port: int
    folder: Path
    process: "subprocess.Popen[bytes]"

    @property
    def log(self) -> Path:
        """All it has written."""
        return self.folder / "log"


class LocalGround:
    """Local processes; they and their files are gone in the end, whatever ends this process."""

    runtime = "local"

    def __init__(self, environ: Mapping[str, str]) -> None:
        clear_leftovers()
        if sentence := too_few_files():
            raise StandProblem(sentence)
        outside = {name: environ[name] for name in environment.PASSED_ON if name in environ}
        self._environ = outside | {mark.VARIABLE: mark.own(), "PYTHONUNBUFFERED": "1"}
        self._settings = environment.read(ROOT / ".env")
        with uninterrupted():
            self._folder = Path(tempfile.mkdtemp(prefix="lab-stand-"))
            self._kept = Kept(outside, "local", str(self._folder))
        self._servers: dict[str, Server] = {}
        self._driver: subprocess.Popen[bytes] | None = None

    def start(self, programs: Sequence[Program]) -> None:
        """Start them all at once; return before they answer."""
        for program in programs:
            if found := [name for name in CONTAINER_SETTINGS if name in program.own]:
                raise StandProblem(
                    f"shape {program.name}: {found[0]} limits a container, and a local process "
                    "has none: use RUNTIME=docker"
                )
        for program in programs:
            port = free_port()
            folder = self._folder / program.name
            with uninterrupted():
                process = self._launch(program, port, folder)
                self._servers[program.name] = Server(program, port, folder, process)

    def restart(self, name: str) -> None:
        """Kill a server and start it again on its port, with an empty folder."""
        server = self._servers[name]
        self._kill(server.process)
        with uninterrupted():
            server.process = self._launch(server.program, server.port, server.folder)

    def stop(self, names: Sequence[str]) -> None:
        """Kill servers and wait until they are gone."""
        servers = [self._servers.pop(name) for name in names if name in self._servers]
        self._kill(*(server.process for server in servers))
        for server in servers:
            shutil.rmtree(server.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """On loopback."""
        return f"http://127.0.0.1:{self._servers[name].port}"

    def endings(self, names: Sequence[str]) -> list[Ending]:
        """Those that ended by themselves."""
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
        """All it has written."""
        return self._servers[name].log.read_text(encoding="utf-8", errors="replace")

    def look(self, name: str) -> list[Process]:
        """A server's processes as they are now."""
        if not probe.PROC.is_dir():
            raise StandProblem("there is no /proc to look at processes in: use RUNTIME=docker")
        found = probe.look(self._servers[name].process.pid)
        return [Process(**process) for process in found]

    def at_rest(self, workers: Mapping[str, int], timeout_s: float) -> list[str]:
        """Wait for all of them together; for none where no /proc can tell."""
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
        """The driver as it is in this tree."""
        complaints = self._folder / "driver"
        with uninterrupted(), complaints.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *DRIVE],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
            self._kept.began(process.pid)
            self._driver = process
        return Launched(process, complaints)

    def end_driver(self) -> None:
        """Kill the driver, however busy it is."""
        driver, self._driver = self._driver, None
        if driver is not None:
            self._kill(driver)

    def close(self) -> None:
        """Stop everything that was started, and leave nothing."""
        self.end_driver()
        self.stop(list(self._servers))
        shutil.rmtree(self._folder, ignore_errors=True)
        self._kept.done()

    def _launch(self, program: Program, port: int, folder: Path) -> "subprocess.Popen[bytes]":
        shutil.rmtree(folder, ignore_errors=True)
        data = folder / "data"
        data.mkdir(parents=True)
        own = {
            "TARGET": program.name,
            "LISTEN_HOST": "127.0.0.1",
            "LISTEN_PORT": str(port),
            "DATA_DIR": str(data),
        }
        if program.name != UPSTREAM:
            own["UPSTREAM_URL"] = self.url(UPSTREAM)
        if program.package is not None:
            # Before all that is installed, in every process that the server starts. Python takes
            # a file of the same size and second for unchanged: nothing compiled may stay there.
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
        self._kept.began(process.pid)
        return process

    def _kill(self, *processes: "subprocess.Popen[bytes]") -> None:
        """Kill processes with all that they started, and wait until none is left."""
        for process in processes:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in processes:
            process.wait()
            _wait_until_gone(process.pid)
            self._kept.ended(process.pid)


def clear_leftovers() -> None:
    """Kill local processes of stands whose host is gone."""
    if not probe.PROC.is_dir():
        return
    own = (probe.PROC / "self/ns/pid").readlink()
    for path in probe.PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found = _mark_of(path)
            # A mark's process id means something among the processes of one namespace only.
            if found and mark.is_abandoned(found) and (path / "ns/pid").readlink() == own:
                os.kill(int(path.name), signal.SIGKILL)


def _mark_of(path: Path) -> str:
    prefix = f"{mark.VARIABLE}=".encode()
    for each in (path / "environ").read_bytes().split(b"\0"):
        if each.startswith(prefix):
            return each.removeprefix(prefix).decode(errors="replace")
    return ""


def _wait_until_gone(group: int) -> None:
    """Until no process of a killed group is left but such as nobody waits for."""
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

"""The lab as local processes, under Honcho and the Procfile.

One Honcho runs all processes: when one ends, Honcho ends the others. Their output goes to
.run/lab.log; each line begins with the name of its process. Every process has LAB_RUN and
LAB_CHECKOUT in its environment. `down` finds the processes by these, also where Honcho was killed
or .run was deleted.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import psutil

from lab import environment
from lab.driver.exhaustion import too_few_files
from lab.environment import ROOT
from lab.runtime import RUN, RuntimeProblem, checkout, health, password, tell, topology

LOG = RUN / "lab.log"
PID_FILE = RUN / checkout.HONCHO
BIN = Path(sys.executable).parent
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 10.0
LAST_LINES = 10
LEAST_ROOM_BYTES = 1024**2  # for the log and the services' databases


def up(environ: Mapping[str, str], profile: str) -> None:
    """Start the processes and wait until each is healthy.

    A running lab is kept where its settings are the wanted ones, and restarted otherwise. Raises
    RuntimeProblem where a port is taken, a limit is too low, or a program does not answer in time.
    """
    programs = topology.programs(profile)
    if is_up(environ, profile) and (in_use := settings_in_use()):
        differing = topology.differing(in_use, environ)
        if not differing:
            return
        tell(f"the lab runs with {' '.join(differing)}: restarting it with the new settings")
    down()
    topology.require_free_ports(programs, environ)
    topology.require_free_port(topology.MEETING, environ, password.LOOPBACK)
    require_room(environ)
    honcho = start(environ, [*(program.name for program in programs), topology.WORKER])

    def still_there() -> None:
        if honcho.poll() is not None:
            raise RuntimeProblem(f"the lab did not come up: {ending() or 'see .run/lab.log'}")

    try:
        missing = health.wait(programs, environ, deadline_s=START_DEADLINE_S, check=still_there)
        if missing:
            names = ", ".join(program.name for program in missing)
            raise RuntimeProblem(f"no answer from {names} within {START_DEADLINE_S:.0f} s: {LOG}")
    except BaseException:
        down()
        raise


def require_room(environ: Mapping[str, str]) -> None:
    """Raise RuntimeProblem where the limit of open files is too low, or the disk is full."""
    if sentence := too_few_files():
        raise RuntimeProblem(sentence)
    probe = checkout.make_folder(environ) / "room"
    try:
        probe.write_bytes(bytes(LEAST_ROOM_BYTES))
    except OSError as problem:
        raise RuntimeProblem(
            f"cannot write to {probe.parent} ({problem.strerror}): free some space there, or set "
            "LAB_RUN to another folder"
        ) from None
    finally:
        probe.unlink(missing_ok=True)


def start(environ: Mapping[str, str], names: list[str]) -> "subprocess.Popen[bytes]":
    """Start Honcho in a session of its own, so that Ctrl-C in this terminal does not reach it."""
    checkout.make_folder(environ)
    password.keep(environ["LAB_PASSWORD"])
    with checkout.private(LOG).open("wb") as log:
        honcho = subprocess.Popen(
            [
                *(BIN / "honcho", "--procfile", "Procfile", "--env", os.devnull, "start"),
                *("--concurrency", f"{topology.WORKER}={environ['LOAD_WORKERS']}", *names),
            ],
            cwd=ROOT,
            env={
                **checkout.of_processes({**environ, topology.SECRET: ""}),
                "PATH": f"{BIN}{os.pathsep}{environ.get('PATH', os.defpath)}",
                "PYTHONUNBUFFERED": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    checkout.private(PID_FILE).write_text(str(honcho.pid), encoding="ascii")
    return honcho


def down() -> None:
    """End every process of the lab: SIGTERM, and SIGKILL for those that are left after 10 s.

    Deletes the services' databases and Honcho's PID file.
    """
    processes = running()
    # Honcho ends the others in order. Where it is gone, each process gets the signal.
    honcho = [process for process in processes if process.pid == honcho_pid()]
    for process in honcho or processes:
        stop(process, signal.SIGTERM)
    psutil.wait_procs(processes, timeout=STOP_DEADLINE_S)
    deadline = time.monotonic() + STOP_DEADLINE_S
    # Repeated: a Honcho that gets the signal while it starts a process does not know that process.
    while (left := running()) and (left_s := deadline - time.monotonic()) > 0:
        for process in left:
            stop(process, signal.SIGKILL)
        psutil.wait_procs(left, timeout=left_s)
    PID_FILE.unlink(missing_ok=True)
    for file in RUN.glob("*.sqlite3*"):  # databases of users and jobs, one per service
        file.unlink(missing_ok=True)
    for folder in RUN.glob("lab-postgres-*"):  # of a PostgreSQL that was killed
        shutil.rmtree(folder, ignore_errors=True)


def honcho_pid() -> int | None:
    """Return the PID of the lab's last Honcho; None where none is stored."""
    try:
        return int(PID_FILE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def ps(environ: Mapping[str, str]) -> None:
    """Print each process and whether it answers. Where none runs, print how the last lab ended."""
    if not running():
        print(f"the lab is not running. {ending()}".rstrip())
        return
    always = topology.programs("")
    for program in topology.programs(topology.EVERYTHING):
        alive = health.is_alive(program, environ)
        if not alive and program not in always:
            continue  # of a profile that nobody asked for
        state = "healthy" if alive else "gives no answer"
        print(f"{program.name:15} {topology.port_of(program, environ):6} {state}")
    for worker in load_workers():
        print(f"{topology.WORKER:15} {'-':>6} runs as process {worker.pid}")


def logs(*, follow: bool) -> None:
    """Print the last 200 lines of the log; with `follow`, also new lines until Ctrl-C.

    Raises RuntimeProblem where there is no log.
    """
    if not LOG.exists():
        raise RuntimeProblem("there is no log yet: `make up RUNTIME=local` writes it")
    subprocess.run(["tail", "-n", "200", *(["-F"] if follow else []), LOG], check=False)


def is_up(environ: Mapping[str, str], profile: str = "") -> bool:
    """Return True where every program of the profile answers and LOAD_WORKERS load workers run.

    A lab of another checkout does not count.
    """
    return len(load_workers()) == topology.load_workers(environ) and answers(environ, profile)


def answers(environ: Mapping[str, str], profile: str = "") -> bool:
    """Return True where every program of the profile answers, whatever the number of load workers.

    A lab of another checkout does not count.
    """
    programs = topology.programs(profile)
    return bool(running()) and all(health.is_alive(program, environ) for program in programs)


def become(environ: Mapping[str, str], *command: str) -> NoReturn:
    """Replace this process by a program of .venv, with the settings. `down` does not end it."""
    os.chdir(ROOT)
    told = environment.of_program({**environ, topology.SECRET: ""})
    os.execve(BIN / command[0], list(command), told)


def settings_in_use() -> dict[str, str]:
    """Return the environment of the lab's Honcho; {} where Honcho has ended."""
    for process in running():
        if process.pid == honcho_pid():
            try:
                return process.environ() | {topology.SECRET: password.kept()}
            except psutil.Error:
                return {}
    return {}


def running() -> list[psutil.Process]:
    """Return the living processes of this lab. Processes of other users cannot be read."""
    found = []
    for process in psutil.process_iter():
        try:
            if is_ours(process.environ()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found or (_under_honcho() if sys.platform == "darwin" else [])


def _under_honcho() -> list[psutil.Process]:
    # macOS hides the environments of its own programs, so the process tree has to do.
    try:
        honcho = psutil.Process(honcho_pid() or -1)
        if "honcho" in " ".join(honcho.cmdline()) and Path(honcho.cwd()) == ROOT:
            return [honcho, *honcho.children(recursive=True)]
    except (psutil.Error, ValueError):
        pass
    return []


def is_ours(environ: Mapping[str, str]) -> bool:
    """Return True for the environment of a process that this lab started."""
    # Both: a user may set LAB_RUN in a shell, but no shell sets LAB_CHECKOUT.
    return environ.get("LAB_RUN") == str(RUN) and checkout.VARIABLE in environ


def load_workers() -> list[psutil.Process]:
    """Return the running processes that make load."""
    found = []
    for process in running():
        try:
            if process.environ().get("LOCUST_MODE_WORKER") == "true":
                found.append(process)
        except psutil.Error:
            continue
    return found


def stop(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal; do nothing where the process has already ended."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def ending() -> str:
    """Return a sentence with the process that ended first and its last lines, from the log.

    Empty where no process has ended, or where `down` or Ctrl-C ended them.
    """
    if not LOG.exists():
        return ""
    lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines):
        if "SIGTERM received" in line or "SIGINT received" in line:
            return ""
        if ended := re.search(r"system\s*\| (\S+)\.\d+ stopped \(rc=(-?\d+)\)", line):
            name, code = ended.groups()
            own = [each for each in lines[:number] if re.search(rf"\s{name}\.\d+\s*\|", each)]
            said = "\n".join(["", *own[-LAST_LINES:]]) if own else " it wrote nothing"
            return f"{name} ended with code {code}; its last lines:{said}"
    return ""

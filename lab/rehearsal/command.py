"""`make rehearse`: do what the handouts say, page by page, before the room does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.environment import ROOT
from lab.exercises import catalogue, staging
from lab.exercises.command import solve
from lab.rehearsal import dashboard, page
from lab.rehearsal.addresses import to_here
from lab.rehearsal.likeness import difference
from lab.rehearsal.page import Command, PageError, Solve, Start, Step
from lab.runtime import RuntimeProblem

HANDOUTS = ROOT / "handouts"
LONGEST_S = 600.0
DIFFERS = 1
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
"""What `make rehearse` passes on, by which a make below it says which folder it enters."""


def rehearse(names: Sequence[str], *, environ: Mapping[str, str]) -> int:
    """Follow pages, all numbered ones unless some are named; 1 where one does not fit.

    `environ` has the settings, as the commands will have them. A step that differs from its
    page is told with what it printed, and the next one follows. The exercises of a page begin
    anew, and do so again for whoever comes next: what somebody made of them is gone.
    """
    differing = []
    for path in _pages(names):
        print(f"\n{path.stem}", flush=True)
        try:
            found = page.steps(path.read_text(encoding="utf-8"))
        except PageError as problem:
            raise RuntimeProblem(f"{path.name}: {problem}") from problem
        began_s = time.monotonic()
        _forget(found)
        try:
            for step in found:
                if why := _perform(step, environ):
                    differing.append(f"{path.name}:{step.line}: {why}")
                    print(f"  DIFFERS  {why}", flush=True)
        finally:
            _forget(found)
        print(f"  {len(found)} steps in {time.monotonic() - began_s:.0f} s", flush=True)
    print("\n" + "\n".join(differing or ["Every page was as it says."]))
    return DIFFERS if differing else 0


def _pages(names: Sequence[str]) -> list[Path]:
    every = sorted(HANDOUTS.glob("[0-9][0-9]-*.md"))
    if not names:
        return every
    chosen = [path for name in names for path in HANDOUTS.glob(f"{name}*.md")]
    if len(chosen) != len(names):
        known = ", ".join(path.stem for path in every)
        raise RuntimeProblem(f"PAGE={' '.join(names)!r}: expected some of {known}")
    return chosen


def _forget(steps: Sequence[Step]) -> None:
    for step in steps:
        if isinstance(step, Solve):
            staging.forget(catalogue.find(step.name), ROOT)


def _perform(step: Step, environ: Mapping[str, str]) -> str:
    """Do it; empty, or a sentence on how it differs from the page."""
    here = to_here(environ)
    match step:
        case Command():
            return _type(step, here)
        case Solve():
            print(f"  solve {step.name}", flush=True)
            solve(step.name)
            return ""
        case Start():
            print(f"  START {dict(step.fields)} for {step.seconds:.0f} s", flush=True)
            try:
                done = dashboard.run(
                    f"http://127.0.0.1:{environ['LOCUST_PORT']}", step.fields, step.seconds
                )
            except dashboard.DashboardProblem as problem:
                return str(problem)
            print(f"           {done}", flush=True)
            return ""


def _type(command: Command, here: Callable[[str], str]) -> str:
    """Run it in a shell, in the repository, and hold what it prints against the page."""
    print(f"  $ {command.text}", flush=True)
    process = subprocess.Popen(
        ["/bin/sh", "-c", here(command.text)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_unbuffered(),
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return f"not done after {LONGEST_S:.0f} s"
    lines = printed.splitlines()
    why = difference([here(line) for line in command.expected], lines)
    if process.returncode:
        why = f"ended with {process.returncode}" + (f"; {why}" if why else "")
    if why:
        sys.stdout.write("".join(f"  | {line}\n" for line in lines[-60:]))
    return why


def _unbuffered() -> dict[str, str]:
    """What it prints stays in the order in which it was printed, also through a pipe."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    return {**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}

"""`make rehearse`: carries out the handouts page by page, before a workshop does."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab import child_process
from lab.environment import ROOT
from lab.experiments import spoken_names
from lab.runtime import RuntimeProblem
from workshop.exercises import exercise_catalogue, staging
from workshop.exercises.exercise_commands import solve
from workshop.rehearsal import dashboard, page
from workshop.rehearsal.addresses import to_here
from workshop.rehearsal.likeness import difference
from workshop.rehearsal.page import PageCommand, RehearsedPageError, Shape, Solve, Start, Step

HANDOUTS = ROOT / "handouts"
LONGEST_S = 600.0
DIFFERS = 1
NOISY = "inconclusive"  # a verdict
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
"""Variables of the outer make. With them an inner make would print which folder it enters."""


def rehearse(names: Sequence[str], *, environ: Mapping[str, str]) -> int:
    """Follow the named pages, or all numbered ones; return 1 where one differs, else 0.

    `environ` has the settings for the commands. A step that differs from its page is reported with
    its output, and the next step follows. The exercises of a page are reset before and after it: an
    attendee's own changes are lost.
    """
    differing = []
    for path in named(names):
        print(f"\n{path.stem}", flush=True)
        try:
            found = page.steps(path.read_text(encoding="utf-8"))
        except RehearsedPageError as problem:
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


def named(names: Sequence[str]) -> list[Path]:
    """Return the pages with these names or beginnings of names, or all numbered ones.

    Raises RuntimeProblem where a name has no page, or several.
    """
    every = sorted(HANDOUTS.glob("[0-9][0-9]-*.md"))
    if not names:
        return every
    chosen = [path for name in names for path in HANDOUTS.glob(f"{name}*.md")]
    if len(chosen) != len(names):
        known = spoken_names.several([path.stem for path in every])
        raise RuntimeProblem(f"PAGE={' '.join(names)!r}: expected some of {known}")
    return chosen


def _forget(steps: Sequence[Step]) -> None:
    for step in steps:
        if isinstance(step, Solve):
            staging.forget(exercise_catalogue.find(step.name), ROOT)


def _perform(step: Step, environ: Mapping[str, str]) -> str:
    """Carry out a step; return a sentence where it differs from the page, else ""."""
    here = to_here(environ)
    match step:
        case PageCommand():
            return _type(step, here)
        case Solve():
            print(f"  solve {step.name}", flush=True)
            solve(step.name)
            return ""
        case Start() | Shape():
            return _press(step, f"http://127.0.0.1:{environ['LOCUST_PORT']}")


def _press(step: Start | Shape, url: str) -> str:
    """Press the dashboard's buttons; return a sentence where something is refused, else ""."""
    try:
        if isinstance(step, Start):
            print(f"  START {dict(step.fields)} for {step.seconds:.0f} s", flush=True)
            done = dashboard.run(url, step.fields, step.seconds)
        else:
            print(f"  SHAPE of {step.target}: {dict(step.fields) or 'reset'}", flush=True)
            done = dashboard.shape(url, step.target, step.fields)
    except dashboard.DashboardProblem as problem:
        return str(problem)
    print(f"           {done}", flush=True)
    return ""


def _type(command: PageCommand, here: Callable[[str], str]) -> str:
    """Run a command in a shell in the repository and compare its output with the page.

    A measurement that other work on the machine made inconclusive is repeated once.
    """
    print(f"  $ {command.text}", flush=True)
    why, lines = _typed(command, here)
    if why and any(line.endswith(NOISY) for line in lines):
        print(f"  {NOISY}: once more", flush=True)
        why, lines = _typed(command, here)
    if why:
        # The end of the output usually says why.
        sys.stdout.write("".join(f"  | {line}\n" for line in lines[-60:]))
    return why


def _typed(command: PageCommand, here: Callable[[str], str]) -> tuple[str, list[str]]:
    """Return what differs, "" for nothing, and the lines that were printed."""
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
        # The whole group, because make and the shell have children.
        child_process.kill_groups(process)
        return f"not done after {LONGEST_S:.0f} s", []
    lines = printed.splitlines()
    why = difference([here(line) for line in command.expected], lines)
    if process.returncode:
        why = f"ended with {process.returncode}" + (f"; {why}" if why else "")
    return why, lines


def _unbuffered() -> dict[str, str]:
    """Environment for a command: unbuffered, so that a pipe keeps the order of the output."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    return {**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}

"""Run the tests in stages, the quickest stage first: `make test`.

    python tests/run.py               every stage, and a table of costs
    python tests/run.py ARGS ...      pytest with these arguments, in one process
    python tests/run.py --args=TEXT   the same, with all of them in one text, as for a shell

Most tests wait most of the time, so several run in parallel, in the groups of side_by_side.py.
Tests marked `alone` assert timing; they run one at a time on an otherwise idle machine.
"""

import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import layers
import pytest

ROOT = Path(__file__).parent.parent
# Estimates for 2 cores: the tests without a layer, then the extra minutes of each layer.
MINUTES = 8
MORE_MINUTES = {
    "linux": 0,
    "docker": 3,
    "room": 0,
    "browser": 1,
    "prometheus": 0,
    "loads": 10,
    "handouts": 3,
    "workshop": 8,
}
OUTCOMES = ("passed", "failed", "skipped")
NOT_RUN = 2
NO_TESTS = 5  # pytest's exit code if it ran no test
UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
CORES = os.cpu_count() or 1
SHOWN = 60  # characters of a wrong argument
OF_MAKE = "--args="


@dataclass(frozen=True, slots=True)
class Stage:
    """A set of tests that one pytest run executes.

    `folders` are below tests/, `marked` is an expression for pytest's `-m`, and `at_once` the
    number of processes, 0 for no parallelism. `layers` is empty, or has the only layers whose
    tests the stage contains.
    """

    name: str
    folders: tuple[str, ...]
    marked: str
    at_once: int
    layers: tuple[str, ...] = ()

    def is_left_out(self, layers: Mapping[str, str]) -> bool:
        """Return whether all layers of the stage are among `layers`, those left out."""
        return bool(self.layers) and all(layer in layers for layer in self.layers)

    def command(self, costs: Path) -> list[str]:
        """Return the pytest command; it writes its costs as JSON to `costs`."""
        own = ["--durations=30", "--durations-min=1", "--costs", str(costs), "-m", self.marked]
        if self.at_once:
            own += ["--numprocesses", str(self.at_once), "--dist=loadscope"]
            own += ["--no-loadscope-reorder"]  # keep the order of side_by_side.py
        paths = [str(ROOT / "tests" / folder) for folder in self.folders]
        return [sys.executable, "-m", "pytest", *own, *paths]


AT_ONCE = min(2 * CORES, 8)  # these tests start servers and wait for them
LONG = min(2 * CORES, 4)
SLOWER = ("contract", "service", "browser", "compose", "handouts")
STAGES = (
    Stage("quick", ("unit", "docs"), "not alone", min(CORES, 4)),
    Stage("together", SLOWER, "not alone and not loads and not workshop", AT_ONCE),
    # Tests that load the processor run beside tests that mostly wait.
    Stage("long", SLOWER, "(loads or workshop) and not alone", LONG, ("loads", "workshop")),
    Stage("alone", SLOWER, "alone", 0),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a stage.

    `code` is pytest's exit code, `told` the JSON of costs.py (empty if pytest wrote none),
    `wall_s` and `processor_s` are the time it took, in seconds.
    """

    stage: Stage
    code: int
    told: dict[str, Any]
    wall_s: float
    processor_s: float


def main(arguments: list[str]) -> int:
    """Run all stages, or pytest with `arguments`, and return the exit code: 0 if all passed."""
    try:
        arguments = [word for each in arguments for word in words(each)]
    except ValueError as problem:
        refuse(f"ARGS: {problem}, e.g. `make test ARGS=tests/unit`")
        return NOT_RUN
    if missing := [each for each in arguments if is_missing(each)]:
        refuse(
            f"ARGS={missing[0][:SHOWN]!r}: no such file or folder, e.g. `make test ARGS=tests/unit`"
        )
        return NOT_RUN
    if arguments:
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT).returncode
    try:
        left_out = layers.reasons_to_leave_out(os.environ.get("LAB_LAYERS", ""))
    except pytest.UsageError as problem:
        refuse(f"{problem}, e.g. `LAB_LAYERS=none make test`")
        return NOT_RUN
    announce(left_out)
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for stage in [each for each in STAGES if not each.is_left_out(left_out)]:
            outcomes.append(run(stage, Path(folder) / stage.name))
            if outcomes[-1].code == 2:  # interrupted
                break
    conclude(outcomes)
    return max(0 if each.code == NO_TESTS else each.code for each in outcomes)


def words(argument: str) -> list[str]:
    """Return the words of `--args=TEXT`, with patterns like tests/*.py expanded; else the argument.

    No shell reads the text, so that a `;` in it ends no command. Raises ValueError for an open
    quote.
    """
    if not argument.startswith(OF_MAKE):
        return [argument]
    found = shlex.split(argument.removeprefix(OF_MAKE))
    return [path for each in found for path in expanded(each)]


def expanded(word: str) -> list[str]:
    """Return the paths that match a pattern below tests/; the word itself where none does."""
    paths = ROOT.glob(word) if word.startswith("tests/") and "*" in word else ()
    return sorted(str(path.relative_to(ROOT)) for path in paths) or [word]


def is_missing(argument: str) -> bool:
    """Return whether an argument of pytest is a path below tests/ that does not exist."""
    path = argument.partition("::")[0]
    try:
        return path.split("/")[0] == "tests" and not (ROOT / path).exists()
    except OSError:  # its name is too long
        return True


def refuse(problem: str) -> None:
    """Print a wrong argument or setting on stderr, as one line."""
    sys.stderr.write(f"tests: {problem}\n")


def announce(left_out: dict[str, str]) -> None:
    """Print the layers that run, those left out, and the estimated minutes."""
    runs = [layer for layer in layers.LAYERS if layer not in left_out]
    minutes = MINUTES + sum(MORE_MINUTES[layer] for layer in runs)
    say(f"tests: layers {', '.join(['those that need nothing', *runs])}")
    for layer, why in left_out.items():
        say(f"tests: not {layer}: {why}")
    say(f"tests: about {minutes} minutes on 2 cores")


def run(stage: Stage, costs: Path) -> Outcome:
    """Run a stage and return its outcome; `costs` is the file for its costs."""
    say(f"\ntests: {stage.name}: {', '.join(stage.folders)}, {stage.at_once or 1} at a time")
    began_s, before_s = time.monotonic(), processor_s()
    # The tests start hundreds of servers: with this variable set, each would compile the lab's
    # code again.
    environ = {name: value for name, value in os.environ.items() if name != UNCOMPILED}
    code = subprocess.run(stage.command(costs), cwd=ROOT, env=environ, check=False).returncode
    told = json.loads(costs.read_text(encoding="utf-8")) if costs.exists() else {}
    return Outcome(stage, code, told, time.monotonic() - began_s, processor_s() - before_s)


def processor_s() -> float:
    """Return the processor time of all child processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def conclude(outcomes: list[Outcome]) -> None:
    """Print the table of costs, the layers left out, the failures, and the totals."""
    total: Counter[str] = Counter()
    left_out: dict[str, str] = {}
    say(f"\n{'stage':10}{'folder':10}{'tests':>7}{'failed':>8}{'seconds':>9}")
    for each in outcomes:
        for folder, cost in each.told.get("folders", {}).items():
            total.update(cost)
            tests = sum(cost.get(outcome, 0) for outcome in OUTCOMES)
            row = f"{tests:7.0f}{cost.get('failed', 0):8.0f}{cost['s']:9.0f}"
            say(f"{each.stage.name:10}{folder:10}{row}")
        clocks = f"{each.wall_s / 60:.1f} min, {each.processor_s:.0f} s of processor time"
        say(f"{each.stage.name:10}in all: {clocks}\n")
        left_out |= each.told.get("left_out", {})
    for layer, why in left_out.items():
        say(f"left out: the {layer} layer: {why}")
    for each in outcomes:
        for name in each.told.get("failed", ()):
            say(f"failed: {name}")
        if each.code not in (0, 1, NO_TESTS):
            say(f"failed: the stage {each.stage.name} ended with {each.code}, see above")
    say(f"{sum(each.wall_s for each in outcomes) / 60:.1f} minutes")
    say(", ".join(f"{total[outcome]:.0f} {outcome}" for outcome in OUTCOMES))


def say(line: str) -> None:
    """Print a line and flush, so that it stays in order with the output of the stages."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

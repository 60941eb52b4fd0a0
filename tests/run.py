"""Run the tests in stages, what fails soonest first: `make test`.

    python tests/run.py            every stage, and a table of what each cost
    python tests/run.py ARGS ...   what pytest makes of these, in one process

Most tests wait most of the time, so several run side by side, as side_by_side.py groups them.
Those marked `alone` assert behaviour in time; they have the machine for themselves.
"""

import json
import os
import resource
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
# On top of what needs nothing, on 2 cores.
MINUTES = 8
MORE_MINUTES = {
    "linux": 0,
    "docker": 3,
    "room": 0,
    "browser": 1,
    "loads": 10,
    "handouts": 3,
    "workshop": 8,
}
OUTCOMES = ("passed", "failed", "skipped")
NO_TESTS = 5  # pytest's exit code where every test was left out
UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Stage:
    """Folders whose tests run together; `at_once` processes, or one after the other with 0.

    One that has tests of some layers alone is left out with them.
    """

    name: str
    folders: tuple[str, ...]
    marked: str
    at_once: int
    layers: tuple[str, ...] = ()

    def is_left_out(self, layers: Mapping[str, str]) -> bool:
        """Whether none of its tests would be left."""
        return bool(self.layers) and all(layer in layers for layer in self.layers)

    def command(self, costs: Path) -> list[str]:
        """What runs it."""
        own = ["--durations=30", "--durations-min=1", "--costs", str(costs), "-m", self.marked]
        if self.at_once:
            own += ["--numprocesses", str(self.at_once), "--dist=loadscope"]
            own += ["--no-loadscope-reorder"]  # side_by_side.py has put them in order
        paths = [str(ROOT / "tests" / folder) for folder in self.folders]
        return [sys.executable, "-m", "pytest", *own, *paths]


SLOWER = ("contract", "service", "browser", "compose", "handouts")
STAGES = (
    Stage("quick", ("unit", "docs"), "not alone", min(CORES, 4)),
    Stage("together", SLOWER, "not alone and not loads and not workshop", min(2 * CORES, 8)),
    # What loads the processor beside what waits for it least.
    Stage("long", SLOWER, "(loads or workshop) and not alone", 3, ("loads", "workshop")),
    Stage("alone", SLOWER, "alone", 0),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a stage ended: pytest's exit code, what it told of its costs, and its two clocks."""

    stage: Stage
    code: int
    told: dict[str, Any]
    wall_s: float
    processor_s: float


def main(arguments: list[str]) -> int:
    """Run what is asked for; 0 where all of it passed."""
    if arguments:
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT).returncode
    try:
        left_out = layers.reasons_to_leave_out(os.environ.get("LAB_LAYERS", ""))
    except pytest.UsageError as problem:
        say(f"tests: {problem}")
        return 2
    announce(left_out)
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for stage in [each for each in STAGES if not each.is_left_out(left_out)]:
            outcomes.append(run(stage, Path(folder) / stage.name))
            if outcomes[-1].code == 2:  # interrupted
                break
    conclude(outcomes)
    return max(0 if each.code == NO_TESTS else each.code for each in outcomes)


def announce(left_out: dict[str, str]) -> None:
    """Which layers will run, and about how long that takes."""
    runs = [layer for layer in layers.LAYERS if layer not in left_out]
    minutes = MINUTES + sum(MORE_MINUTES[layer] for layer in runs)
    say(f"tests: layers {', '.join(['those that need nothing', *runs])}")
    for layer, why in left_out.items():
        say(f"tests: not {layer}: {why}")
    say(f"tests: about {minutes} minutes on 2 cores")


def run(stage: Stage, costs: Path) -> Outcome:
    """Run a stage, and see what it cost."""
    say(f"\ntests: {stage.name}: {', '.join(stage.folders)}, {stage.at_once or 1} at a time")
    began_s, before_s = time.monotonic(), processor_s()
    # Hundreds of servers start: without this, each would compile the lab's code anew.
    environ = {name: value for name, value in os.environ.items() if name != UNCOMPILED}
    code = subprocess.run(stage.command(costs), cwd=ROOT, env=environ, check=False).returncode
    told = json.loads(costs.read_text(encoding="utf-8")) if costs.exists() else {}
    return Outcome(stage, code, told, time.monotonic() - began_s, processor_s() - before_s)


def processor_s() -> float:
    """Processor time of all that was run and has ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def conclude(outcomes: list[Outcome]) -> None:
    """The table, what was left out, what failed, and one line that counts."""
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
    """On stdout, in order with what the stages print."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

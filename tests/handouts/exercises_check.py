"""Check one state of one exercise: `python exercises_check.py FOLDER NUMBER STATE`.

FOLDER is an empty one. The exercises are copied there, so that nobody's own work, and nobody's
.env.local, has a say or is changed. The exit code is that of `lab check`.
"""

import shutil
import sys
from pathlib import Path

from lab import environment
from lab.runtime import RuntimeProblem
from workshop.exercises import exercise_catalogue, exercise_commands


def check(root: Path, number: str, state: str) -> int:
    """Put the state into place under `root`, and measure it there."""
    folder = root / "exercises"
    shutil.copytree(
        exercise_catalogue.FOLDER, folder, ignore=shutil.ignore_patterns("mine", "__pycache__")
    )
    shutil.copy(environment.ROOT / ".env", root)
    exercise_commands.solve(number, variant=state, folder=folder, root=root)
    return exercise_commands.check(
        number,
        runtime="local",
        environ=environment.load({}, root),
        folder=folder,
        results=root / "results",
        root=root,
    )


if __name__ == "__main__":
    try:
        sys.exit(check(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
    except RuntimeProblem as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        sys.exit(1)

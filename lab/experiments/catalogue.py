"""Which experiments there are, and which one is meant."""

from pathlib import Path

from lab import environment
from lab.experiments import duration
from lab.experiments.experiment import Experiment
from lab.experiments.table import ExperimentFileError

FOLDER = environment.ROOT / "experiments"


def names(folder: Path = FOLDER) -> list[str]:
    """Their names in order, such as "02-sixteen-at-once"."""
    return sorted(path.stem for path in folder.glob("[0-9][0-9]-*.toml"))


def find(text: str, folder: Path = FOLDER) -> Path:
    """The file that is meant by a number, a name or a part of it from its begin, or a path.

    Raises ExperimentFileError where none is, or more than one.
    """
    if text.endswith(".toml"):
        path = Path(text)
        if not path.is_file():
            raise ExperimentFileError(f"{text}: no such file")
        return path
    begin = f"{int(text):02}-" if text.isascii() and text.isdigit() else text
    found = [name for name in names(folder) if name == begin] or [
        name for name in names(folder) if begin and name.startswith(begin)
    ]
    if len(found) != 1:
        what = "more than one experiment" if found else "no experiment"
        known = ", ".join(found or names(folder))
        raise ExperimentFileError(f'"{text}": {what} of that name: expected one of {known}')
    return folder / f"{found[0]}.toml"


def minutes(experiment: Experiment) -> float:
    """About how long it takes, with its servers' start."""
    return duration.experiment_s(experiment) / 60

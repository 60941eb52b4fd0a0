"""Find experiment files by number, name or path."""

from pathlib import Path

from lab import environment
from lab.experiments import duration, spoken_names
from lab.experiments.experiment import Experiment
from lab.experiments.toml_table import ExperimentFileError

FOLDER = environment.ROOT / "experiments"


def names(folder: Path = FOLDER) -> list[str]:
    """Names of all experiments in `folder`, sorted, such as "02-sixteen-at-once"."""
    return sorted(path.stem for path in folder.glob("[0-9][0-9]-*.toml"))


def find(text: str, folder: Path = FOLDER) -> Path:
    """Return the file for a number, a name, the beginning of a name, or a path to a .toml file.

    An exact name wins over names that only begin with `text`. Raises ExperimentFileError where
    no file matches, or more than one.
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
        known = names(folder)
        expected = spoken_names.one_of(found or spoken_names.nearest(begin, known) or known)
        raise ExperimentFileError(f'"{text}": {what} of that name: expected {expected}')
    return folder / f"{found[0]}.toml"


def minutes(experiment: Experiment) -> float:
    """Estimated length of the experiment in minutes, including the start of its servers."""
    return duration.experiment_s(experiment) / 60

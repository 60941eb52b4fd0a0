"""mine/: a copy of a service with the exercise's files over it, which the attendee may change."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from lab import environment
from workshop.exercises.exercise import CODE, START, Exercise

_SERVICES: Mapping[str, Path] = {
    "flask_svc": environment.ROOT / "flask-svc",
    "fastapi_svc": environment.ROOT / "fastapi-svc",
}
_CODE = (".py",)

Content = dict[PurePosixPath, Path]
"""Path in mine/ -> file with the content."""


def state(exercise: Exercise, variant: str) -> Content:
    """All files of mine/ in one state of the exercise: its start, its solution, or a cheat.

    A file that the variant lacks comes from the start, and otherwise from the service.
    """
    found: Content = {}
    start = _of_mine(exercise, START)
    if exercise.change == CODE:
        for package in sorted({path.parts[0] for path in start} & _SERVICES.keys()):
            files = _files(_SERVICES[package] / package)
            found |= {PurePosixPath(package) / path: source for path, source in files.items()}
    # Later mappings win: variant over start over service.
    return found | start | _of_mine(exercise, variant)


def put(exercise: Exercise, variant: str) -> None:
    """Replace mine/ by that state. Raises OSError."""
    remove(exercise)
    for place, source in state(exercise, variant).items():
        path = exercise.mine / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
        path.chmod(0o644)  # a container reads it as another user


def remove(exercise: Exercise) -> None:
    """Delete mine/ if it exists."""
    shutil.rmtree(exercise.mine, ignore_errors=True)


def is_there(exercise: Exercise) -> bool:
    """Return True where mine/ exists."""
    return exercise.mine.is_dir()


def is_changed(exercise: Exercise) -> bool:
    """Return True where mine/ differs from the start."""
    return bool(changed(exercise))


def changed(exercise: Exercise) -> list[str]:
    """Files of mine/ that differ from the start, new and missing ones included."""
    before, now = state(exercise, START), _files(exercise.mine)
    return [
        str(place)
        for place in sorted(before.keys() | now.keys())
        if place not in before
        or place not in now
        or before[place].read_bytes() != now[place].read_bytes()
    ]


def changed_besides(exercise: Exercise) -> list[str]:
    """Changed code files that do not belong to the exercise.

    A new module inside a service is allowed; elsewhere not, since a container has only the service.
    """
    before = state(exercise, START)
    return [
        each
        for each in changed(exercise)
        if each not in exercise.edit
        # Only files that run can change the result.
        and (place := PurePosixPath(each)).suffix in _CODE
        and (place in before or place.parts[0] not in _SERVICES)
    ]


def _of_mine(exercise: Exercise, variant: str) -> Content:
    """A variant's files for mine/, without files that only describe it."""
    return {
        place: path
        for place, path in _files(exercise.folder / variant).items()
        if place.parts[0] in _SERVICES or str(place) in exercise.edit
    }


def _files(folder: Path) -> Content:
    return {
        PurePosixPath(*path.relative_to(folder).parts): path
        for path in _walk(folder)
        if "__pycache__" not in path.parts
    }


def _walk(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())

"""Content hashes of what a run depends on: `sources` of run.json.

A commit says more than what was measured, since documents and reports belong to it, and less, since
files may differ from it. Equal hashes mean that both runs had the same definition, the same
services, the same load generator and the same rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from lab.environment import ROOT
from lab.experiments.definition import DIGITS

EXPERIMENT = "experiment"
_OF_IMAGE = ("Dockerfile", "pyproject.toml", "requirements.txt")

PATHS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{
            folder: tuple(f"{folder}/{each}" for each in (*_OF_IMAGE, package))
            for folder, package in (
                ("flask-svc", "flask_svc"),
                ("fastapi-svc", "fastapi_svc"),
                ("mock-upstream", "mock_upstream"),
                ("postgres", "lab_postgres"),
            )
        },
        "driver": ("lab/driver",),
        "measuring": ("lab/running", "lab/theory.py", "lab/processor_time.py", "lab/targets.py"),
        "verdicts": ("lab/verdicts", "lab/samples.py", "lab/lanes.py"),
        "locks": (
            "requirements.txt",
            "flask-svc/requirements.txt",
            "fastapi-svc/requirements.txt",
            "mock-upstream/requirements.txt",
            "postgres/requirements.txt",
            "locust/requirements.txt",
        ),
    }
)
"""Files and folders of each source, relative to the checkout. Of a service it is what goes into its
image."""


def of_tree(definition: str, root: Path = ROOT) -> dict[str, str]:
    """Return the hash of each source in the tree at `root`, 16 hex digits each.

    `definition` is the hash of the experiment's definition, which is no part of the tree. A source
    that is not there has an empty text.
    """
    return {EXPERIMENT: definition} | {name: _digest(root, paths) for name, paths in PATHS.items()}


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the names of the sources that are not the same in both; none counts as another."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def watched(experiment: str) -> list[str]:
    """Return all paths whose content decides a run of the experiment with that name."""
    own = [".env", f"experiments/{experiment}.toml"]
    return [*own, *dict.fromkeys(path for paths in PATHS.values() for path in paths)]


def _digest(root: Path, paths: Sequence[str]) -> str:
    found = sha256()
    empty = found.hexdigest()
    for path in _files(root, paths):
        # A checkout on Windows may have other line ends, which change nothing.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        # Length and name are hashed, too, so that moved bytes change the hash.
        name = path.relative_to(root).as_posix()
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return "" if found.hexdigest() == empty else found.hexdigest()[:DIGITS]


def _files(root: Path, paths: Sequence[str]) -> Iterator[Path]:
    for path in (root / each for each in paths):
        if path.is_file():
            yield path
        for each in sorted(path.rglob("*")):
            if each.is_file() and not _is_cache(each.relative_to(root)):
                yield each


def _is_cache(path: Path) -> bool:
    return any(part == "__pycache__" or part.startswith(".") for part in path.parts)

"""Every page of the handouts, followed word for word in a fresh copy of the repository."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.environment import ROOT
from workshop.bundle import tree

FIRST = "07"  # the longest: the others are followed beside it
PAGES = sorted(
    [*(path.stem for path in ROOT.glob("handouts/[0-9][0-9]-*.md")), "instructor"],
    key=lambda page: (not page.startswith(FIRST), page),
)
LONGEST_S = 900
# Their exercises measure how quick a process is that is kept busy.
QUICKNESS = ("04", "06")


@dataclass(frozen=True)
class Copy:
    """A copy of the repository, with ports of its own."""

    root: Path
    environ: dict[str, str]

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m MODULE ARGUMENTS` in it."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )


@pytest.fixture(scope="module")
def copy(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[], dict[str, str]]
) -> Iterator[Copy]:
    """All that git would clone, as it is in the working tree, and the environment that is there."""
    root = tmp_path_factory.mktemp("walk") / "lab"
    for name in [*tree.files(ROOT), *tree.untracked(ROOT)]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(Path(sys.prefix).resolve())
    path = f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # Calibrations would meet the next command, because nobody reads the page in between.
    told = {"RUNTIME": "local", "CALIBRATE": "off", "PATH": path}
    own = Copy(root, os.environ | free_ports() | told)
    try:
        yield own
    finally:
        own.run("lab", "down")


@pytest.mark.workshop
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.alone] if page[:2] in QUICKNESS else [])
        for page in PAGES
    ],
)
def test_a_page_can_be_followed_word_for_word(copy: Copy, page: str) -> None:
    """Each command ends well and prints what stands below it; exercises are solved on the way."""
    done = copy.run("workshop", "rehearse", page)

    assert done.returncode == 0, done.stdout

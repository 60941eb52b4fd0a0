"""Which files are the lab: what git tracks, or in an unpacked bundle what its list says."""

import subprocess
from pathlib import Path

from lab.bundle import contents
from lab.runtime import RuntimeProblem


def files(root: Path) -> list[str]:
    """Their paths below `root`, sorted; a tracked file that is not there now is left out.

    RuntimeProblem where `root` is neither a git checkout nor an unpacked bundle.
    """
    if (root / ".git").exists():
        listed = git(root, "ls-files", "-z")
    elif bundle := contents.read(root):
        listed = bundle.files
    else:
        raise RuntimeProblem(
            f"{root}: neither a git checkout nor an unpacked bundle, so nothing says which files "
            "are the lab: clone the repository, then run this again"
        )
    return sorted(name for name in set(listed) if (root / name).is_file())


def untracked(root: Path) -> list[str]:
    """What lies in a checkout, is not ignored, and stays out of the bundle."""
    if not (root / ".git").exists():
        return []
    return sorted(git(root, "ls-files", "-z", "--others", "--exclude-standard"))


def git(root: Path, *arguments: str) -> list[str]:
    """The paths that a git command prints; RuntimeProblem with its words where it fails."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as problem:
        raise RuntimeProblem(f"{root} is a git checkout, but git cannot be run: install it") from (
            problem
        )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it failed without a word"])[0]
        raise RuntimeProblem(f"git cannot list the files of {root}: {said}")
    return [name for name in done.stdout.split("\0") if name]

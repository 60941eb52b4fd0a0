"""The lab's files: those that git tracks, or in an unpacked bundle those in its list."""

import subprocess
from pathlib import Path

from lab.runtime import RuntimeProblem, bundle_contents


def files(root: Path) -> list[str]:
    """Paths below `root`, sorted; tracked files that do not exist are left out.

    Raises RuntimeProblem where `root` is neither a git checkout nor an unpacked bundle.
    """
    if (root / ".git").exists():
        listed = git(root, "ls-files", "-z")
    elif bundle := bundle_contents.read(root):
        listed = bundle.files
    else:
        raise RuntimeProblem(
            f"{root}: neither a git checkout nor an unpacked bundle, so nothing says which files "
            "are the lab: clone the repository, then run this again"
        )
    return sorted(name for name in set(listed) if (root / name).is_file())


def untracked(root: Path) -> list[str]:
    """Files of a checkout that are neither tracked nor ignored; they stay out of the bundle."""
    if not (root / ".git").exists():
        return []
    return sorted(git(root, "ls-files", "-z", "--others", "--exclude-standard"))


def git(root: Path, *arguments: str) -> list[str]:
    """Paths that a git command prints. Raises RuntimeProblem with git's message where it fails."""
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

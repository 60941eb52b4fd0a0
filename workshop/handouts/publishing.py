"""Replaces the published site once the new one is complete."""

import shutil
import tempfile
from pathlib import Path

KEPT = ".gitkeep"


def publish(built: Path, site: Path) -> None:
    """Replace the content of `site` by the content of `built`.

    The folder `site` itself stays, because a container may have it mounted. Everything is first
    copied into a folder inside `site`, so that the final step is one rename per file or folder.
    """
    site.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".fresh-", dir=site))
    try:
        shutil.copytree(built, fresh, dirs_exist_ok=True)
        for old in site.iterdir():
            # The container's mount and git both need the folder and its .gitkeep.
            if old.name != KEPT and old != fresh:
                _remove(old)
        for new in fresh.iterdir():
            new.rename(site / new.name)
    finally:
        shutil.rmtree(fresh)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()

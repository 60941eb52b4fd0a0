"""Put what was built in the place of what was there, once all of it is there."""

import shutil
import tempfile
from pathlib import Path

KEPT = ".gitkeep"


def publish(built: Path, site: Path) -> None:
    """Replace what `site` holds by what `built` holds.

    The folder itself stays, because a container may have it mounted. All is copied
    beside its place first; from there it is a rename for each file or folder.
    """
    site.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".fresh-", dir=site))
    try:
        shutil.copytree(built, fresh, dirs_exist_ok=True)
        for old in site.iterdir():
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

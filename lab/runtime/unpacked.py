"""Load the images of an unpacked bundle into the Docker engine."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.environment import ROOT
from lab.runtime import RuntimeProblem, bundle_contents, tell

LOADED = "lab-images.loaded"  # image ids after the last load


def load_images(names: Sequence[str], root: Path = ROOT) -> bool:
    """Load the bundle's images unless the engine has them. Return False where there are none.

    Images of the same names are replaced, because they may be from other code. Raises
    RuntimeProblem where the images cannot be loaded or are for another platform.
    """
    archive, bundle = root / bundle_contents.IMAGES, bundle_contents.read(root)
    if bundle is None or not archive.exists():
        return False
    note = root / LOADED
    # Compare ids, not names: another bundle has the same names.
    if note.exists() and note.read_text(encoding="ascii") == ids(names) != "":
        return True
    require_platform(bundle.images_for)
    tell(
        f"loading the images of this bundle from {bundle_contents.IMAGES} "
        "(once, about half a minute)"
    )
    done = subprocess.run(
        ["docker", "load", "--quiet", "--input", archive],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["docker load failed"])[-1]
        raise RuntimeProblem(
            f"the images in {bundle_contents.IMAGES} cannot be loaded ({said}): unpack the bundle "
            "again, or run the lab without Docker: `make up RUNTIME=local`"
        )
    note.write_text(ids(names), encoding="ascii")
    return True


def require_platform(images_for: str) -> None:
    """Raise RuntimeProblem unless the engine's platform is `images_for`."""
    asked = ["docker", "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]
    engine = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if engine != images_for:
        raise RuntimeProblem(
            f"the images in this bundle are for {images_for}, this engine runs {engine}: use "
            f"RUNTIME=local, or delete {bundle_contents.IMAGES} where there is internet"
        )


def ids(names: Sequence[str]) -> str:
    """Return the image ids, one per line; empty where the engine lacks an image."""
    inspect = ["docker", "image", "inspect", "--format", "{{.Id}}", *names]
    done = subprocess.run(inspect, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""

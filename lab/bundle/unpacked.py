"""The images of an unpacked bundle, and how they get into the engine by themselves."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.bundle import contents
from lab.environment import ROOT
from lab.runtime import RuntimeProblem, tell

LOADED = "lab-images.loaded"  # what the engine called them after they were read


def load_images(names: Sequence[str], root: Path = ROOT) -> bool:
    """Read a bundle's images into the engine, unless it has them; False where there are none.

    Images of the same names which the engine has from elsewhere are replaced:
    they may be of another day's code. RuntimeProblem where they cannot be
    loaded, or are for another kind of machine.
    """
    archive, bundle = root / contents.IMAGES, contents.read(root)
    if bundle is None or not archive.exists():
        return False
    note = root / LOADED
    if note.exists() and note.read_text(encoding="ascii") == ids(names) != "":
        return True
    require_platform(bundle.images_for)
    tell(f"loading the images of this bundle from {contents.IMAGES} (once, about half a minute)")
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
            f"the images in {contents.IMAGES} cannot be loaded ({said}): unpack the bundle again, "
            "or run the lab without Docker: `make up RUNTIME=local`"
        )
    note.write_text(ids(names), encoding="ascii")
    return True


def require_platform(images_for: str) -> None:
    """RuntimeProblem unless the engine runs images for this platform."""
    asked = ["docker", "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]
    engine = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if engine != images_for:
        raise RuntimeProblem(
            f"the images in this bundle are for {images_for}, this engine runs {engine}: use "
            f"RUNTIME=local, or delete {contents.IMAGES} where there is internet"
        )


def ids(names: Sequence[str]) -> str:
    """What the engine calls the images, a line each; empty where it lacks one."""
    inspect = ["docker", "image", "inspect", "--format", "{{.Id}}", *names]
    done = subprocess.run(inspect, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""

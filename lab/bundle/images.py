"""The lab's images as one compressed member of the archive."""

import gzip
import shutil
import subprocess
from collections.abc import Mapping
from typing import BinaryIO

from lab.bundle.archive import CHUNK_BYTES
from lab.experiments.stand import StandProblem
from lab.experiments.stand import images as of_the_tree
from lab.runtime import RuntimeProblem, docker

LEVEL = 1  # a third of the size in ten seconds; more effort wins little


def build(environ: Mapping[str, str]) -> str:
    """Build what changed, so that images and code are of one day; return their platform."""
    try:
        of_the_tree.build(environ)
    except StandProblem as problem:
        raise RuntimeProblem(f"{problem}; RUNTIME=local leaves the images out") from problem
    inspect = ["docker", "image", "inspect", "--format", "{{.Os}}/{{.Architecture}}"]
    done = subprocess.run([*inspect, *docker.IMAGES], capture_output=True, text=True, check=False)
    platforms = sorted(set(done.stdout.split()))
    if done.returncode or len(platforms) != 1:
        raise RuntimeProblem(
            "not every image of the lab is here, for one platform: run `make up RUNTIME=docker` "
            "once, then this; RUNTIME=local leaves the images out"
        )
    return platforms[0]


def save(member: BinaryIO) -> None:
    """Write them into an open member as they come from the engine: never on the disk twice."""
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=member, compresslevel=LEVEL, mtime=0) as file,
        subprocess.Popen(["docker", "save", *docker.IMAGES], stdout=subprocess.PIPE) as saving,
    ):
        assert saving.stdout is not None
        shutil.copyfileobj(saving.stdout, file, CHUNK_BYTES)
    if saving.returncode:
        raise RuntimeProblem("the images could not be saved: see the line above")

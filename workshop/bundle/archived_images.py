"""The lab's images as one compressed member of the archive."""

import gzip
import shutil
import subprocess
from collections.abc import Mapping
from typing import BinaryIO

from lab.running.testbed import TestbedError
from lab.running.testbed import image_build as of_the_tree
from lab.runtime import RuntimeProblem, docker
from workshop.bundle.archive import CHUNK_BYTES

LEVEL = 1  # a third of the size in ten seconds; a higher level gains little


def build(environ: Mapping[str, str]) -> str:
    """Build what changed, so that images and code match. Returns the images' platform.

    Raises RuntimeProblem where the build fails or the images differ in platform.
    """
    try:
        of_the_tree.build(environ, [*of_the_tree.SERVICES, docker.REPORT])
    except TestbedError as problem:
        raise RuntimeProblem(f"{problem}; RUNTIME=local leaves the images out") from problem
    inspect = ["docker", "image", "inspect", "--format", "{{.Os}}/{{.Architecture}}"]
    done = subprocess.run([*inspect, *docker.SAVED], capture_output=True, text=True, check=False)
    platforms = sorted(set(done.stdout.split()))
    if done.returncode or len(platforms) != 1:
        raise RuntimeProblem(
            "not every image of the lab is here, for one platform: run `make up RUNTIME=docker` "
            "once, then this; RUNTIME=local leaves the images out"
        )
    return platforms[0]


def save(member: BinaryIO) -> None:
    """Write the images into an open member, streamed from the engine without a copy on disk."""
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=member, compresslevel=LEVEL, mtime=0) as file,
        subprocess.Popen(["docker", "save", *docker.SAVED], stdout=subprocess.PIPE) as saving,
    ):
        assert saving.stdout is not None
        shutil.copyfileobj(saving.stdout, file, CHUNK_BYTES)
    if saving.returncode:
        raise RuntimeProblem("the images could not be saved: see the line above")

"""The images: how they travel, and how big they are."""

import json
import subprocess
import tarfile

import pytest

from lab.runtime import docker

pytestmark = pytest.mark.docker

MOST_CODE_BYTES = 1.2e6  # uncompressed, of which most is text
UNITS = {"kB": 1e3, "MB": 1e6}


def test_the_images_travel_in_one_file(lab, tmp_path):
    """Written by one machine, read by the next: four images with their names."""
    archive = tmp_path / "lab-images.tar"
    assert lab.run("save-images", str(archive)).returncode == 0

    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    names = [tag.removesuffix(":latest") for entry in manifest for tag in entry["RepoTags"]]
    assert sorted(names) == sorted(docker.IMAGES)
    loaded = lab.run("load-images", str(archive))
    assert loaded.returncode == 0
    assert all(f"Loaded image: {name}:latest" in loaded.stdout for name in docker.IMAGES)


def test_an_archive_that_is_none_is_a_sentence(lab, tmp_path):
    """And exit code 1."""
    archive = tmp_path / "lab-images.tar"
    archive.write_text("not an archive")

    done = lab.run("load-images", str(archive))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"lab: no images could be loaded from {archive}")


@pytest.mark.parametrize("image", docker.IMAGES)
def test_code_is_a_layer_of_its_own(lab, image):
    """A change of code moves about a megabyte, whatever the dependencies weigh."""
    shown = subprocess.run(
        ["docker", "history", "--no-trunc", "--format", "{{.Size}}\t{{.CreatedBy}}", image],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    layers = [line.split("\t") for line in shown.splitlines()]

    [code] = [size for size, command in layers if "/wheels/*.whl" in command]
    number, unit = code[:-2], code[-2:]  # as in 121kB
    assert float(number) * UNITS[unit] < MOST_CODE_BYTES, code

"""The images: how they travel, and how big they are."""

import json
import re
import subprocess
import tarfile

import pytest
from made_report import make

from lab.runtime import docker

pytestmark = pytest.mark.docker

MOST_CODE_BYTES = 1.2e6  # uncompressed, of which most is text
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6}
MOST_MB = {  # above the base image, with some 5 % of headroom
    "lab-mock-upstream": 3,
    "lab-flask-svc": 103,
    "lab-fastapi-svc": 91,
    "lab-locust": 70,
    "lab-postgres": 46,
    "lab-report": 162,
}


@pytest.fixture(scope="module")
def report(lab, tmp_path_factory):
    """A report whose page the lab has drawn in a container, and what it wrote to do so."""
    folder = make(tmp_path_factory.mktemp("made") / "report", only=["01", "05"])
    return folder, lab.run("render", str(folder))


def test_the_images_travel_in_one_file(lab, tmp_path):
    """Written by one machine, read by the next: six images with their names."""
    archive = tmp_path / "lab-images.tar"
    assert lab.run("save-images", str(archive)).returncode == 0

    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    names = [tag.removesuffix(":latest") for entry in manifest for tag in entry["RepoTags"]]
    assert sorted(names) == sorted(docker.SAVED)
    loaded = lab.run("load-images", str(archive))
    assert loaded.returncode == 0
    assert all(f"Loaded image: {name}:latest" in loaded.stdout for name in docker.SAVED)


def test_an_archive_that_is_none_is_a_sentence(lab, tmp_path):
    """And exit code 1."""
    archive = tmp_path / "lab-images.tar"
    archive.write_text("not an archive")

    done = lab.run("load-images", str(archive))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"lab: no images could be loaded from {archive}")


def layers_of(image):
    """Bytes and command of each layer, the newest first; the last is the base image's."""
    shown = subprocess.run(
        ["docker", "history", "--no-trunc", "--format", "{{.Size}}\t{{.CreatedBy}}", image],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in shown.splitlines():
        size, command = line.split("\t")
        number, unit = re.fullmatch(r"([\d.]+)(\w+)", size).groups()  # as in 121kB
        yield float(number) * UNITS[unit], command


@pytest.mark.parametrize("image", docker.SAVED)
def test_code_is_a_layer_of_its_own(lab, report, image):
    """A change of code moves about a megabyte, whatever the dependencies weigh."""
    [code] = [size for size, command in layers_of(image) if "/wheels/*.whl" in command]

    assert code < MOST_CODE_BYTES


@pytest.mark.parametrize("image", docker.SAVED)
def test_an_image_adds_little_to_its_base(lab, report, image):
    """What lies below the first line of the Dockerfile's last stages is the base image."""
    added = 0.0
    for size, command in layers_of(image):
        added += size
        if command.startswith("ENV PATH=/venv/bin"):
            break

    assert added < MOST_MB[image] * 1e6


@pytest.mark.parametrize("image", [*docker.IMAGES, docker.POSTGRES_IMAGE])
def test_no_image_of_the_lab_has_pip_or_vl_convert(lab, image):
    """Neither is needed at run time; the code was installed by the build's pip."""
    find = "import importlib.util as i; print(i.find_spec('pip'), i.find_spec('vl_convert'))"
    run = ["docker", "run", "--rm", "--read-only", "--network=none", image, "python", "-c", find]

    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "None"]


def test_a_report_is_drawn_in_an_image_of_its_own(report):
    """`make report` and `make page` in containers: the page has its charts."""
    folder, done = report

    assert done.returncode == 0, done.stderr
    assert "<svg" in (folder / "report.html").read_text()

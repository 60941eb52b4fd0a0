"""The lock files: versions and hashes, one version of each package, no addresses."""

import re

import pytest

from lab.environment import ROOT

UNION = ROOT / "requirements.txt"
LOCKS = [UNION, *sorted(ROOT.glob("*/requirements.txt"))]
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pinned(lock):
    """Each package of a lock with its version."""
    return dict(PINNED.findall(lock.read_text()))


def test_there_is_a_lock_for_every_image():
    """As many as there are Dockerfiles, and one for the local environment."""
    assert {lock.parent for lock in LOCKS} == {
        ROOT,
        *(dockerfile.parent for dockerfile in ROOT.glob("*/Dockerfile")),
    }


@pytest.mark.parametrize("lock", LOCKS[1:], ids=lambda lock: lock.parent.name)
def test_packages_in_common_have_one_version(lock):
    """Every image's lock is a part of the union."""
    union = pinned(UNION)

    assert pinned(lock)
    for package, version in pinned(lock).items():
        assert union[package] == version


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_every_package_has_hashes_and_no_address(lock):
    """pip checks each file against the lock, wherever it comes from."""
    text = lock.read_text()

    assert "://" not in text
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert PINNED.match(entry), entry
        assert "--hash=sha256:" in entry


def test_locust_is_pinned_exactly():
    """The dashboard rests on details of one release."""
    assert f'"locust=={pinned(UNION)["locust"]}"' in (ROOT / "pyproject.toml").read_text()

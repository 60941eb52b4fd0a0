"""Which tests share a process where several processes run them (pytest-xdist).

Tests of a group run in one process, one after the other, so that they share what its fixtures
have started: those of a file, and all that look at the one lab in containers.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path

import pytest

FOLDERS = Path(__file__).parent
CONTAINERS = "containers"
# Fixtures that start servers for one test alone, which may then run in any process.
OWN = {"run_target", "own_target", "own_twin", "broken_twin"}
# The one that starts every target, once in a process: twenty-seven processes more.
RUNNING = "start_target"
# One Chromium and the lab behind it are as much as a machine should have at a time.
BROWSER = "browser"
# Those that build the handouts, once in a process.
BUILT = {"made_site", "real_site"}
# Files whose tests share nothing that takes time to start.
INDEPENDENT = ("handouts/test_walk", "handouts/test_exercises", "service/test_run_every_experiment")
# What lasts longest begins first: at the end, everybody would wait for it.
BEGIN = (
    CONTAINERS,
    BROWSER,
    RUNNING,
    "unit/test_reference_report",
    "unit/test_report",
    "handouts/test_bundle",
)
FOLDER = pytest.StashKey[Path]()


def group_of(item: pytest.Item) -> str:
    """The name of the group that a test is in; the test's own where it shares nothing."""
    if item.get_closest_marker("docker"):
        return CONTAINERS
    fixtures = set(getattr(item, "fixturenames", ()))
    if RUNNING in fixtures:
        return RUNNING
    if item.path.parent.name == BROWSER and not fixtures & BUILT:
        return BROWSER
    if fixtures & BUILT:
        return "built"
    file = str(item.path.relative_to(FOLDERS).with_suffix(""))
    if fixtures & OWN or file in INDEPENDENT:
        return re.sub(r"\W+", "-", item.nodeid)
    return file


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest groups first, and tell the process that deals the tests out who is in which.

    pytest-xdist 3.8 has groups of its own, which it writes into a test's name; pytest 9 does not
    let it any more.
    """
    groups = {item.nodeid: group_of(item) for item in items}
    order = {group: place for place, group in enumerate(BEGIN)}
    items.sort(key=lambda item: order.get(groups[item.nodeid], len(order)))
    if hasattr(config, "workerinput"):
        file = Path(config.workerinput["groups"])
        beside = file.with_name(config.workerinput["workerid"])
        beside.write_text(json.dumps(groups), encoding="utf-8")
        beside.replace(file)  # all of them write the same


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Say where they are to be written."""
    node.workerinput["groups"] = str(_file(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Deal out whole groups: --dist=loadscope, but for what a scope is."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if not groups:
                groups.update(json.loads(_file(config).read_text(encoding="utf-8")))
            return groups[nodeid]

    groups: dict[str, str] = {}
    return Groups(config, log) if config.getvalue("dist") == "loadscope" else None


def _file(config: pytest.Config) -> Path:
    if FOLDER not in config.stash:
        config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="lab-tests-"))
    return config.stash[FOLDER] / "groups"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing."""
    if folder := config.stash.get(FOLDER, None):
        shutil.rmtree(folder)

"""Grouping of the tests for parallel runs with pytest-xdist.

The tests of a group run one after the other in one process, so that they share the programs
that its fixtures start. By default a file is a group. All tests of the lab in containers are
one group, because they share one lab.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path

import pytest

FOLDERS = Path(__file__).parent
CONTAINERS = "containers"
# Fixtures that start servers for one test only; such a test may run in any process.
OWN = {"run_target", "own_target", "own_twin", "broken_twin"}
# This fixture starts every target, once per test process: 27 more processes each time.
RUNNING = "start_target"
# The browser tests that start a lab are one group: a machine should run only one Chromium with a
# lab at a time.
BROWSER = "browser"
# Fixtures that build the handouts, once per test process.
BUILT = {"made_site", "real_site"}
# Its tests share the archive, which takes a minute to make; the one in Docker has its own engine.
BUNDLE = "handouts/test_bundle"
# Files whose tests share no slow fixture: each test is its own group.
INDEPENDENT = ("handouts/test_walk", "handouts/test_exercises", "service/test_run_every_experiment")
# The longest groups start first; started last, they would extend the whole run.
BEGIN = (
    CONTAINERS,
    BROWSER,
    RUNNING,
    "unit/test_reference_report",
    "unit/test_report",
    BUNDLE,
)
# The files whose tests start last, the longer tests first: they compare what they measure with a
# page, and nothing that loads the processor is left then.
END = ("handouts/test_walk", "handouts/test_exercises")
FOLDER = pytest.StashKey[Path]()


def group_of(item: pytest.Item) -> str:
    """Return the name of a test's group; a name of its own if the test shares nothing."""
    if item.get_closest_marker("docker") and file_of(item) != BUNDLE:
        return CONTAINERS
    fixtures = set(getattr(item, "fixturenames", ()))
    if RUNNING in fixtures:
        return RUNNING
    if item.path.parent.name == BROWSER and not fixtures & BUILT:
        return BROWSER
    if fixtures & BUILT:
        return "built"
    file = file_of(item)
    if fixtures & OWN or file in INDEPENDENT:
        return re.sub(r"\W+", "-", item.nodeid)
    return file


def file_of(item: pytest.Item) -> str:
    """Return a test's file as a group is named after it: "unit/test_report"."""
    return str(item.path.relative_to(FOLDERS).with_suffix(""))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the groups in order, and write the group of each test to a file for the scheduler.

    pytest-xdist 3.8 has its own groups, but it writes them into a test's name, and pytest 9 no
    longer allows that.
    """
    groups = {item.nodeid: group_of(item) for item in items}
    order = {group: place for place, group in enumerate(BEGIN, start=-len(BEGIN))}
    last = {file: place for place, file in enumerate(END, start=1)}
    items.sort(key=lambda item: order.get(groups[item.nodeid], last.get(file_of(item), 0)))
    if hasattr(config, "workerinput"):
        file = Path(config.workerinput["groups"])
        beside = file.with_name(config.workerinput["workerid"])
        beside.write_text(json.dumps(groups), encoding="utf-8")
        beside.replace(file)  # atomic; all workers write the same content


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker the path of the groups' file."""
    node.workerinput["groups"] = str(_file(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Distribute whole groups: --dist=loadscope with a group as the scope."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if not groups:
                groups.update(json.loads(_file(config).read_text(encoding="utf-8")))
            return groups[nodeid]

        def _reschedule(self, node) -> None:
            # A group is dealt out when a worker needs one, which is before its last test, as a test
            # begins only when the next is known. Dealt out earlier, a group waits behind a long
            # test while another worker has nothing to do.
            if not self.workqueue or self._pending_of(self.assigned_work[node]) < 2:
                super()._reschedule(node)

    groups: dict[str, str] = {}
    return Groups(config, log) if config.getvalue("dist") == "loadscope" else None


def _file(config: pytest.Config) -> Path:
    if FOLDER not in config.stash:
        config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="lab-tests-"))
    return config.stash[FOLDER] / "groups"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder of the groups' file."""
    if folder := config.stash.get(FOLDER, None):
        shutil.rmtree(folder)

"""A pytest plugin that selects the layers of the tests to run.

A layer is a requirement of a test: Linux, Docker, a browser, several minutes. LAB_LAYERS
chooses the layers; without it, the machine's abilities decide.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

import pytest

# The shell draws the same without the windows of a desktop, with two thirds of the processor time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Each layer by the name of its mark, with the reason for its absence and the remedy.
LAYERS = {
    "linux": "they read /proc and the like, which Linux alone has",
    "docker": "no Docker engine answers; start one (on bare Debian: .ci/docker-engine)",
    "room": "no network namespace can be had for a room without internet; run as root on Linux",
    "browser": "no Chromium in PATH; install one (on Debian: apt-get install chromium)",
    "prometheus": "no prometheus or no promtool in PATH; install them (on Debian: apt-get install "
    "--no-install-recommends prometheus)",
    "loads": "real runs of Locust and of every experiment take minutes; LAB_LAYERS=all has them",
    "handouts": "building site, booklet and bundle takes minutes; LAB_LAYERS=all does",
    "workshop": "following every page, checking every exercise takes minutes; LAB_LAYERS=all does",
}
ON_REQUEST = ("loads", "handouts", "workshop")

REASONS = pytest.StashKey[Mapping[str, str]]()
LEFT_OUT = pytest.StashKey[set[str]]()


def reasons_to_leave_out(asked: str) -> dict[str, str]:
    """Return the layers that do not run, each with the reason.

    `asked` is the value of LAB_LAYERS: `all`, `none`, or names separated by commas. If it is
    empty, every layer runs that this machine supports, except those of ON_REQUEST, which take
    minutes more. Raises pytest.UsageError for an unknown name, and for a named layer that this
    machine does not support.
    """
    if not asked:
        return {
            layer: why for layer, why in LAYERS.items() if layer in ON_REQUEST or not is_here(layer)
        }
    required = set(LAYERS) if asked == "all" else set(asked.split(",")) - {"none"}
    if unknown := required - set(LAYERS):
        expected = f"all, none, or some of {', '.join(LAYERS)}"
        raise pytest.UsageError(f"LAB_LAYERS={asked!r}: {min(unknown)!r}: expected {expected}")
    for layer in LAYERS:
        if layer in required and not is_here(layer):
            raise pytest.UsageError(f"LAB_LAYERS={asked}: no {layer} layer: {LAYERS[layer]}")
    return {layer: f"LAB_LAYERS={asked}" for layer in LAYERS if layer not in required}


def is_here(layer: str) -> bool:
    """Return whether this machine supports the layer."""
    if layer == "linux":
        return sys.platform == "linux"
    if layer == "browser":
        return any(shutil.which(name) for name in BROWSERS)
    if layer == "prometheus":
        return all(shutil.which(name) for name in ("prometheus", "promtool"))
    if layer == "docker":
        return _succeeds("docker", "version", "--format", "{{.Server.Version}}")
    if layer == "room":
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        return _succeeds("unshare", "--net", *user, "ip", "link", "set", "lo", "up")
    return True


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks and decide the layers: once, in the main process.

    Worker processes of pytest-xdist get the decision from the main process, so that none of
    them probes the machine again.
    """
    for layer in LAYERS:
        config.addinivalue_line("markers", f"{layer}: a layer, see tests/layers.py")
    workerinput = getattr(config, "workerinput", None)
    asked = os.environ.get("LAB_LAYERS", "")
    config.stash[REASONS] = (
        reasons_to_leave_out(asked) if workerinput is None else workerinput["reasons"]
    )
    config.stash[LEFT_OUT] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of the layers that do not run."""
    reasons = config.stash[REASONS]
    left_out = []
    for item in items:
        if missing := [layer for layer in reasons if item.get_closest_marker(layer)]:
            config.stash[LEFT_OUT].update(missing)
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print one line for each layer left out, with the remedy.

    With `--costs`, run.py prints these lines itself.
    """
    if config.option.costs:
        return
    for layer in LAYERS:
        if layer in config.stash[LEFT_OUT]:
            said = f"left out: the {layer} layer: {config.stash[REASONS][layer]}"
            terminalreporter.write_line(said, yellow=True)


# With pytest-xdist each worker process collects the tests itself. The next three hooks pass the
# reasons to the workers, and the layers that they left out back to the main process.


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """In the main process: pass the reasons to a worker."""
    node.workerinput["reasons"] = dict(node.config.stash[REASONS])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker: report the layers left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = sorted(session.config.stash[LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """In the main process: collect the layers that a worker left out."""
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left_out", ()))

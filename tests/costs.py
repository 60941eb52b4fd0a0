"""A pytest plugin that records costs by folder, for the table at the end of tests/run.py."""

import json
from collections import Counter
from pathlib import Path

import pytest
from layers import LEFT_OUT, REASONS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--costs FILE`."""
    parser.addoption(
        "--costs", metavar="FILE", help="write what ran, how long it took and what was left out"
    )


def pytest_configure(config: pytest.Config) -> None:
    """With `--costs`, count in the main process, which gets the reports of all workers."""
    if config.option.costs and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Costs(Path(config.option.costs)))


class Costs:
    """Seconds and outcomes of the tests by folder, counted from pytest's reports."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._folders: dict[str, Counter[str]] = {}
        self._failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one report; each test has three: setup, call and teardown.

        A passed setup or teardown adds its seconds, but no outcome.
        """
        cost = self._folders.setdefault(report.nodeid.split("/")[1], Counter())
        cost["s"] += report.duration
        if report.failed:
            cost["failed"] += 1
            self._failed.append(report.nodeid)
        elif report.when == "call" or report.skipped:
            cost[report.outcome] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the counts as JSON: `folders`, `failed` (node ids) and `left_out` (reasons)."""
        stash = session.config.stash
        told = {
            "folders": self._folders,
            "failed": self._failed,
            "left_out": {layer: stash[REASONS][layer] for layer in sorted(stash[LEFT_OUT])},
        }
        self._file.write_text(json.dumps(told), encoding="utf-8")

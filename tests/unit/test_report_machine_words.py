"""The machine and the runs of a report in words."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_report import make

from lab.report import machine_words, report_data
from lab.report.report_data import Gathered


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of experiments 02 and 16."""
    return make(tmp_path_factory.mktemp("made") / "report", only=("02", "16"))


def with_metadata(report: Path, **fields: Any) -> Gathered:
    """The report with other metadata in its first run, experiment 02."""
    gathered = report_data.gather(report)
    first, *others = gathered.experiments
    assert isinstance(first, report_data.Judged)
    run = replace(first.run, metadata={**first.run.metadata, **fields})
    return replace(gathered, experiments=[replace(first, run=run), *others])


@pytest.mark.parametrize(
    ("git", "is_told"),
    [
        ({"changed": False}, False),
        (None, False),
        ({"changed": True}, True),
        ({"changed": True, "changed_sources": []}, False),
        ({"changed": True, "changed_sources": ["lab/theory.py"]}, True),
    ],
)
def test_runs_of_changed_sources_are_named(report: Path, git: Any, is_told: bool) -> None:
    """A list of changed sources counts for more than that any file was changed."""
    told = machine_words.changed_runs(with_metadata(report, git=git))

    assert told.startswith("When experiment 02 ran, sources differed") is is_told
    assert bool(told) is is_told


def test_python_and_libraries_are_those_of_the_servers(report: Path) -> None:
    """What a server says of itself counts; older runs do not know it."""
    servers = {
        "flask-svc": {"python": "3.13.5", "packages": {"flask": "3.1.3", "uvicorn": "0.53"}},
        "fastapi-svc": {"python": "3.13.5", "packages": {"uvicorn": "0.54"}},
        "other": None,
    }
    known = with_metadata(report, servers=servers, versions={"of the lab": "1"})
    known = replace(known, experiments=known.experiments[:1])

    assert dict(machine_words.facts(known))["Python of the servers"] == "3.13.5"
    assert machine_words.versions(known) == {"flask": "3.1.3", "uvicorn": "0.53, 0.54"}


def test_the_commits_of_all_runs_are_told(report: Path) -> None:
    """One of them may have been measured later."""
    both = with_metadata(report, git={"commit": "f" * 40, "changed": True})

    assert dict(machine_words.facts(both))["Source"] == "ffffffffff with changes and 0123456789"


def test_unknown_versions_are_called_unknown(report: Path) -> None:
    """Rather than left out."""
    assert dict(machine_words.facts(report_data.gather(report)))["Python of the servers"] == (
        "unknown"
    )


def test_what_limits_a_load_is_told_of_the_runs_that_measured_it(report: Path) -> None:
    """Both ceilings have a row of their own, and the busiest series counts for its run."""
    told = with_metadata(
        report,
        ceiling={"rate_rps": 4000.0, "cpu_share": 1.0},
        upstream_ceiling={"rate_rps": 3000.0, "cpu_share": 1.0},
        busy_before=0.2,
    )
    rows = dict(machine_words.limits(replace(told, experiments=told.experiments[:1])))

    assert rows["The load driver's own ceiling"] == "4,000 requests/s"
    assert rows["The upstream's own ceiling"] == "3,000 requests/s"
    assert rows["Used by others beside a series"] == "20 %, at most 20 %"

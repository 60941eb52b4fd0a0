"""A service of somebody's own in an experiment: how it is read, written down and told apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.experiments import experiment_file
from lab.experiments.experiment import Experiment
from lab.experiments.toml_table import ExperimentFileError
from lab.results import experiment_json

DOCUMENT: dict[str, Any] = {
    "question": "?",
    "explains": ".",
    "measure": "makespan_s",
    "why_none": "nobody knows the route",
    "tolerance": 0.1,
    "shapes": [{"name": "flask-svc"}, {"name": "fastapi-svc"}],
    "cells": [
        {
            "shapes": ["flask-svc"],
            "routes": ["own-route"],
            "load": {"kind": "burst", "requests": 4},
        }
    ],
    "chart": {"kind": "points", "metric": "makespan_s"},
}


def read(package: Path | None, **changes: Any) -> Experiment:
    return experiment_file.described(
        DOCUMENT | changes, "load.toml", "03-three-calls", package=package
    )


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with a flask_svc of one's own."""
    (tmp_path / "flask_svc").mkdir()
    (tmp_path / "flask_svc/app.py").write_text("x = 1\n")
    return tmp_path


def test_only_what_is_there_runs_in_place_of_the_labs(mine: Path) -> None:
    """The other framework is the installed one."""
    experiment = read(mine)

    assert experiment.name == "03-three-calls"
    assert experiment.shape("flask-svc").package == mine
    assert experiment.shape("fastapi-svc").package is None


def test_it_may_have_routes_of_its_own(mine: Path) -> None:
    """Of which theory knows nothing; a service of the lab has none that the lab does not know."""
    [cell] = read(mine).cells
    assert (cell.id, cell.path) == ("flask-svc.own-route.burst-4", "/own-route")
    assert (cell.slots, cell.service_s) == (None, None)

    with pytest.raises(ExperimentFileError, match="routes = .*own-route"):
        read(None)
    both = dict(DOCUMENT["cells"][0]) | {"shapes": ["flask-svc", "fastapi-svc"]}
    with pytest.raises(ExperimentFileError, match="routes = .*own-route"):
        read(mine, cells=[both])
    for bad in ("Own", "a/b", "a?b"):
        with pytest.raises(ExperimentFileError, match="small letters"):
            read(mine, cells=[dict(DOCUMENT["cells"][0]) | {"routes": [bad]}])


def test_it_stands_in_the_run_and_is_read_back(mine: Path) -> None:
    """As a path; a shape of the lab's own code says nothing of packages, as it always has."""
    experiment = read(mine)

    document = json.loads(json.dumps(experiment_json.as_dict(experiment)))
    assert document["shapes"][0]["package"] == str(mine)
    assert "package" not in document["shapes"][1]
    assert experiment_json.rebuilt(document) == experiment

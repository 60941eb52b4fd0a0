"""Memory by workers and by requests: lines that are straight, on axes of their own."""

import re

import pytest

from lab.environment import ROOT
from lab.experiments import catalogue, experiment_file
from lab.report import figures
from lab.report.report_data import gather
from lab.results import experiment_json

DASHED = re.compile(r'<path [^>]*d="(M[^"]+)"[^>]*stroke-dasharray="5,4"')
PLACE = re.compile(r"[ML](-?[\d.]+),(-?[\d.]+)")
WIDTH_PX = 400


@pytest.fixture(scope="module")
def drawn():
    """What the kept report shows of the experiment, in its two parts."""
    [memory] = [
        each
        for each in gather(ROOT / "results/reference").judged
        if each.run.experiment.name == "11-memory"
    ]
    return figures.of_experiment(memory.run, memory.summary)


def lines(figure):
    """The places of each dashed line, in pixels."""
    return [
        [(float(x), float(y)) for x, y in PLACE.findall(path)]
        for path in DASHED.findall(figure.at(WIDTH_PX))
    ]


def test_workers_and_requests_have_axes_of_their_own(drawn):
    """Eight workers would be no wider than a dot beside hundreds of requests."""
    workers, requests = drawn

    assert workers.label.endswith("by idle workers")
    assert requests.label.endswith("by requests held by one worker")
    assert workers.is_half
    assert requests.is_half
    assert len(lines(workers)) == 3
    assert len(lines(requests)) == 4


def test_a_straight_line_is_straight(drawn):
    """Every place of a fitted line lies between its two ends, to a tenth of a pixel."""
    for places in (line for figure in drawn for line in lines(figure)):
        (left, begin), *between, (right, end) = places
        assert right - left > 20
        for x, y in between:
            assert y == pytest.approx(begin + (end - begin) * (x - left) / (right - left), abs=0.1)


def test_panels_are_kept_with_a_run():
    """And a run from before there were any has none."""
    experiment = experiment_file.read(catalogue.find("11-memory"))
    document = experiment_json.as_dict(experiment)
    assert experiment_json.rebuilt(document).chart == experiment.chart

    del document["chart"]["panels"]
    assert experiment_json.rebuilt(document).chart.panels == ()

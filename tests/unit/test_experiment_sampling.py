"""Each cell can have as many samples as its verdict needs, by arithmetic on its definition alone.

A cell that cannot is inconclusive on every machine, however good the measurement.
"""

from math import floor

import pytest
from made_run import burst_cell

from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import (
    ASK,
    BURST,
    CLOSED,
    HOLD,
    OPEN,
    SOCKETS,
    THREADS,
    Cell,
    Load,
)
from lab.verdicts import doubt_rules, summary

NAMES = catalogue.names()
BESIDE_S = 0.005
"""What a request takes beside its wait, on a machine that is not the slowest."""
SHARE_OF_BURSTS = "second_wave_share"


def answers(cell: Cell) -> int:
    """Whole answers of one series, as the load and the predicted service time have it."""
    load = cell.load
    match load.kind:
        case "closed":
            return floor(rate_rps(cell) * load.duration_s)
        case "open":
            return floor(load.rate_rps * load.duration_s)
        case "ask":
            return load.requests * len(load.asks)
        case "threads":
            return 0
    return load.requests * load.bursts


def rate_rps(cell: Cell) -> float:
    """Answers per second of a closed load: its users' wish, or what the slots can do."""
    service_s = (cell.service_s or 0.0) + BESIDE_S
    wished = cell.load.users / (service_s + cell.load.think_s)
    return min(wished, cell.slots / service_s) if cell.slots else wished


def too_few(name: str, *, quick: bool) -> dict[str, str]:
    """Cells that cannot reach their minimum in the planned series, with both numbers."""
    experiment = experiment_file.read(catalogue.find(name), quick=quick, cores=2)
    found = {}
    for cell in experiment.cells:
        if cell.measure == SHARE_OF_BURSTS:
            number, least = cell.load.bursts, doubt_rules.FEWEST_BURSTS
        else:
            number, least = answers(cell), doubt_rules.FEWEST_SAMPLES.get(cell.measure, 0)
        if number * experiment.series < least:
            found[cell.id] = f"{number} in each of {experiment.series} series, {least} needed"
    return found


@pytest.mark.parametrize("quick", [False, True], ids=["full", "quick"])
@pytest.mark.parametrize("name", NAMES)
def test_each_cell_can_have_its_samples(name: str, quick: bool) -> None:
    """In the planned number of series, whether or not the run is quick."""
    assert too_few(name, quick=quick) == {}


@pytest.mark.parametrize("quick", [False, True], ids=["full", "quick"])
@pytest.mark.parametrize("name", NAMES)
def test_there_are_series_enough_for_a_verdict(name: str, quick: bool) -> None:
    """Three, or one where it is quick."""
    experiment = experiment_file.read(catalogue.find(name), quick=quick, cores=2)
    least = summary.FEWEST_SERIES_OF_QUICK if quick else summary.FEWEST_SERIES

    assert (summary.FEWEST_SERIES, summary.FEWEST_SERIES_OF_QUICK) == (3, 1)
    assert experiment.series >= least


@pytest.mark.parametrize(
    ("load", "slots", "service_s", "expected"),
    [
        (Load(kind=CLOSED, users=1, duration_s=1.0), 4, 0.095, 10),
        (Load(kind=CLOSED, users=1, think_s=0.1, duration_s=1.0), 4, 0.095, 5),
        (Load(kind=CLOSED, users=100, duration_s=2.0), 4, 0.095, 80),
        (Load(kind=CLOSED, users=100, duration_s=2.0), None, 0.095, 2000),
        (Load(kind=CLOSED, users=10, duration_s=0.5), None, None, 1000),
        (Load(kind=OPEN, rate_rps=15.0, duration_s=0.5), 4, 1.0, 7),
        (Load(kind=BURST, requests=16, bursts=2), 4, 1.0, 32),
        (Load(kind=HOLD, requests=16), 4, 1.0, 16),
        (Load(kind=SOCKETS, requests=16), 4, 1.0, 16),
        (Load(kind=ASK, requests=2, asks=({}, {})), None, None, 4),
        (Load(kind=THREADS, requests=2000), None, None, 0),
    ],
)
def test_the_arithmetic_is_that_of_the_load(
    load: Load, slots: int | None, service_s: float | None, expected: int
) -> None:
    """Users over the time of an answer, slots over the time that one is held, arrivals, bursts."""
    assert answers(burst_cell(load=load, slots=slots, service_s=service_s)) == expected


def test_all_quick_ones_that_decide_a_claim_take_less_than_six_minutes() -> None:
    """Which is what a quick report measures."""
    quick = [experiment_file.read(catalogue.find(name), quick=True, cores=2) for name in NAMES]

    assert sum(catalogue.minutes(each) for each in quick if each.claims) < 6

"""How long an experiment takes beside its loads: servers for each series, restarts, ceilings."""

import pytest
from made_run import burst_cell, experiment

from lab.experiments import duration
from lab.experiments.experiment import Load, Shape


def start_s(*shapes: Shape) -> float:
    return duration.start_s(experiment(burst_cell(), shapes=shapes))


def shape(**settings: str) -> Shape:
    return Shape(name="own", target="flask-svc", settings=settings)


def test_more_servers_and_more_workers_take_longer_to_start() -> None:
    """Four workers unless a setting says otherwise; forked ones import nothing."""
    none, four = start_s(), start_s(shape())
    eight = start_s(shape(FLASK_WORKERS="8"))
    forked = start_s(shape(FLASK_WORKERS="8", GUNICORN_CMD_ARGS="--preload"))

    assert none == duration.NOISE_S
    assert eight - four == pytest.approx(4 * duration.WORKER_S)
    assert four < start_s(shape(), shape()) < 2 * four
    assert forked == pytest.approx(eight - 7 * duration.WORKER_S + 8 * duration.FORKED_S)


def test_a_setting_that_a_server_will_refuse_does_not_stop_the_estimate() -> None:
    """An attendee may write anything, and reads the server's own sentence."""
    assert start_s(shape(FLASK_WORKERS="many")) == start_s(shape(FLASK_WORKERS="1"))


def test_each_series_starts_its_servers_again() -> None:
    """The ceilings are measured once."""
    one, three = (experiment(burst_cell(expected_s=2.0), series=number) for number in (1, 3))
    counted = burst_cell(load=Load(kind="closed", users=64, duration_s=1.0, keeps="counts"))

    assert duration.experiment_s(three) == pytest.approx(3 * duration.experiment_s(one))
    assert duration.experiment_s(one) > duration.start_s(one) + 2.0
    without = experiment(burst_cell(), series=3)
    more_s = duration.experiment_s(experiment(counted, series=3)) - duration.experiment_s(without)
    assert more_s == pytest.approx(duration.CEILINGS_S)


def test_the_first_cell_of_a_shape_finds_a_fresh_server_anyway() -> None:
    """A restart is counted for the others."""
    first, second = burst_cell(4, fresh=True), burst_cell(8, fresh=True)
    both = experiment(first, second)

    assert duration.measurement_s(both, second) == pytest.approx(
        duration.measurement_s(both, first) + duration.RESTART_S
    )

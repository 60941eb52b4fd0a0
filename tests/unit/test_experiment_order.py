"""The order in which cells are measured."""

from made_run import burst_cell, experiment

from lab.experiments.experiment import Cell
from lab.running.run_plan import interleaved, order


def cell(shape: str, number: int) -> Cell:
    return burst_cell(number, shape=shape)


A, B = cell("a", 1), cell("b", 1)


def test_series_are_interleaved_across_shapes() -> None:
    """A B A B A B, so that a machine that grows slower grows slower for both."""
    assert order(experiment(A, B, series=3)) == [(A, 1), (B, 1), (A, 2), (B, 2), (A, 3), (B, 3)]


def test_shapes_take_turns_within_a_series() -> None:
    """However a file lists its cells, no shape is measured twice in a row while another waits."""
    cells = [cell("a", 1), cell("a", 2), cell("a", 3), cell("b", 1), cell("b", 2)]

    assert [each.id for each in interleaved(cells)] == [
        "a.io.burst-1",
        "b.io.burst-1",
        "a.io.burst-2",
        "b.io.burst-2",
        "a.io.burst-3",
    ]


def test_every_cell_has_every_series_once() -> None:
    """Nothing is lost where shapes have different numbers of cells."""
    cells = [cell("a", n) for n in range(1, 5)] + [cell("b", 1)]

    found = order(experiment(*cells, series=3))

    assert len(found) == 15
    assert {(each.id, series) for each, series in found} == {
        (each.id, series) for each in cells for series in (1, 2, 3)
    }

"""The order in which cells are measured."""

from itertools import groupby

from made_run import burst_cell, experiment

from lab.experiments.experiment import Cell
from lab.running.run_plan import interleaved, order


def cell(shape: str, number: int) -> Cell:
    return burst_cell(number, shape=shape)


A, B = cell("a", 1), cell("b", 1)


def in_series(planned: list[tuple[Cell, int]]) -> list[list[Cell]]:
    """The cells of each series, in their order."""
    return [[each for each, _ in group] for _, group in groupby(planned, key=lambda each: each[1])]


def test_series_are_interleaved_across_shapes() -> None:
    """A B, then A B or B A, so that a machine that grows slower grows slower for both."""
    found = order(experiment(A, B, series=3), seed=1)

    assert [series for _, series in found] == [1, 1, 2, 2, 3, 3]
    for each in in_series(found):
        assert sorted(cell.shape for cell in each) == ["a", "b"]


def test_the_shapes_are_in_random_order_in_each_series() -> None:
    """No shape always follows the same other one; the seed alone decides."""
    cells = [cell(shape, n) for shape in "abcd" for n in (1, 2)]
    found = [in_series(order(experiment(*cells, series=3), seed)) for seed in range(10)]

    for planned in found:
        for each in planned:
            shapes = [cell.shape for cell in each]
            assert shapes[:4] == shapes[4:]
            assert [cell.load.requests for cell in each] == [1] * 4 + [2] * 4
    firsts = {tuple(cell.shape for cell in each[:4]) for planned in found for each in planned}
    assert len(firsts) > 10
    assert found == [in_series(order(experiment(*cells, series=3), seed)) for seed in range(10)]


def test_shapes_take_turns_within_a_series() -> None:
    """However a file lists its cells, no shape is measured twice in a row while another waits."""
    cells = [cell("a", 1), cell("a", 2), cell("a", 3), cell("b", 1), cell("b", 2)]

    assert [each.id for each in interleaved(cells, ["a", "b"])] == [
        "a.io.burst-1",
        "b.io.burst-1",
        "a.io.burst-2",
        "b.io.burst-2",
        "a.io.burst-3",
    ]
    assert [each.id for each in interleaved(cells, ["b", "a"])] == [
        "b.io.burst-1",
        "a.io.burst-1",
        "b.io.burst-2",
        "a.io.burst-2",
        "a.io.burst-3",
    ]


def test_every_cell_has_every_series_once() -> None:
    """Nothing is lost where shapes have different numbers of cells."""
    cells = [cell("a", n) for n in range(1, 5)] + [cell("b", 1)]

    found = order(experiment(*cells, series=3), seed=5)

    assert len(found) == 15
    assert {(each.id, series) for each, series in found} == {
        (each.id, series) for each in cells for series in (1, 2, 3)
    }

"""In which order an experiment's cells are measured."""

from collections.abc import Sequence
from itertools import zip_longest

from lab.experiments.experiment import Cell, Experiment


def order(experiment: Experiment) -> list[tuple[Cell, int]]:
    """Each cell with its repeat, from 1: A B A B, and never A A B B.

    All cells once, then all of them again; and within that the shapes take turns. What
    changes on the machine meanwhile then falls on all of them alike, and shows as spread.
    """
    once = interleaved(experiment.cells)
    return [(cell, repeat) for repeat in range(1, experiment.repeats + 1) for cell in once]


def interleaved(cells: Sequence[Cell]) -> list[Cell]:
    """A cell of each shape in turn; those of one shape keep their order."""
    by_shape: dict[str, list[Cell]] = {}
    for cell in cells:
        by_shape.setdefault(cell.shape, []).append(cell)
    rounds = zip_longest(*by_shape.values())
    return [cell for each in rounds for cell in each if cell is not None]

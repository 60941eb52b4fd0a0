"""What a run settles before it measures: the order of its cells, and the slots of its servers."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from random import Random, SystemRandom
from typing import Any

from lab.experiments.experiment import Cell, Experiment

SEED_BITS = 32


def new_seed() -> int:
    """Return a random seed for the order of a run."""
    return SystemRandom().getrandbits(SEED_BITS)


def order(experiment: Experiment, seed: int) -> list[tuple[Cell, int]]:
    """Return each cell with its series (1-based): all cells once before the next series.

    In each series the shapes take turns, in an order that depends on `seed` alone. A slow change of
    the machine then affects all cells alike and shows as spread, and no shape always follows the
    same other one.
    """
    dice = Random(seed)
    shapes = list(dict.fromkeys(cell.shape for cell in experiment.cells))
    planned: list[tuple[Cell, int]] = []
    for series in range(1, experiment.series + 1):
        dice.shuffle(shapes)
        planned += [(cell, series) for cell in interleaved(experiment.cells, shapes)]
    return planned


def interleaved(cells: Sequence[Cell], shapes: Sequence[str]) -> list[Cell]:
    """Take one cell of each shape in turn, in the order of `shapes`.

    Cells of one shape keep their order: in some experiments one depends on the one before it.
    """
    by_shape = [[cell for cell in cells if cell.shape == shape] for shape in shapes]
    # Shapes may have different numbers of cells.
    rounds = zip_longest(*by_shape)
    return [cell for each in rounds for cell in each if cell is not None]


def disagreements(experiment: Experiment, servers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One sentence per shape and route whose actual slots differ from the predicted ones.

    Predictions compute slots from the settings; /server reports the server's own count. A route
    that /server does not report is left out.
    """
    found = {}
    for cell in experiment.cells:
        inputs = cell.prediction.inputs
        known = servers.get(cell.shape, {}).get("slots", {})
        # Not every prediction depends on slots.
        if "slots" not in inputs or cell.route not in known:
            continue
        predicted, said = inputs["slots"], known[cell.route]
        if predicted != said:
            found[cell.shape, cell.route] = (
                f"{cell.shape} reports {_count(said)} for /{cell.route}, "
                f"but the prediction was made for {_count(predicted)}"
            )
    return list(found.values())


def _count(slots: float | None) -> str:
    return "slots without limit" if slots is None else f"{slots:g} slots"

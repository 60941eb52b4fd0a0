"""What to call a cell on a page."""

import re
from collections.abc import Sequence

from lab.experiments import words
from lab.experiments.experiment import CLOSED, Cell

_PATH = re.compile(r"(?<= )/[^\s,]+")


def names(cells: Sequence[Cell]) -> dict[str, str]:
    """By id, such as "flask-svc `/io`, 16 at once"; the id itself where that is not enough."""
    found = {cell.id: _PATH.sub(r"`\g<0>`", words.cell(cell)) for cell in cells}
    kept = {
        cell.id: f"{found[cell.id]}, kept connection"
        for cell in cells
        if cell.load.kind == CLOSED and cell.load.keep_alive
    }
    for better in (kept, {id: f"`{id}`" for id in found}):
        told = list(found.values())
        found |= {id: better[id] for id in better if told.count(found[id]) > 1}
    return found

"""Names of cells on a page."""

import re
from collections.abc import Sequence

from lab.experiments import spoken_names
from lab.experiments.experiment import CLOSED, Cell

_PATH = re.compile(r"(?<= )/[^\s,]+")


def names(cells: Sequence[Cell]) -> dict[str, str]:
    """Map cell ids to names such as "flask-svc `/io`, 16 at once"; not unique: the id itself."""
    found = {cell.id: _PATH.sub(r"`\g<0>`", spoken_names.cell(cell)) for cell in cells}
    kept = {
        cell.id: f"{found[cell.id]}, kept connection"
        for cell in cells
        if cell.load.kind == CLOSED and cell.load.keep_alive
    }
    # Only names that occur more than once become longer.
    for better in (kept, {id: f"`{id}`" for id in found}):
        told = list(found.values())
        found |= {id: better[id] for id in better if told.count(found[id]) > 1}
    return found

"""Short names for the cells of one experiment: what tells them apart, without what all share."""

from collections.abc import Callable, Sequence

from lab.experiments import spoken_names
from lab.experiments.experiment import CLOSED, THREADS, Cell

Part = Callable[[Cell], str]
CAPITALS = {"api": "API", "cpu": "CPU"}


def title(name: str) -> str:
    """Return an experiment's name as a title.

    >>> title("02-sixteen-at-once"), title("16-cpu-bound")
    ('Sixteen at once', 'CPU bound')
    """
    said = " ".join(CAPITALS.get(word, word) for word in name[3:].split("-"))
    return said[:1].upper() + said[1:]


def of(cells: Sequence[Cell]) -> dict[str, str]:
    """Return short names by cell id, such as "flask-svc /io, 16 at once".

    Where all cells get the same load, the name is "flask-svc /io". A query is left out where the
    path alone tells the cells apart. Where even the query does not, the names are the ids.
    """
    # The path alone first: the query is added only where it is needed.
    for path in (_path, _path_with_query):
        parts: Sequence[Part] = (path, _load, _connection)
        differ = [part for part in parts if len({part(cell) for cell in cells}) > 1]
        named = {cell.id: _name(cell, path, differ) for cell in cells}
        if len(set(named.values())) == len(cells):
            return named
    return {cell.id: cell.id for cell in cells}


def _name(cell: Cell, path: Part, differ: Sequence[Part]) -> str:
    way = f" {path(cell)}" if path in differ and path(cell) else ""
    others = [part(cell) for part in (_load, _connection) if part in differ]
    return ", ".join([cell.shape + way, *filter(None, others)])


def in_common(cells: Sequence[Cell]) -> str:
    """What all cells share and their short names leave out: "/io · 16 at once"; "" for nothing."""
    shared = [{part(cell) for cell in cells} for part in (_path_with_query, _load)]
    return " · ".join(word for words in shared if len(words) == 1 for word in words if word)


def series(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """Return the lines of a sweep by name: cells of one shape, route and kind of load, by x."""
    found: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.shape, cell.route, cell.load.kind), []).append(cell)
    routes = {route for _, route, _ in found}
    kinds = {kind for _, _, kind in found}
    named = {}
    for (shape, route, kind), members in found.items():
        name = f"{shape} /{route}" if len(routes) > 1 and route else shape
        name = f"{name}, {kind} load" if len(kinds) > 1 else name
        named[name] = sorted(members, key=lambda cell: cell.x or 0.0)
    return named


def _path(cell: Cell) -> str:
    return _path_with_query(cell).partition("?")[0]


def _path_with_query(cell: Cell) -> str:
    return "" if cell.load.kind == THREADS else cell.path


def _load(cell: Cell) -> str:
    return spoken_names.load(cell.load)


def _connection(cell: Cell) -> str:
    return "kept connection" if cell.load.kind == CLOSED and cell.load.keep_alive else ""

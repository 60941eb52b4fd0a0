"""Expand the [[cells]] groups of an experiment file into cells.

A group gives one cell for each combination of shape, route, number of parts and load.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from lab.experiments import duration, judged_by, loads, predicting, settings
from lab.experiments.experiment import (
    ASK,
    DRIVER,
    SOCKETS,
    THREADS,
    UPSTREAM,
    Cell,
    Load,
    Prediction,
    Shape,
)
from lab.experiments.judged_by import Judging
from lab.experiments.predicting import Known, Place
from lab.experiments.toml_table import TomlTable
from lab.targets import SLOT_ROUTES, asks_database

ROUTE_NAMES = (*SLOT_ROUTES, *predicting.OTHER_ROUTES)
QUERIES: Mapping[str, tuple[str, ...]] = {
    "io": ("parts",),
    "async-io-multi": ("parts",),
    "cpu": ("ms",),
    "async-cpu": ("ms",),
    "stream": ("n", "every_ms"),
    "ws": ("every_ms",),
    "db-read": ("id",),
    "db-stream": ("n", "every_ms"),
    "db-write": ("id", "amount"),
    "orm-read": ("id",),
}
"""Query parameters of each route; all take whole numbers."""
UPSTREAM_COUNTS = ("peak_busy", "busy_mean")
"""Metrics of the upstream's count, which has nothing of a request to the database."""
_ROUTE = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupContext:
    """The parts of an experiment file that its cells depend on.

    `behaviour` is the upstream's dial, `quick_load` the load keys that a quick run replaces.
    """

    shapes: Mapping[str, Shape]
    asks: loads.Asks
    behaviour: Mapping[str, Any]
    cores: int
    quick: bool
    quick_load: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The place of one cell in its group.

    `shape` is None where the load goes to the upstream directly or to no server at all. `part`
    is the number of parts, None where the group names none. `amount` is the load's size as the
    cell's id spells it, such as "16".
    """

    shape: Shape | None
    route: str
    part: int | None
    amount: str
    load: Load

    @property
    def name(self) -> str:
        """Name of the shape, or of its stand-in: DRIVER for threads, else UPSTREAM."""
        if self.shape:
            return self.shape.name
        return DRIVER if self.load.kind == THREADS else UPSTREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The settings that a [[cells]] table gives to all its cells.

    `query` is the query string before parts are added, `x` names the abscissa (a setting or a
    known input), `inputs` override inputs of the prediction, `seconds` overrides the estimate
    of a cell's length (0: no override).
    """

    table: TomlTable
    around: GroupContext
    judging: Judging
    query: str
    path: str
    suffix: str
    x: str
    inputs: Mapping[str, float | str]
    errors_expected: bool
    seconds: float


def read(table: TomlTable, above: Judging, around: GroupContext) -> list[Cell]:
    """Return the cells of one group, one for each combination of shape, route, parts and load.

    Returns [] for a group that a quick run leaves out; the table is checked all the same.
    Raises ExperimentFileError.
    """
    quick = table.table("quick", {})
    is_left_out = quick.flag("left_out", False)
    query, shorter = table.text("query", ""), quick.text("query", "")
    group = Group(
        table=table,
        around=around,
        judging=judged_by.read(table, quick, is_quick=around.quick, above=above),
        query=shorter if around.quick and shorter else query,
        path=table.text("path", ""),
        suffix=table.text("suffix", ""),
        x=table.text("x", ""),
        inputs=_inputs(table.table("inputs", {})),
        errors_expected=table.flag("errors_expected", False),
        seconds=table.number("seconds", 0.0, above=0),
    )
    judged_by.require_whole(group.judging, table)
    cells = [_cell(group, spot) for spot in _spots(group, _loads(table, quick, around))]
    quick.finish()
    table.finish()
    return [] if is_left_out and around.quick else cells


def _spots(group: Group, several: Mapping[str, Load]) -> Iterator[Spot]:
    # This order is the order of the cells in the experiment.
    parts: Sequence[float | None] = group.table.numbers("parts", [None], least=1)
    kind = next(iter(several.values())).kind
    for shape, route in _places(group, kind):
        for part in parts:
            for amount, load in several.items():
                yield Spot(
                    shape=shape,
                    route=route,
                    part=None if part is None else int(part),
                    amount=amount,
                    load=load,
                )


def _places(group: Group, kind: str) -> Iterator[tuple[Shape | None, str]]:
    # The shape is None for the upstream itself and for threads.
    table, shapes = group.table, group.around.shapes
    if group.path and kind != ASK:
        raise table.bad("path", group.path, "routes, where nothing is asked one by one")
    if kind == THREADS:
        yield None, THREADS
        return
    if table.flag("direct", False):
        for route in table.texts("routes", of=("io",)):
            yield None, route
        return
    names = table.texts("shapes", of=shapes)
    # A changed service may have routes that the lab does not know, so its routes go unchecked.
    is_known = kind != ASK and not all(shapes[name].package for name in names)
    routes = table.texts("routes", of=ROUTE_NAMES if is_known else ())
    for name in names:
        for route in routes:
            if not _ROUTE.fullmatch(route):
                raise table.bad("routes", route, "small letters, digits and hyphens")
            if (kind == SOCKETS) != (route == "ws"):
                raise table.bad("routes", route, "ws for sockets, and another for other loads")
            if not predicting.server_of(shapes[name]).has(route):
                raise table.bad("routes", route, f"a route that {shapes[name].target} has")
            if asks_database(route) and group.judging.measure in UPSTREAM_COUNTS:
                raise table.refused(
                    "measure",
                    group.judging.measure,
                    f"the upstream counts it, and knows nothing of requests to /{route}: "
                    "expected another metric, such as makespan_s",
                )
            yield shapes[name], route


def _cell(group: Group, spot: Spot) -> Cell:
    load, said = spot.load, group.judging
    query = _query(group, spot)
    place = _place(group, spot, query)
    known = dict(place.known) | loads.facts(load)
    expected_s = group.seconds or duration.expected_s(
        load, slots=place.slots, service_s=place.service_s
    )
    return Cell(
        id=_id(group, spot),
        shape=spot.name,
        route=spot.route,
        path=_path(group, spot, query),
        load=_sent(load, group.path),
        measure=said.measure,
        prediction=_prediction(group, known),
        tolerance=said.tolerance,
        tolerance_absolute=said.tolerance_absolute,
        x=_x(group, spot, known),
        direct=spot.name == UPSTREAM,
        errors_expected=group.errors_expected,
        fresh=said.fresh,
        slots=place.slots,
        service_s=place.service_s,
        expected_s=round(expected_s, 3),
    )


def _id(group: Group, spot: Spot) -> str:
    amount = f"{spot.load.kind}-{spot.amount}" + (f"-{group.suffix}" if group.suffix else "")
    if spot.load.kind == THREADS:
        return f"{spot.name}.{amount}"
    part = [] if spot.part is None else [f"p{spot.part}"]
    return ".".join([spot.name, spot.route, *part, amount])


def _query(group: Group, spot: Spot) -> dict[str, str]:
    pairs = parse_qsl(group.query, keep_blank_values=True)
    if spot.part is not None:
        pairs.append(("parts", str(spot.part)))
    known = () if spot.load.kind == ASK else QUERIES.get(spot.route, ())
    for name, value in pairs:
        if name not in known or not value.isdigit():
            expected = " and ".join(f"{each}=<number>" for each in known) or "no query"
            raise group.table.bad("query", f"{name}={value}", f"{expected} on /{spot.route}")
    return dict(pairs)


def _path(group: Group, spot: Spot, query: Mapping[str, str]) -> str:
    if spot.name == UPSTREAM:
        return predicting.CALL
    if spot.load.kind in (ASK, THREADS):
        return group.path
    sent = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/{spot.route}?{sent}" if sent else f"/{spot.route}"


def _sent(load: Load, path: str) -> Load:
    # The mark `wrong` is for the lab alone; the driver needs neither it nor the relative path.
    if load.kind != ASK:
        return load
    marks = {"wrong", "path"}
    asks = tuple(
        {key: value for key, value in each.items() if key not in marks}
        | {"path": path + each["path"]}
        for each in load.asks
    )
    return replace(load, asks=asks)


def _place(group: Group, spot: Spot, query: Mapping[str, str]) -> Place:
    if spot.load.kind in (THREADS, ASK):
        return Place(None, None, {"cores": group.around.cores})
    try:
        return predicting.place(
            spot.shape,
            spot.route,
            query,
            environ=settings.BASE,
            behaviour=group.around.behaviour,
            cores=group.around.cores,
            hold_s=spot.load.hold_s,
        )
    except ValueError as problem:
        raise group.table.refused("shapes", spot.name, str(problem)) from None


def _prediction(group: Group, known: Known) -> Prediction:
    said = group.judging
    if not said.predict:
        return Prediction(why_none=said.why_none)
    try:
        return predicting.predict(
            said.predict, known, group.inputs, most_function=said.predict_most
        )
    except ValueError as problem:
        raise group.table.refused("predict", said.predict, str(problem)) from None


def _x(group: Group, spot: Spot, known: Known) -> float | None:
    # The name may be a setting of the shape, or a known input of the cell.
    name = group.x or loads.axis(spot.load)
    if not name:
        return None
    if spot.shape and name in settings.KNOWN:
        environ = dict(settings.BASE) | dict(predicting.server_of(spot.shape).settings)
        if not environ.get(name, "").isdigit():
            raise group.table.bad("x", name, "a setting that is a whole number")
        return float(environ[name])
    value = known.get(name)
    if value is None:
        names = ", ".join(sorted(each for each, there in known.items() if there is not None))
        raise group.table.bad("x", name, f"a setting, or one of {names}")
    return float(value)


def _inputs(table: TomlTable) -> dict[str, float | str]:
    found = table.rest()
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise table.bad(name, value, 'a number, the name of one, or "none" for no limit')
    return found


def _loads(group: TomlTable, quick: TomlTable, around: GroupContext) -> dict[str, Load]:
    # Loads by amount. In a quick run the group's own quick values win over the file's.
    table, over = group.table("load"), quick.table("load", {}).rest()
    values = table.rest()
    if around.quick:
        shortened = {name: each for name, each in around.quick_load.items() if name in values}
        values = values | shortened | over
    return loads.read(TomlTable(values, group.file, table.path), around.asks)

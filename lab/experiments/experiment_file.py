"""Read an experiment file, completely and strictly. experiments/README.md lists its keys."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.experiments import behaviour, cells, definition, judged_by
from lab.experiments import settings as server_settings
from lab.experiments.experiment import Cell, Chart, Experiment, Fit, Panel, Shape
from lab.experiments.metric_catalogue import METRICS
from lab.experiments.toml_table import ExperimentFileError, TomlTable
from lab.targets import TARGETS

__all__ = ["ExperimentFileError", "read"]

RUNTIMES = ("docker", "local")
CHARTS = ("points", "sweep", "staircase")
SERIES = 3
QUICK_SERIES = 1
_FILE = re.compile(r"\d\d-[a-z0-9-]+\.toml")
_SHAPE = re.compile(r"[a-z0-9-]+")
_CLAIM = re.compile(r"[ABC]\d\d?")
OF_DATABASE = ("DB_MAX_CONNECTIONS", "DB_BOUNCER_POOL")
"""Settings of the database itself; the servers ignore them."""
_MEANT_FOR_NONE = ("upstream", "driver")


def read(
    path: Path,
    *,
    quick: bool = False,
    settings: Mapping[str, str] | None = None,
    cores: int | None = None,
) -> Experiment:
    """Read the experiment in a file; if `quick`, shortened by the file's [quick] tables.

    `settings` are the user's own and win over all others. `cores` are those of the machine
    that will run the experiment; None means this machine. Raises ExperimentFileError.
    """
    if not _FILE.fullmatch(path.name):
        raise ExperimentFileError(
            f"{path.name}: expected two digits, a name and .toml, as 02-sixteen-at-once.toml"
        )
    return described(
        document(path, path.name), path.name, path.stem, quick=quick, settings=settings, cores=cores
    )


def document(path: Path, file: str) -> dict[str, Any]:
    """Parse a TOML file. Raises ExperimentFileError, with `file` as the name in its sentence."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ExperimentFileError(f"{file}: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ExperimentFileError(f"{file}: expected TOML: {problem}") from None


def described(
    document: Mapping[str, Any],
    file: str,
    name: str,
    *,
    quick: bool = False,
    settings: Mapping[str, str] | None = None,
    cores: int | None = None,
    package: Path | None = None,
) -> Experiment:
    """Build the experiment that a parsed document describes.

    `file` is the file name in error sentences. `package` is a folder of changed services: each
    service in it runs in place of the lab's own, and may have additional routes. The other
    arguments are those of `read`. Raises ExperimentFileError.
    """
    top, cores = TomlTable(document, file), cores or os.cpu_count() or 1
    shorter = top.table("quick", {})
    dial = behaviour.read(top.table("upstream", {}), shorter.table("upstream", {}), is_quick=quick)
    shapes = _shapes(top, settings or {}, package)
    _require_one_database(top, shapes)
    around = cells.GroupContext(
        shapes={each.name: each for each in shapes},
        asks=_asks(top.table("asks", {})),
        behaviour=dial,
        cores=cores,
        quick=quick,
        quick_load=shorter.table("load", {}).rest(),
    )
    said = judged_by.read(top, shorter, is_quick=quick, above=judged_by.Judging())
    groups = top.tables("cells")
    _require_used(shorter, around.quick_load, groups)
    made = tuple(cell for group in groups for cell in cells.read(group, said, around))
    _require_once(top, made)
    fits = tuple(fit for each in top.tables("fits", []) if (fit := _fit(each, around, made)))
    series, of_quick = top.whole("series", SERIES), shorter.whole("series", QUICK_SERIES)
    runtimes = tuple(top.texts("runtimes", RUNTIMES, of=RUNTIMES))
    experiment = Experiment(
        name=name,
        question=top.text("question"),
        explains=top.text("explains"),
        claims=_claims(top),
        shapes=_asked_of(made, shapes) if quick else shapes,
        cells=made,
        chart=_chart(top.table("chart"), around, made, fits),
        behaviour=dial,
        series=of_quick if quick else series,
        quick=quick,
        runtimes=runtimes,
        why_not=_why_not(top, runtimes),
        fits=fits,
        is_control=top.flag("control", False),
        fresh=said.fresh,
        probes=top.flag("probes", False),
        definition=definition.digest(document),
    )
    shorter.finish()
    top.finish()
    return experiment


def _shapes(top: TomlTable, asked: Mapping[str, str], package: Path | None) -> tuple[Shape, ...]:
    common = server_settings.read(top.table("settings", {}))
    over = server_settings.asked_for(asked, top.file)
    names: list[str] = []
    shapes = []
    for table in top.tables("shapes", []):
        name = table.text("name")
        if not _SHAPE.fullmatch(name) or name in names or name in _MEANT_FOR_NONE:
            raise table.bad("name", name, "small letters, digits and hyphens, and no name twice")
        names.append(name)
        targets = {each.name: each.framework for each in TARGETS}
        target = table.text("target", name, of=targets)
        if target not in targets:
            raise table.bad("target", target, f"one of {', '.join(targets)}")
        own = server_settings.read(table.table("settings", {}))
        table.finish()
        merged = server_settings.of_framework(common | own | over, targets[target])
        is_own = package is not None and (package / f"{targets[target]}_svc").is_dir()
        shapes.append(
            Shape(name=name, target=target, settings=merged, package=package if is_own else None)
        )
    return tuple(shapes)


def _require_one_database(top: TomlTable, shapes: tuple[Shape, ...]) -> None:
    # All servers of an experiment share the database, so its own settings have one value.
    for name in OF_DATABASE:
        if len({each.settings.get(name, "") for each in shapes}) > 1:
            raise top.bad("shapes", name, f"one value of {name}, in [settings]")


def _asked_of(made: tuple[Cell, ...], shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    # A shape whose cells a quick run leaves out needs no server.
    return tuple(each for each in shapes if each.name in {cell.shape for cell in made})


def _asks(table: TomlTable) -> dict[str, list[dict[str, Any]]]:
    # `wrong` marks requests that the service should refuse; predictions count them.
    found: dict[str, list[dict[str, Any]]] = {}
    for name in table.names():
        found[name] = [_ask(each) for each in table.tables(name)]
    return found


def _ask(table: TomlTable) -> dict[str, Any]:
    ask: dict[str, Any] = {
        "method": table.text("method", "GET", of=("GET", "POST", "PUT", "DELETE")),
        "path": table.text("path", ""),
        "wrong": table.flag("wrong", False),
    }
    if "body" in table:
        ask["body"] = table.anything("body")
    table.finish()
    return ask


def _require_used(quick: TomlTable, shortened: Mapping[str, Any], groups: list[TomlTable]) -> None:
    for name, value in shortened.items():
        if not any(group.has("load", name) for group in groups):
            raise quick.bad(f"load.{name}", value, "a key that some cell's load has")


def _require_once(top: TomlTable, made: tuple[Cell, ...]) -> None:
    ids = [cell.id for cell in made]
    for each in ids:
        if ids.count(each) > 1:
            raise top.bad("cells", each, "no cell twice: give one group a suffix")


def _claims(top: TomlTable) -> tuple[str, ...]:
    claims = top.texts("claims", ())
    for each in claims:
        if not _CLAIM.fullmatch(each):
            raise top.bad("claims", each, "a claim such as C1")
    return tuple(claims)


def _why_not(top: TomlTable, runtimes: tuple[str, ...]) -> dict[str, str]:
    # Exactly one reason for each runtime that the experiment cannot run on.
    table = top.table("why_not", {})
    missing = [each for each in RUNTIMES if each not in runtimes]
    reasons = {each: table.text(each) for each in missing}
    table.finish()
    return reasons


def _fit(table: TomlTable, around: cells.GroupContext, made: tuple[Cell, ...]) -> Fit | None:
    # None where a quick run leaves out too many of the cells that the line goes through.
    name, metric = table.text("name"), table.text("metric", of=METRICS)
    per = table.text("per")
    shapes = table.texts("shapes", of=around.shapes)
    routes = table.texts("routes", sorted({cell.route for cell in made}))
    table.finish()
    through = [cell for cell in made if cell.shape in shapes and cell.route in routes]
    if len({cell.x for cell in through}) < 2 or any(cell.x is None for cell in through):
        if around.quick:
            return None
        raise table.bad("shapes", shapes, "cells at two places of the x axis at least")
    return Fit(name=name, metric=metric, per=per, cells=tuple(cell.id for cell in through))


def _chart(
    table: TomlTable, around: cells.GroupContext, made: tuple[Cell, ...], fits: tuple[Fit, ...]
) -> Chart:
    ids = [cell.id for cell in made]
    kind, metric = table.text("kind", of=CHARTS), table.text("metric", of=METRICS)
    lanes = table.texts("lanes", ())
    if unknown := [each for each in lanes if each not in ids and not around.quick]:
        raise table.bad("lanes", unknown[0], f"one of {', '.join(ids)}")
    chart = Chart(
        kind=kind,
        metric=metric,
        x_title=table.text("x_title", ""),
        log_x=table.flag("log_x", False),
        log_y=table.flag("log_y", False),
        lanes=tuple(each for each in lanes if each in ids),
        panels=tuple(_panel(each, around) for each in table.tables("panels", [])),
    )
    if chart.panels and kind != "sweep":
        raise table.bad("kind", kind, "sweep, which alone has panels")
    straight = any(fit.metric == metric for fit in fits)
    for key, is_log in (("log_x", chart.log_x), ("log_y", chart.log_y)):
        if is_log and straight:
            raise table.bad(key, True, "false, or the straight lines of [[fits]] are curves")
    table.finish()
    return chart


def _panel(table: TomlTable, around: cells.GroupContext) -> Panel:
    shapes = table.texts("shapes", of=around.shapes)
    panel = Panel(x_title=table.text("x_title"), shapes=tuple(shapes))
    table.finish()
    return panel

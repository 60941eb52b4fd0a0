"""Read a load table of an experiment file: one load, or several where a number is a list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.experiments.experiment import BURST, CLOSED, HOLD, LOADS, OPEN, SOCKETS, Load
from lab.experiments.toml_table import TomlTable

Asks = Mapping[str, Sequence[Mapping[str, Any]]]


def read(table: TomlTable, asks: Asks) -> dict[str, Load]:
    """Return the loads of a table by amount, as the cell's id spells it: "16", "40", "2.5".

    `asks` are the file's lists of single requests by name; for a load of kind "ask" the amount
    is that name. Raises ExperimentFileError.
    """
    kind = table.text("kind", of=LOADS)
    load = Load(kind=kind)
    match kind:
        case "burst":
            load = replace(load, bursts=table.whole("bursts", 1))
            loads = _each(load, "requests", table)
        case "closed":
            load = replace(
                _lasting(load, table),
                think_s=table.number("think_s", 0.0),
                keep_alive=table.flag("keep_alive", True),
                ramp_s=float(table.number("ramp_s", 0.0)),
                keeps=table.text("keeps", "samples", of=("samples", "counts")),
            )
            loads = _each(load, "users", table)
        case "open":
            load = replace(
                _lasting(load, table),
                arrivals=table.text("arrivals", "even", of=("even", "random")),
                max_in_flight=table.whole("max_in_flight", 10_000),
            )
            rates = table.numbers("rate_rps", least=0.1)
            loads = {f"{rate:g}": replace(load, rate_rps=float(rate)) for rate in rates}
        case "hold":
            loads = _each(load, "requests", table, least=0)  # 0: read an idle server
        case "sockets":
            loads = _each(replace(load, hold_s=table.number("hold_s", above=0)), "requests", table)
        case "threads":
            loads = _each(load, "requests", table)
        case _:
            name = table.text("asks")
            if name not in asks:
                raise table.bad("asks", name, f"one of the lists [[asks.NAME]]: {', '.join(asks)}")
            loads = {name: replace(load, requests=table.whole("times", 1), asks=tuple(asks[name]))}
    table.finish()
    return loads


def facts(load: Load) -> dict[str, float | None]:
    """Numbers of a load that a prediction may need, by parameter names of lab/theory.py."""
    known: dict[str, float | None] = {}
    match load.kind:
        case "burst" | "hold" | "sockets" | "threads":
            known |= {"requests": load.requests, "position": load.requests, "bursts": load.bursts}
        case "closed":
            known |= {"users": load.users, "think_s": load.think_s}
        case "open":
            known |= {"rate_rps": load.rate_rps, "max_in_flight": load.max_in_flight}
        case "ask":
            wrong = sum(bool(each.get("wrong")) for each in load.asks)
            known |= {"asked": len(load.asks), "wrong": wrong}
    if load.kind in (CLOSED, OPEN):
        known |= {"warmup_s": load.warmup_s, "duration_s": load.duration_s}
        known |= {"elapsed_s": load.warmup_s + load.duration_s}
    return known


def axis(load: Load) -> str:
    """Name of the number on a chart's x axis, unless the file names another; "" for none."""
    if load.kind in (BURST, HOLD, SOCKETS):
        return "requests"
    return {CLOSED: "users", OPEN: "rate_rps"}.get(load.kind, "")


def _lasting(load: Load, table: TomlTable) -> Load:
    return replace(
        load,
        warmup_s=float(table.number("warmup_s", 0.0)),
        duration_s=float(table.number("duration_s", above=0)),
    )


def _each(load: Load, name: str, table: TomlTable, *, least: int = 1) -> dict[str, Load]:
    several = {}
    for each in table.numbers(name, least=least):
        if not isinstance(each, int):
            raise table.bad(name, each, f"a whole number from {least}, or a list of them")
        is_users = name == "users"
        several[str(each)] = replace(load, users=each) if is_users else replace(load, requests=each)
    return several

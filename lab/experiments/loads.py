"""A load table of an experiment's file: one load, or several where a number is a list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.experiments.experiment import (
    ASK,
    BURST,
    CLOSED,
    HOLD,
    LOADS,
    OPEN,
    SOCKETS,
    THREADS,
    Load,
)
from lab.experiments.table import Table

Asks = Mapping[str, Sequence[Mapping[str, Any]]]


def read(table: Table, asks: Asks) -> dict[str, Load]:
    """The loads of a table, each by how much of it there is, as its cell's id has it.

    `asks` are the file's lists of single requests, by name; the id has the name.
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
            loads = _each(load, "requests", table, least=0)  # 0: look at an idle server
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
    """The numbers of a load that a prediction may need, by the names that lab/theory.py has."""
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
    """The number that a chart's x axis is about, unless the file says another; "" for none."""
    return {
        BURST: "requests",
        HOLD: "requests",
        SOCKETS: "requests",
        CLOSED: "users",
        OPEN: "rate_rps",
        THREADS: "",
        ASK: "",
    }[load.kind]


def _lasting(load: Load, table: Table) -> Load:
    return replace(
        load,
        warmup_s=float(table.number("warmup_s", 0.0)),
        duration_s=float(table.number("duration_s", above=0)),
    )


def _each(load: Load, name: str, table: Table, *, least: int = 1) -> dict[str, Load]:
    several = {}
    for each in table.numbers(name, least=least):
        if not isinstance(each, int):
            raise table.bad(name, each, f"a whole number from {least}, or a list of them")
        is_users = name == "users"
        several[str(each)] = replace(load, users=each) if is_users else replace(load, requests=each)
    return several

"""load.toml of the attendee: the load of the exercise, in the form of an experiment's load.

    kind = "open"          or "closed" or "burst"
    rate_rps = 12
    duration_s = 10
    warmup_s = 2

The values have upper bounds, because load and server share one laptop and the attendee waits.
"""

from collections.abc import Mapping
from typing import Any

from lab.experiments import loads
from lab.experiments.experiment import BURST, CLOSED, OPEN
from lab.experiments.toml_table import TomlTable

KINDS = (BURST, CLOSED, OPEN)
MOST: Mapping[str, float] = {
    "requests": 500,
    "bursts": 5,
    "users": 500,
    "rate_rps": 200,
    "duration_s": 10,
    "warmup_s": 5,
}


def fill(document: Mapping[str, Any], own: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Put that load into all cells of the experiment's document.

    Raises ExperimentFileError for a load that cannot be sent.
    """
    table = TomlTable(own, file)
    if "kind" not in own or own["kind"] not in KINDS:
        raise table.bad("kind", own.get("kind", ""), f"one of {', '.join(KINDS)}")
    # A list would make a sweep of several cells, as in an experiment's file.
    for name, value in own.items():
        if isinstance(value, list):
            raise table.bad(name, value, "one number")
        most = MOST.get(name)
        if most is not None and isinstance(value, int | float) and value > most:
            raise table.bad(name, value, f"{most:g} at most")
    loads.read(table, {})
    return dict(document) | {
        "cells": [dict(each) | {"load": dict(own)} for each in document["cells"]]
    }

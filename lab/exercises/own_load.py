"""load.toml of one's own: what the exercise sends, in the form that an experiment's load has.

    kind = "open"          or "closed" or "burst"
    rate_rps = 12
    duration_s = 10
    warmup_s = 2

It has bounds, because it is sent from somebody's laptop to that same laptop, and waited for.
"""

from collections.abc import Mapping
from typing import Any

from lab.experiments import loads
from lab.experiments.experiment import BURST, CLOSED, OPEN
from lab.experiments.table import Table

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
    """The experiment with that load for all of its cells; ExperimentFileError for a load that
    cannot be sent."""
    table = Table(own, file)
    if "kind" not in own or own["kind"] not in KINDS:
        raise table.bad("kind", own.get("kind", ""), f"one of {', '.join(KINDS)}")
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

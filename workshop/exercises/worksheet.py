"""worksheet.toml: the attendee's own service in numbers, and the server chosen for it.

service = "prices for the shop's start page"
why = "It waits most of the time, so threads will do."     a sentence
rate_rps = 40              requests per second that arrive
delay_ms = 800             milliseconds each request waits for another service
parts = 1                  number of concurrent calls that share this wait
target = "flask-gthread"   one of lab/targets.py
worker_class = "gthread"   this and the rest only where different from the target
workers = 2
threads = 25
connections = 25
route = "io"               only where it is not the framework's natural route
"""

from collections.abc import Mapping
from typing import Any

from lab.experiments.toml_table import ExperimentFileError, TomlTable
from lab.targets import ROUTES, TARGETS

SHAPE = "yours"
MOST_RPS = 200.0
DELAYS_MS = (50.0, 3000.0)
MOST_PARTS = 16
FEWEST_WORDS = 4
_COUNTS = ("workers", "threads", "connections")


def fill(document: Mapping[str, Any], own: Mapping[str, Any], file: str) -> dict[str, Any]:
    """The experiment with that service: its arrivals, its wait, and one shape named "yours".

    Raises ExperimentFileError for missing entries, or values too large for a laptop.
    """
    table = TomlTable(own, file)
    _require_written(own, file)
    table.text("service")
    why = table.text("why")
    if len(why.split()) < FEWEST_WORDS:
        raise table.bad("why", why, "a sentence")
    rate_rps = table.number("rate_rps", above=0)
    delay_ms = table.number("delay_ms", above=0)
    if rate_rps > MOST_RPS:
        raise table.bad("rate_rps", rate_rps, f"{MOST_RPS:g} at most: this is a laptop")
    if not DELAYS_MS[0] <= delay_ms <= DELAYS_MS[1]:
        raise table.bad("delay_ms", delay_ms, f"{DELAYS_MS[0]:g} to {DELAYS_MS[1]:g}")
    parts = table.whole("parts", 1)
    if parts > MOST_PARTS:
        raise table.bad("parts", parts, f"{MOST_PARTS} at most")
    targets = {each.name: each.framework for each in TARGETS}
    target = table.text("target", of=targets)
    framework = targets[target]
    # /io for Flask, /async-io for FastAPI, unless the wait is split into parts.
    natural = "async-io-multi" if parts > 1 else "io" if framework == "flask" else "async-io"
    route = table.text("route", natural, of=ROUTES)
    if (route == "async-io-multi") != (parts > 1):
        raise table.bad("route", route, "async-io-multi for several parts, and only for them")
    settings = _settings(table, framework)
    table.finish()
    shape = {"name": SHAPE, "target": target, "settings": settings}
    place = {"shapes": [SHAPE], "routes": [route]} | ({"parts": parts} if parts > 1 else {})
    cells = [
        dict(each) | place | {"load": dict(each["load"]) | {"rate_rps": rate_rps}}
        for each in document["cells"]
    ]
    upstream = dict(document.get("upstream", {})) | {"delay_ms": delay_ms}
    return dict(document) | {"upstream": upstream, "shapes": [shape], "cells": cells}


def _require_written(own: Mapping[str, Any], file: str) -> None:
    """A sheet with empty entries is incomplete, not wrong; the message says so."""
    # The empty sheet has "" or 0 where the attendee fills in a value.
    gaps = [name for name, value in own.items() if value in ("", 0)]
    if gaps:
        raise ExperimentFileError(f"{file}: not filled in yet: {', '.join(gaps)}")


def _settings(table: TomlTable, framework: str) -> dict[str, str]:
    prefix = framework.upper()
    found = {}
    for name in _COUNTS:
        if name in table:
            found[f"{prefix}_{name.upper()}"] = str(table.whole(name, least=1))
        else:
            table.anything(name, None)  # mark the key as known
    if "worker_class" in table:
        found[f"{prefix}_WORKER_CLASS"] = table.text("worker_class")
    else:
        table.anything("worker_class", None)
    if "client_connections" in table:
        found["CLIENT_CONNECTIONS"] = str(table.whole("client_connections", least=0))
    else:
        table.anything("client_connections", None)
    return found

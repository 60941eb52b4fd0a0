"""The upstream's dial as an experiment's file sets it; the fields of its PUT /behaviour.

What they mean stands in mock_upstream/behaviour.py, which also checks how they go together.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lab.experiments.table import Table

DISTRIBUTIONS = ("fixed", "uniform", "lognormal")

UNCHANGED: Mapping[str, Any] = MappingProxyType(
    {
        "delay_ms": 1000.0,
        "distribution": "fixed",
        "spread_ms": 0.0,
        "sigma": 0.0,
        "error_rate": 0.0,
        "error_status": 503,
        "hang_rate": 0.0,
        "reset_rate": 0.0,
        "seed": None,
    }
)
"""Every field, as it is where a file does not mention it."""


def read(upstream: Table, quick: Table, *, is_quick: bool) -> dict[str, Any]:
    """Every field: those of [upstream], and if `is_quick` those of [quick.upstream] over them."""
    fields, over = _fields(upstream), _fields(quick)
    return dict(UNCHANGED) | fields | (over if is_quick else {})


def _fields(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in UNCHANGED:
        if name not in table:
            table.anything(name, None)  # a name that is known here
        elif name == "distribution":
            found[name] = table.text(name, of=DISTRIBUTIONS)
        elif name in ("error_status", "seed"):
            found[name] = table.whole(name, least=0)
        else:
            found[name] = float(table.number(name))
    table.finish()
    return found

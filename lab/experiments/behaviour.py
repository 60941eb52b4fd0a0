"""Settings of the upstream's dial in an experiment file: the fields of PUT /behaviour.

mock_upstream/behaviour.py defines their meaning and checks which combinations are valid.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lab.experiments.toml_table import TomlTable

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
"""Default of each field, used where a file does not set it."""


def read(upstream: TomlTable, quick: TomlTable, *, is_quick: bool) -> dict[str, Any]:
    """Return every dial field by name. `quick` is [quick.upstream]; it wins if `is_quick`.

    Both tables are checked even if the run is not quick. Raises ExperimentFileError for an
    unknown field or a wrong type.
    """
    fields, over = _fields(upstream), _fields(quick)
    return dict(UNCHANGED) | fields | (over if is_quick else {})


def _fields(table: TomlTable) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in UNCHANGED:
        if name not in table:
            table.anything(name, None)  # so that finish() lists it among the known keys
        elif name == "distribution":
            found[name] = table.text(name, of=DISTRIBUTIONS)
        elif name in ("error_status", "seed"):
            found[name] = table.whole(name, least=0)
        else:
            found[name] = float(table.number(name))
    table.finish()
    return found

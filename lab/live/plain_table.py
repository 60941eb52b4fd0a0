"""The dashboard's numbers as a plain table, for pages that cannot draw the Lab tab."""

from collections.abc import Mapping
from typing import Any

STRUCTURE = [
    {"key": "target", "title": "Target"},
    {"key": "throughput", "title": "Answers/s"},
    {"key": "predicted_throughput", "title": "Predicted"},
    {"key": "latency", "title": "p50 s"},
    {"key": "tail", "title": "p99 s"},
    {"key": "predicted_latency", "title": "Predicted s"},
    {"key": "slots", "title": "Slots busy"},
    {"key": "queue", "title": "Queue"},
    {"key": "limit", "title": "What limits it"},
]
"""The columns, in the format of Locust's `extended_tables`."""

NOT_KNOWN = "-"


def rows(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per target of a state (docs/state.md), by the keys of STRUCTURE."""
    return [_row(target) for target in state["targets"]]


def _row(target: Mapping[str, Any]) -> dict[str, Any]:
    measured, predicted = target["measured"], target["predicted"]
    slots = "no limit" if target["slots"] is None else target["slots"]
    return {
        "target": f"{target['name']} {_paths(target['route'])}",
        "throughput": _shown(measured["throughput_rps"]),
        "predicted_throughput": _shown(predicted["throughput_rps"]),
        "latency": _shown(measured["p50_s"]),
        "tail": _shown(measured["p99_s"]),
        "predicted_latency": _shown(predicted["response_s"]),
        "slots": f"{_shown(measured['busy'])} of {slots if target['slots_known'] else '?'}",
        "queue": _shown(measured["queue"]),
        "limit": target["limit"]["sentence"],
    }


def _paths(route: str) -> str:
    return " + ".join(f"/{each}" for each in route.split(" + "))


def _shown(number: float | None) -> float | str:
    return NOT_KNOWN if number is None else round(number, 2)

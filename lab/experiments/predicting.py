"""From a cell to its prediction: slots from the targets, inputs from the load, arithmetic alone."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from lab import dialled, theory
from lab.experiments.experiment import Prediction, Shape
from lab.targets import HELD_ROUTES, ROUTES, Target
from lab.targets import target as target_named

CPU_ROUTES = ("cpu", "async-cpu")
OTHER_ROUTES = ("json", *CPU_ROUTES)
"""Routes that ask nobody, and are in no table of lab/targets.py."""
CALL = "/call"
"""Where the upstream waits as for any service, for cells that ask it directly."""
CPU_MS = 20
STREAM_LINES, STREAM_EVERY_MS = 10, 100
"""What the services' routes do where the query does not say."""

FUNCTIONS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        name: each
        for name, each in inspect.getmembers(theory, inspect.isfunction)
        if each.__module__ == theory.__name__ and not name.startswith("_")
    }
)
"""The functions of lab/theory.py by name."""

Known = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes, and what is known of that before it is sent.

    `slots` is None for no limit, `service_s` where theory does not know how long a slot is
    held; `known` has both and more, by the names of lab/theory.py, as far as they are known.
    """

    slots: int | None
    service_s: float | None
    known: Known


def place(
    shape: Shape | None,
    route: str,
    query: Mapping[str, str],
    *,
    environ: Mapping[str, str],
    behaviour: Mapping[str, Any],
    cores: int,
    hold_s: float = 0.0,
) -> Place:
    """A route of a shape, or of the upstream itself where that is None.

    `environ` are the settings below those of the shape and its target, `hold_s` is how long a
    client holds a WebSocket. Raises ValueError for a number that cannot be.
    """
    delay_s = behaviour["delay_ms"] / 1000
    known: dict[str, float | None] = {
        "cores": cores,
        "delay_s": delay_s,
        "median_s": delay_s,
        "sigma": behaviour["sigma"],
    }
    slots, parts = None, 1
    if shape is not None:
        server, settings = server_of(shape), dict(environ) | dict(shape.settings)
        workers = _workers(server, settings)
        slots = _slots(server, settings, route, workers, cores)
        known["workers"] = workers
        if route in ROUTES | HELD_ROUTES:
            known["tokens"] = None if slots is None else slots // workers
        if route in ROUTES:
            asked = int(query.get("parts", ROUTES[route].parts))
            known["parts"] = asked
            # Asked for one after the other they take as long as the whole.
            parts = asked if ROUTES[route].in_parts else 1
    if route in ROUTES:
        timeout_s = float(environ["UPSTREAM_TIMEOUT_S"])
        held_s = dialled.expected_hold_s(behaviour, parts=parts, timeout_s=timeout_s)
        service_s: float | None = round(held_s, 9)
    else:
        service_s = _own_s(route, query, hold_s)
    if service_s is not None:
        known |= {"slots": slots, "service_s": service_s}
    return Place(slots, service_s, known)


def server_of(shape: Shape) -> Target:
    """The shape's target, with the shape's settings over its own."""
    base = target_named(shape.target)
    return replace(base, settings=dict(base.settings) | dict(shape.settings))


def predict(function: str, known: Known, inputs: Mapping[str, float | str]) -> Prediction:
    """The prediction of that function, which stands in FUNCTIONS.

    Its inputs are those `known`, but for what `inputs` says: a number, the name of another
    one that is known, or "none" for no limit. Raises ValueError for an input that is not
    known or unknown to the function, and for what the function refuses.
    """
    parameters = inspect.signature(FUNCTIONS[function]).parameters
    for name in inputs:
        if name not in parameters:
            raise ValueError(
                f"{function} has no input {name}: expected one of {', '.join(parameters)}"
            )
    found: dict[str, float | None] = {}
    for name, parameter in parameters.items():
        value = inputs.get(name, name)
        if not isinstance(value, str):
            found[name] = value
        elif value == "none":
            found[name] = None
        elif value in known:
            found[name] = known[value]
        elif name in inputs or parameter.default is inspect.Parameter.empty:
            raise ValueError(
                f"{function} needs {name}, and {value} is not known of this cell: "
                f"expected a number for it in inputs, or one of {', '.join(sorted(known))}"
            )
    return Prediction(function=function, inputs=found, value=FUNCTIONS[function](**found))


def _workers(server: Target, settings: Mapping[str, str]) -> int:
    workers = int(server.setting(settings, "WORKERS"))
    if workers < 1:
        name = f"{server.framework.upper()}_WORKERS"
        raise ValueError(f"{name}={workers}: expected a whole number above 0")
    return workers


def _slots(
    server: Target, settings: Mapping[str, str], route: str, workers: int, cores: int
) -> int | None:
    """Those of lab/targets.py; for what computes, a process can use one core, and no more."""
    if route in CPU_ROUTES:
        return min(workers, cores)
    return server.slots(settings, route) if route in ROUTES | HELD_ROUTES else None


def _own_s(route: str, query: Mapping[str, str], hold_s: float) -> float | None:
    """How long a request is held by a route that asks nobody; None where that is not known."""
    if route == "stream":
        lines = int(query.get("n", STREAM_LINES))
        return (lines - 1) * int(query.get("every_ms", STREAM_EVERY_MS)) / 1000
    if route == "ws":
        return hold_s
    if route in CPU_ROUTES:
        return int(query.get("ms", CPU_MS)) / 1000
    return None

"""Predict a cell: slots from the targets, inputs from the load, the rest by arithmetic."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from lab import theory, upstream_wait
from lab.experiments.experiment import Prediction, Shape
from lab.targets import (
    DATABASE_ROUTES,
    LENT_ROUTES,
    QUERY_ROUTES,
    ROUTES,
    SLOT_ROUTES,
    Target,
    asks_database,
)
from lab.targets import target as target_named
from lab.theory import Station, Way

CPU_ROUTES = ("cpu", "async-cpu")
OTHER_ROUTES = ("json", *CPU_ROUTES, *QUERY_ROUTES, *LENT_ROUTES)
"""Routes without a wait as long as the dial says, which no table of lab/targets.py lists."""
METHODS: Mapping[str, str] = MappingProxyType({"db-write": "POST"})
"""Method of a route's requests; GET for all others."""
NO_FAULTS = MappingProxyType({"error_rate": 0.0, "hang_rate": 0.0, "reset_rate": 0.0})
"""Fields of the dial that the database does not copy."""
CALL = "/call"
"""Path of the upstream for cells that ask it directly; it waits as it does for any service."""
CPU_MS = 20
STREAM_LINES, STREAM_EVERY_MS = 10, 100
"""Defaults of the services' routes where the query has no value."""

FUNCTIONS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        name: each
        for name, each in inspect.getmembers(theory, inspect.isfunction)
        if each.__module__ == theory.__name__
        and not name.startswith("_")
        and inspect.signature(each).return_annotation in (bool, float, int)
    }
)
"""Public functions of lab/theory.py that return a number, by name."""
WAY = ("slots", "service_s")
"""Inputs in place of a parameter `way`: a cell's way is one station with so many slots, so long."""
PROCESSOR = ("cores", "processor_s")
"""Further inputs of a way, once a run has measured them: the cores that are full first, and for how
long a request holds one."""

Known = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Place:
    """A route of a server, with the numbers known before the run.

    `slots` is None for no limit. `service_s` is the time in seconds that a request holds a
    slot, None where theory does not know it. `known` has the inputs of predictions by parameter
    name of lab/theory.py; it lacks `slots` and `service_s` where `service_s` is None.
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
    """Return the place for a route of `shape`, or of the upstream itself where `shape` is None.

    `environ` are the settings with lower precedence than those of the shape and its target.
    `hold_s` is how long a client holds a WebSocket, in seconds. Raises ValueError for an
    impossible number, such as 0 workers.
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
        if asks_database(route):
            known["connections"] = int(settings["DB_MAX_CONNECTIONS"])
        if route in SLOT_ROUTES:
            known["tokens"] = None if slots is None else slots // workers
        if route in ROUTES:
            asked = int(query.get("parts", ROUTES[route].parts))
            known["parts"] = asked
            # Sequential parts take as long as the whole, so only concurrent parts count.
            parts = asked if ROUTES[route].in_parts else 1
    if route in ROUTES:
        timeout_s = float(environ["UPSTREAM_TIMEOUT_S"])
        held_s = upstream_wait.expected_hold_s(behaviour, parts=parts, timeout_s=timeout_s)
        service_s: float | None = round(held_s, 9)
    elif route in DATABASE_ROUTES:
        timeout_s = float(environ["DB_STATEMENT_TIMEOUT_S"])
        dial = dict(behaviour) | NO_FAULTS
        held_s = upstream_wait.expected_hold_s(dial, parts=1, timeout_s=timeout_s)
        service_s = round(held_s, 9)
    else:
        service_s = _own_s(route, query, hold_s)
    if service_s is not None:
        known |= {"slots": slots, "service_s": service_s}
    return Place(slots, service_s, known)


def server_of(shape: Shape) -> Target:
    """Return the shape's target, with the shape's settings over the target's own."""
    base = target_named(shape.target)
    return replace(base, settings=dict(base.settings) | dict(shape.settings))


def predict(
    function: str, known: Known, inputs: Mapping[str, float | str], *, most_function: str = ""
) -> Prediction:
    """Predict with `function`, a key of FUNCTIONS; a range where `most_function` is another one.

    The functions' inputs come from `known`, those in WAY for a way. An entry of `inputs`
    overrides one of them: a number, the name of another known number, or "none" for no limit.
    Raises ValueError where an input has no known value, where the functions have no such input,
    where a function refuses a value, and where the upper end is below the lower one.
    """
    defaults = _inputs(function) | (_inputs(most_function) if most_function else {})
    for name in inputs:
        if name not in defaults:
            raise ValueError(
                f"{function} has no input {name}: expected one of {', '.join(defaults)}"
            )
    found: dict[str, float | None] = {}
    for name, default in defaults.items():
        value = inputs.get(name, name)
        if not isinstance(value, str):
            found[name] = value
        elif value == "none":
            found[name] = None
        elif value in known:
            found[name] = known[value]
        elif name in inputs or default is inspect.Parameter.empty:
            raise ValueError(
                f"{function} needs {name}, but this cell has no value for {value}: "
                f"set {name} in inputs to a number, or to one of {', '.join(sorted(known))}"
            )
    return _computed(Prediction(function=function, inputs=found, most_function=most_function))


def takes_way(prediction: Prediction) -> bool:
    """Return True where the prediction depends on the stations of the cell's way."""
    functions = (FUNCTIONS.get(each) for each in (prediction.function, prediction.most_function))
    return any(each is not None and _has_way(each) for each in functions)


def with_processor(prediction: Prediction, station: Station) -> Prediction:
    """Return a prediction that takes a way, with one more station, whose slots are cores."""
    inputs = dict(prediction.inputs) | dict(
        zip(PROCESSOR, (station.slots, round(station.held_s, 6)), strict=True)
    )
    return _computed(replace(prediction, inputs=inputs))


def _computed(asked: Prediction) -> Prediction:
    value, most = _value(asked.function, asked.inputs), None
    if asked.most_function:
        most = _value(asked.most_function, asked.inputs)
        if most < value:
            names = f"{asked.most_function} is {most:g}, below {asked.function}"
            raise ValueError(f"{names}, {value:g}: expected the upper end of a range")
    return replace(asked, value=value, most=most)


def _inputs(function: str) -> dict[str, Any]:
    # Each input's default by its name, in the function's order.
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(FUNCTIONS[function]).parameters.items():
        found |= dict.fromkeys(WAY if name == "way" else [name], parameter.default)
    return found


def _value(function: str, inputs: Mapping[str, Any]) -> float:
    called = FUNCTIONS[function]
    # The two functions of a range have inputs of their own.
    own = {name: inputs[name] for name in inspect.signature(called).parameters if name in inputs}
    return called(**own, way=way(inputs)) if _has_way(called) else called(**own)


def _has_way(function: Callable[..., float]) -> bool:
    return "way" in inspect.signature(function).parameters


def way(inputs: Mapping[str, Any]) -> Way:
    """Return the stations that the inputs of a prediction describe. Raises KeyError without any."""
    slots, service_s = (inputs[name] for name in WAY)
    if PROCESSOR[0] not in inputs:
        return theory.slots_alone(slots, service_s)
    cores, processor_s = (inputs[name] for name in PROCESSOR)
    # The slot is held while the request is computed, too.
    return (
        *theory.slots_alone(slots, service_s + processor_s),
        Station("processor", cores, processor_s),
    )


def _workers(server: Target, settings: Mapping[str, str]) -> int:
    workers = int(server.setting(settings, "WORKERS"))
    if workers < 1:
        name = f"{server.framework.upper()}_WORKERS"
        raise ValueError(f"{name}={workers}: expected a whole number above 0")
    return workers


def _slots(
    server: Target, settings: Mapping[str, str], route: str, workers: int, cores: int
) -> int | None:
    # A process computes on one core at most, so a route that computes has no more slots.
    if route in CPU_ROUTES:
        return min(workers, cores)
    return server.slots(settings, route) if route in SLOT_ROUTES else None


def _own_s(route: str, query: Mapping[str, str], hold_s: float) -> float | None:
    # Time in seconds of a route without an upstream call; None where unknown.
    if route in ("stream", "db-stream"):
        lines = int(query.get("n", STREAM_LINES))
        return (lines - 1) * int(query.get("every_ms", STREAM_EVERY_MS)) / 1000
    if route == "ws":
        return hold_s
    if route in CPU_ROUTES:
        return int(query.get("ms", CPU_MS)) / 1000
    return None

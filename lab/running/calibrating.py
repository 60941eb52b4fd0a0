"""Measure the processor time of a request before the first cell, as an input of its prediction.

It is measured by bursts at the warm-up's delay, on warm servers, once for each server and path. A
cell whose load is small is left as it is: a few requests at once take less than any tolerance.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab import theory
from lab.experiments import predicting
from lab.experiments.experiment import BURST, CLOSED, OPEN, UPSTREAM, Cell, Experiment
from lab.processor_time import Calibration, ProcessorTime
from lab.running import warming
from lab.running.testbed import Testbed
from lab.running.testbed.program import CONTAINER_SETTINGS
from lab.running.time_limits import TimeLeft

FEW = 16
BURSTS = 3

Place = tuple[str, str]
"""A shape and a path."""


def calibrate(testbed: Testbed, experiment: Experiment, left: TimeLeft) -> dict[Place, Calibration]:
    """Measure each place whose cells' predictions depend on it, then restore the dial.

    A place where a request fails is left out: the cell will tell how.
    """
    largest: dict[Place, Cell] = {}
    for cell in sorted(experiment.cells, key=_at_once):
        if _counts(cell, experiment):
            largest[cell.shape, cell.path] = cell
    if not largest:
        return {}
    found = {}
    with warming.short_delay(testbed, experiment):
        for place, cell in largest.items():
            command = {
                "do": BURST,
                "url": testbed.url(cell.shape) + cell.path,
                "requests": min(_at_once(cell), warming.MOST),
                "bursts": 1,
                "pause_s": 0.0,
                "method": "GET",
                "timeout_s": left.at_most(left.patience.warm_up_s),
            }
            if calibration := _measured(testbed, cell.shape, command):
                found[place] = calibration
    return found


def predicted(
    experiment: Experiment,
    found: Mapping[Place, Calibration],
    servers: Mapping[str, Mapping[str, Any]],
    cores: int,
) -> Experiment:
    """Return the experiment with the processor in the predictions of the calibrated places."""
    return replace(
        experiment,
        cells=tuple(
            _predicted(cell, found.get((cell.shape, cell.path)), servers, cores)
            if _counts(cell, experiment)
            else cell
            for cell in experiment.cells
        ),
    )


def used_s(testbed: Testbed, name: str) -> float:
    """Processor seconds that the processes of a server have used since they started."""
    return sum(each.cpu_s for each in testbed.processes(name))


def as_dict(found: Mapping[Place, Calibration]) -> dict[str, Any]:
    """Return `processor` of run.json: calibrations by shape and path."""
    return {f"{shape} {path}": each.as_dict() for (shape, path), each in found.items()}


def _predicted(
    cell: Cell,
    found: Calibration | None,
    servers: Mapping[str, Mapping[str, Any]],
    cores: int,
) -> Cell:
    if found is None:
        return cell
    stations = found.time.stations(workers=int(servers[cell.shape]["workers"]), cores=cores)
    first = theory.limit(stations)
    if first is None:
        return cell
    return replace(cell, prediction=predicting.with_processor(cell.prediction, first))


def _counts(cell: Cell, experiment: Experiment) -> bool:
    # A container with a share of the cores of its own is no station of whole cores.
    shape = next((each for each in experiment.shapes if each.name == cell.shape), None)
    return (
        shape is not None
        and not any(name in shape.settings for name in CONTAINER_SETTINGS)
        and cell.load.kind in (BURST, CLOSED, OPEN)
        and predicting.takes_way(cell.prediction)
        and min(_at_once(cell), cell.slots or _at_once(cell)) > FEW
    )


def _at_once(cell: Cell) -> int:
    return warming.at_once(cell.load)


def _measured(testbed: Testbed, shape: str, command: Mapping[str, Any]) -> Calibration | None:
    spans = []
    before = _used(testbed, shape)
    for _ in range(BURSTS):
        answer = testbed.drive(command, warming.LIMIT_S)
        if any(answer["rows"].get("error", ())):
            return None
        after = _used(testbed, shape)
        used = [late - soon for soon, late in zip(before, after, strict=True)]
        number = command["requests"]
        generator_s = answer["driver"]["cpu_s"]
        spans.append(ProcessorTime(used[0] / number, generator_s / number, used[1] / number))
        before = after
    return Calibration(spans, BURSTS * command["requests"])


def _used(testbed: Testbed, shape: str) -> list[float]:
    return [used_s(testbed, name) for name in (shape, UPSTREAM)]

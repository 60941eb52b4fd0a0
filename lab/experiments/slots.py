"""Whether the servers that were started are those that the predictions speak of."""

from collections.abc import Mapping
from typing import Any

from lab.experiments.experiment import Experiment


def disagreements(experiment: Experiment, servers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each shape and route whose slots are not those predicted with.

    Predictions take them from the settings, /server from the server itself. A route of
    which /server knows no slots is left out.
    """
    found = {}
    for cell in experiment.cells:
        inputs = cell.prediction.inputs
        known = servers.get(cell.shape, {}).get("slots", {})
        if "slots" not in inputs or cell.route not in known:
            continue
        predicted, said = inputs["slots"], known[cell.route]
        if predicted != said:
            found[cell.shape, cell.route] = (
                f"{cell.shape} says it has {_count(said)} for {cell.route}, "
                f"the prediction is for {_count(predicted)}"
            )
    return list(found.values())


def _count(slots: float | None) -> str:
    return "slots without limit" if slots is None else f"{slots:g} slots"

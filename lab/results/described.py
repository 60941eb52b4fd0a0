"""An experiment as it stands in run.json, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lab.experiments.experiment import Cell, Chart, Experiment, Fit, Load, Prediction, Shape


def as_dict(experiment: Experiment) -> dict[str, Any]:
    """All of it, in values that JSON has."""
    return asdict(experiment)


def rebuilt(document: Mapping[str, Any]) -> Experiment:
    """The experiment that `as_dict` described.

    Raises KeyError or TypeError where keys are missing, or unknown.
    """
    return Experiment(
        **dict(document)
        | {
            "shapes": tuple(Shape(**each) for each in document["shapes"]),
            "cells": tuple(_cell(each) for each in document["cells"]),
            "chart": Chart(**document["chart"] | {"lanes": tuple(document["chart"]["lanes"])}),
            "fits": tuple(
                Fit(**each | {"cells": tuple(each["cells"])}) for each in document["fits"]
            ),
            "claims": tuple(document["claims"]),
            "runtimes": tuple(document["runtimes"]),
        }
    )


def _cell(document: Mapping[str, Any]) -> Cell:
    load = document["load"]
    return Cell(
        **dict(document)
        | {
            "load": Load(**load | {"asks": tuple(load["asks"])}),
            "prediction": Prediction(**document["prediction"]),
        }
    )

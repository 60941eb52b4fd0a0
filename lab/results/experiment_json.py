"""Convert an experiment to the JSON of run.json, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.experiments.experiment import Cell, Chart, Experiment, Fit, Load, Panel, Prediction, Shape


def as_dict(experiment: Experiment) -> dict[str, Any]:
    """Return the whole experiment as a JSON-serializable dict."""
    return asdict(experiment) | {"shapes": [_shape(each) for each in experiment.shapes]}


def rebuilt(document: Mapping[str, Any]) -> Experiment:
    """Rebuild the experiment from the dict of `as_dict`.

    Raises KeyError or TypeError where keys are missing or unknown.
    """
    return Experiment(
        **dict(document)
        | {
            "shapes": tuple(_rebuilt_shape(each) for each in document["shapes"]),
            "cells": tuple(_cell(each) for each in document["cells"]),
            "chart": _chart(document["chart"]),
            "fits": tuple(
                Fit(**each | {"cells": tuple(each["cells"])}) for each in document["fits"]
            ),
            "claims": tuple(document["claims"]),
            "runtimes": tuple(document["runtimes"]),
        }
    )


def _chart(document: Mapping[str, Any]) -> Chart:
    # Runs written before charts had panels lack that key.
    panels = tuple(
        Panel(x_title=each["x_title"], shapes=tuple(each["shapes"]))
        for each in document.get("panels", ())
    )
    return Chart(**dict(document) | {"lanes": tuple(document["lanes"]), "panels": panels})


def _shape(shape: Shape) -> dict[str, Any]:
    # A shape that runs the lab's own code has no package; its key is left out.
    found = asdict(shape)
    package = found.pop("package")
    return found if package is None else found | {"package": str(package)}


def _rebuilt_shape(document: Mapping[str, Any]) -> Shape:
    package = document.get("package")
    return Shape(**dict(document) | {"package": Path(package) if package else None})


def _cell(document: Mapping[str, Any]) -> Cell:
    load = document["load"]
    return Cell(
        **dict(document)
        | {
            "load": Load(**load | {"asks": tuple(load["asks"])}),
            "prediction": Prediction(**document["prediction"]),
        }
    )

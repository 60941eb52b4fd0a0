"""Names of schema 1 in the words of schema 2: its `repeats` and `repeat` are `series` now.

Runs of schema 1 kept their servers from one repeat to the next; otherwise a repeat was a series.
Every file of such a run is read through this module, and none is ever written by it.
"""

from collections.abc import Mapping
from typing import Any

SCHEMA = 1
_NOW = {"repeats": "series", "repeat": "series"}


def name(old: str) -> str:
    """Return the name of a key or a column in schema 2; most did not change."""
    return _NOW.get(old, old)


def renamed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON object, such as a measurement, with the names of schema 2."""
    return {name(key): value for key, value in document.items()}


def run(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of run.json with the names of schema 2; `schema` stays 1.

    Raises KeyError, TypeError or AttributeError where it has no experiment.
    """
    return {**metadata, "experiment": renamed(metadata["experiment"])}


def summary(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of summary.json with the names of schema 2. Raises as `run` does."""
    return {**document, "cells": {id: renamed(each) for id, each in document["cells"].items()}}

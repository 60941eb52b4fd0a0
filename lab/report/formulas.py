"""Formulas and words for predictions, taken from the docstrings of lab/theory.py."""

import inspect
import re
from collections.abc import Mapping

from lab import theory

# A formula has an equals sign, a function or an operator; a displayed one is an indented line.
_FORMULA = re.compile(r" = |(?:ceil|floor|min|max)\(|\w / \w|\w \* \w")
_PIECES = re.compile(r"(?<=[.;:])\s+")
_DISPLAYED = re.compile(r"\n\n    +(\S.*)\n")


def formula(function: str) -> str:
    """Return the formula in a function's docstring, on a line of its own or in a sentence.

    Without a formula, return the docstring's first line; "" for an unknown function.

    >>> formula("makespan_s"), formula("busy_slots")
    ('ceil(n / c) * s', 'L = a * s')
    """
    text = _docstring(function)
    if displayed := _DISPLAYED.search(text + "\n"):
        return _alone(displayed[1])
    pieces = _PIECES.split(text)
    found = next((piece for piece in pieces if _FORMULA.search(piece)), None)
    return _alone(" ".join(found.split())) if found else text.partition("\n")[0].rstrip(".")


def said(function: str) -> str:
    """Return the docstring's first line, up to a formula in it; "" for an unknown function.

    >>> said("throughput_rps")
    'Closed load'
    """
    line = _docstring(function).partition("\n")[0]
    return line.partition(formula(function))[0].rstrip(" .:;,")


def inputs(given: Mapping[str, float | None]) -> str:
    """Return the inputs of a prediction in words, with their units.

    >>> inputs({"requests": 16, "slots": None, "service_s": 1.0})
    'requests 16, slots without limit, service 1 s'
    """
    return ", ".join(_input(name, value) for name, value in given.items())


def _docstring(function: str) -> str:
    return (inspect.getdoc(getattr(theory, function, None)) or "") if function else ""


def _alone(piece: str) -> str:
    """The formula without the words around it: the part between commas outside brackets."""
    parts, depth = [""], 0
    for sign in piece:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    found = next((part for part in parts if _FORMULA.search(part)), piece)
    return found.strip(" .;:").removeprefix("and ")


def _input(name: str, value: float | None) -> str:
    words, unit = name, ""
    for ending, meant in (("_s", " s"), ("_rps", " per second"), ("_ms", " ms")):
        if name.endswith(ending):
            words, unit = name.removesuffix(ending), meant
    words = words.replace("_", " ")
    return f"{words} without limit" if value is None else f"{words} {value:,.6g}{unit}"

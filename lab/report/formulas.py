"""What theory says, in the words of its functions."""

import inspect
import re
from collections.abc import Mapping

from lab import theory

_FORMULA = re.compile(r" = |(?:ceil|floor|min|max)\(|\w / \w|\w \* \w")
_PIECES = re.compile(r"(?<=[.;:])\s+")
_DISPLAYED = re.compile(r"\n\n    +(\S.*)\n")


def formula(function: str) -> str:
    """The one that stands in the function's docstring, on a line of its own or in a sentence.

    Without any it is the docstring's first line; empty for no such function.

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
    """The first line of its docstring, up to a formula in it; empty for no such function.

    >>> said("throughput_rps")
    'Closed load'
    """
    line = _docstring(function).partition("\n")[0]
    return line.partition(formula(function))[0].rstrip(" .:;,")


def inputs(given: Mapping[str, float | None]) -> str:
    """
    >>> inputs({"requests": 16, "slots": None, "service_s": 1.0})
    'requests 16, slots without limit, service 1 s'
    """
    return ", ".join(_input(name, value) for name, value in given.items())


def _docstring(function: str) -> str:
    return (inspect.getdoc(getattr(theory, function, None)) or "") if function else ""


def _alone(piece: str) -> str:
    """A formula without the words around it: between commas that no bracket encloses."""
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

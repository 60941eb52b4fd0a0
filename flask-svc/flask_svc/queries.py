"""Query parameters, checked by hand: Flask leaves that to us."""

from flask import request

from flask_svc.problems import InvalidInput


def whole_number(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from `low` to `high`; InvalidInput for anything else."""
    value = request.args.get(name, str(default))
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise InvalidInput([(name, f"expected a whole number from {low} to {high}")])
    return int(value)


def text(name: str, default: str, *, longest: int) -> str:
    """Some text of at most `longest` characters; InvalidInput for anything else."""
    value = request.args.get(name, default)
    if not 1 <= len(value) <= longest:
        raise InvalidInput([(name, f"expected 1 to {longest} characters")])
    return value

"""Validation of query parameters, by hand, because Flask has none."""

from flask import request

from flask_svc.problems import InvalidInput


def whole_number(name: str, default: int, *, low: int, high: int) -> int:
    """Return a query parameter as a whole number. Raises InvalidInput outside `low` to `high`."""
    value = request.args.get(name, str(default))
    try:
        number = int(value) if value.isascii() and value.isdigit() else -1
    except ValueError:  # more than 4300 digits, which Python does not convert
        number = -1
    if not low <= number <= high:
        raise InvalidInput([(name, f"expected a whole number from {low} to {high}")])
    return number


def text(name: str, default: str, *, longest: int) -> str:
    """Return a query parameter as text of 1 to `longest` characters. Raises InvalidInput if not."""
    value = request.args.get(name, default)
    if not 1 <= len(value) <= longest:
        raise InvalidInput([(name, f"expected 1 to {longest} characters")])
    return value

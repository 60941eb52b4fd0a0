"""How much code the small API takes in each framework, as the claims look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FASTAPI, BY_HAND, EXTENSION = "FastAPI", "Flask by hand", "Flask with extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One implementation of the users: code lines and statements (lab/boilerplate/__init__.py).

    `validation_lines` are the models, or the checks by hand; `documented` is with the code
    for the OpenAPI document, `plain` without.
    """

    validation_lines: int
    plain_lines: int
    plain_statements: int
    documented_lines: int
    documented_statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """All implementations of the users by name, and for each framework's service the packages
    that its documentation is made with."""

    users: Mapping[str, Code]
    documented_with: Mapping[str, Sequence[str]]

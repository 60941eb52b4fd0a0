"""What is compared: implementations of the same routes, each a list of files and names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Names = tuple[str, ...]
EVERYTHING_ELSE = "*"


class Purpose(StrEnum):
    """What a definition is for."""

    ROUTES = "routes"  # the views
    VALIDATION = "validation"  # models, or checks by hand
    ERRORS = "errors"  # from what was wrong to the body that says so
    WORK = "work"  # what goes on beside an answer or after it
    LIMITS = "limits"  # how many may do so at once
    WIRING = "wiring"  # registering, blueprints, how the rest is reached
    DOCUMENTATION = "documentation"  # the document and its pages


@dataclass(frozen=True, slots=True)
class CountedFile:
    """One file, and which of its definitions count for what."""

    path: str  # from the repository's root
    purposes: Mapping[Purpose, Names]

    @property
    def names(self) -> list[str]:
        """All that count."""
        return [name for names in self.purposes.values() for name in names]


@dataclass(frozen=True, slots=True)
class Implementation:
    """One way to have the routes.

    `documented` says whether an OpenAPI document has them: "yes", "no", or "yes"
    with what it does not have. `beside` maps a reason to modules of the same
    service that the files import and that do not count.
    """

    name: str
    routes: Names
    documented: str
    files: tuple[CountedFile, ...]
    beside: Mapping[str, Names] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first implementation is the one that is held against the others."""

    name: str
    title: str
    implementations: tuple[Implementation, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All comparisons, and what of their files is in none of them.

    `not_counted` maps a path to reasons, each with its names; EVERYTHING_ELSE
    stands for all that are not named.
    """

    comparisons: tuple[Comparison, ...]
    not_counted: Mapping[str, Mapping[str, Names]] = field(default_factory=dict)

    @property
    def implementations(self) -> list[Implementation]:
        """Those of all comparisons."""
        return [each for comparison in self.comparisons for each in comparison.implementations]

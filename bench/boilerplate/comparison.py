"""Data of a comparison: implementations of the same routes, each a list of files and names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Names = tuple[str, ...]
EVERYTHING_ELSE = "*"


class Purpose(StrEnum):
    """Purpose of a definition."""

    ROUTES = "routes"  # the views
    VALIDATION = "validation"  # models, or checks by hand
    ERRORS = "errors"  # from an error to the body that describes it
    WORK = "work"  # work beside an answer or after it
    LIMITS = "limits"  # limits on concurrent work
    WIRING = "wiring"  # registration, blueprints, access to shared objects
    DOCUMENTATION = "documentation"  # the document and its pages


@dataclass(frozen=True, slots=True)
class CountedFile:
    """One file, and the purpose of each counted definition."""

    path: str  # relative to the repository's root
    purposes: Mapping[Purpose, Names]

    @property
    def names(self) -> list[str]:
        """All counted names."""
        return [name for names in self.purposes.values() for name in names]


@dataclass(frozen=True, slots=True)
class Implementation:
    """One way to implement the routes.

    `documented` says whether an OpenAPI document has them: "yes", "no", or "yes" with the
    exceptions. `beside` maps a reason to modules of the same service that the files import and that
    do not count.
    """

    name: str
    routes: Names
    documented: str
    files: tuple[CountedFile, ...]
    beside: Mapping[str, Names] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Implementations of the same routes; the first is compared with each of the others."""

    name: str
    title: str
    implementations: tuple[Implementation, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All comparisons, and the definitions of their files that belong to none.

    `not_counted` maps a path to reasons, each with its names; EVERYTHING_ELSE stands for all other
    names.
    """

    comparisons: tuple[Comparison, ...]
    not_counted: Mapping[str, Mapping[str, Names]] = field(default_factory=dict)

    @property
    def implementations(self) -> list[Implementation]:
        """The implementations of all comparisons."""
        return [each for comparison in self.comparisons for each in comparison.implementations]

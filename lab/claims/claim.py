"""A claim: a sentence of an article, in parts that experiments can decide."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from lab.claims.quantity import Quantity

Range = tuple[float, float]
"""Lower and upper edge of what a claim allows, both inclusive; infinite where it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Where a claim stands, so that a reader can find it. `author` is the name that it is under."""

    title: str
    author: str
    address: str


ARTICLES = MappingProxyType(
    {
        "A": Article(
            title="FastAPI vs Flask for async microservices: which one should you actually use?",
            author="ptp2308",
            address="https://dev.to/ptp2308/fastapi-vs-flask-for-async-microservices-which-one-should-you-actually-use-2nj7",
        ),
        "B": Article(
            title="Flask vs FastAPI: Which Python Framework Should You Choose in 2026?",
            author="XpertLab",
            address="https://xpertlab.com/flask-vs-fastapi-which-python-framework-should-you-choose-in-2026/",
        ),
        "C": Article(
            title="Flask Sync vs. Async: Understanding the Performance Bottleneck in IO-Bound "
            "Tasks",
            author="belinhacbr",
            address="https://belinhacbr.xyz/blog/2024-10-30-flask-sync-vs-async",
        ),
    }
)
"""Articles by letter; the id of a claim begins with that letter."""


class Kind(StrEnum):
    """What a part puts to the test."""

    NUMBER = "number"
    """The article gives a number, or a comparison of two."""
    MECHANISM = "mechanism"
    """The article explains how something works; the part shows whether it does."""


class Failing(StrEnum):
    """What it means that a part fails."""

    FALSE = "false"
    OFF_BY_ONE = "off by one"
    NOT_HERE = "not on this machine"
    """A rate, a time or a size that depends on the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One way in which a part can be meant, and the quantity that decides it.

    `label` completes the words "holds if", such as "requests wait"; empty where a part has one
    basis. `claimed` and `unit` replace those of the part.
    """

    label: str = ""
    quantity: Quantity
    claimed: Range | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One statement of a claim, with a number that an experiment measures.

    `what` names the number, `unit` its unit. `claimed` is what the article allows; None for a
    number that is only stated beside the others. `is_sameness` marks a statement such as "gains
    nothing": it holds only if two one-sided tests put the number inside of the range. `holds` and
    `fails` explain these verdicts of the part.
    """

    what: str
    unit: str
    claimed: Range | None = None
    kind: Kind = Kind.NUMBER
    failing: Failing = Failing.FALSE
    is_sameness: bool = False
    holds: str = ""
    fails: str = ""
    bases: tuple[Basis, ...]

    def claimed_on(self, basis: Basis) -> Range | None:
        """Return the range that is allowed on a basis."""
        return basis.claimed or self.claimed

    def unit_on(self, basis: Basis) -> str:
        """Return the unit of the numbers on a basis."""
        return basis.unit or self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of the ledger.

    `id` never changes. `text` is the statement in the lab's own words, with the article's numbers;
    `section` is the heading of the article above it. `literal` says what the words mean by
    themselves, `charitable` what they probably mean where that is something else. `missing` says
    what the statement lacks for a decision, and `waits_for` what the lab lacks: such a claim is
    not decided, whatever its parts show.
    """

    id: str
    section: str
    text: str
    literal: str
    charitable: str = ""
    parts: tuple[Part, ...] = ()
    missing: str = ""
    waits_for: str = ""
    experiments: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        found = {
            number
            for part in self.parts
            for basis in part.bases
            for number, _ in basis.quantity.cells()
        }
        object.__setattr__(self, "experiments", tuple(sorted(found)))

    @property
    def source(self) -> str:
        """Letter of the article."""
        return self.id[0]


def near(value: float, margin: float = 0.10) -> Range:
    """Return the range for "about `value`": 10 % to each side, or another `margin`.

    >>> near(4)
    (3.6, 4.4)
    """
    return value * (1 - margin), value * (1 + margin)


def factor_of_two(value: float) -> Range:
    """Return the range for "about `value`" where the article gives an order of magnitude."""
    return value / 2, value * 2


def one(quantity: Quantity) -> tuple[Basis, ...]:
    """Return the bases of a part that can be meant in one way only."""
    return (Basis(quantity=quantity),)

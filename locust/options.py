"""Options that the lab adds to Locust: the route, and the load.

All options except the load itself can change on the page during a run.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import loads

NATURAL = "natural"
# The route that each framework's own documentation would lead to.
NATURAL_ROUTES = {"flask": "io", "fastapi": "async-io"}
DATABASE_ROUTES = ("db-wait", "async-db-wait", "blocking-db-wait", "db-read", "orm-read")
ROUTES = (
    NATURAL,
    "io",
    "async-io",
    "async-io-multi",
    "blocking-io",
    "weather",
    "json",
    "cpu",
    *DATABASE_ROUTES,
)
NO_DATABASE = "this lab has no database: `make up PROFILE=database` starts one"
ARRIVALS = ("even", "poisson")
MAX_IN_FLIGHT = 4_000  # per target; each takes two of the 10,000 open files that Locust asks for


@dataclass(frozen=True, slots=True)
class Number:
    """The allowed numbers, both ends included; whole numbers where the ends are whole."""

    low: float
    high: float

    def __call__(self, text: str) -> float:
        """Return the number in `text`, for argparse. Raises ArgumentTypeError where not allowed."""
        try:
            number = int(text) if self._is_whole else float(text)
        except ValueError:
            number = self.low - 1
        if not self.low <= number <= self.high:
            raise argparse.ArgumentTypeError(f"expected {self}")
        return number

    def __str__(self) -> str:
        if self._is_whole:
            return f"a whole number from {self.low:,} to {self.high:,}"
        return f"a number from {self.low:g} to {self.high:,g}"

    @property
    def _is_whole(self) -> bool:
        return isinstance(self.low, int)


# What each number may be, on the command line and on the page.
NUMBERS = {
    "think_s": Number(0.0, 3600.0),
    "burst_size": Number(1, 2_000),
    "burst_every_s": Number(0.1, 3600.0),
    "arrival_rate": Number(0.1, 10_000.0),
    "arrival_seed": Number(0, 1_000_000),
    "max_in_flight": Number(1, MAX_IN_FLIGHT),
    "step_s": Number(1.0, 3600.0),
}
# Under a heading each on the page, whose first group has none.
GROUPS = {
    "Bursts": ("burst_size", "burst_every_s"),
    "Arrivals: the open load": ("arrival_rate", "arrivals", "arrival_seed"),
    "Steps": ("step_s",),
    "Limit": ("max_in_flight",),
}
CHOICES = {"route": ROUTES, "load": loads.LOADS, "arrivals": ARRIVALS}


def add(parser: Any) -> None:
    """Add the options to Locust's parser, in the order in which the page shows them.

    They go to the parser itself, because Locust's page shows no option of a group. The help
    sentences are the labels there, cut off after some fifty characters on a narrow screen.
    """

    def option(name: str, default: object, sentence: str) -> None:
        kind = {"choices": list(CHOICES[name])} if name in CHOICES else {"type": NUMBERS[name]}
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            default=default,
            env_var=f"LAB_{name.upper()}",
            help=sentence,
            **kind,
        )

    option("load", loads.CLOSED, "load: only closed uses the number of users")
    option("route", NATURAL, "route: natural is io on Flask, async-io on FastAPI")
    option("think_s", 0.0, "think time of each user, s: closed and steps")
    option("burst_size", 16, "requests in a burst, to each target")
    option("burst_every_s", 5.0, "from one burst to the next, s")
    option("arrival_rate", 8.0, "arrivals per second, to each target")
    option("arrivals", "even", "even: evenly spaced; poisson: at random")
    option("arrival_seed", 1, "seed of the random arrivals")
    option("step_s", 15.0, "length of each step, s")
    option("max_in_flight", 2_000, "most requests in flight to a target: burst, open")


def route_of(option: str, framework: str) -> str:
    """Return the route for a target of `framework`, with "natural" resolved."""
    return NATURAL_ROUTES[framework] if option == NATURAL else option

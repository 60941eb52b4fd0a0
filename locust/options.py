"""What the lab adds to Locust's options: which route is asked, and by what load.

All but the load itself can be changed on the page while a run lasts.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import loads

NATURAL = "natural"
# The route that each framework's own documentation would have you write.
NATURAL_ROUTES = {"flask": "io", "fastapi": "async-io"}
ROUTES = (
    NATURAL,
    "io",
    "async-io",
    "async-io-multi",
    "blocking-io",
    "weather",
    "json",
    "cpu",
)
ARRIVALS = ("poisson", "even")
MAX_IN_FLIGHT = 4_000  # for each target; two open files each, of the ten thousand Locust asks for


@dataclass(frozen=True, slots=True)
class Number:
    """The numbers that will do, both ends included; whole ones where the ends are whole."""

    low: float
    high: float

    def __call__(self, text: str) -> float:
        """The number that `text` says; ArgumentTypeError for anything else, for argparse."""
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


# What will do for each number that can be set, on the command line and on the page.
NUMBERS = {
    "think_s": Number(0.0, 3600.0),
    "burst_size": Number(1, 2_000),
    "burst_every_s": Number(0.1, 3600.0),
    "arrival_rate": Number(0.1, 10_000.0),
    "arrival_seed": Number(0, 1_000_000),
    "max_in_flight": Number(1, MAX_IN_FLIGHT),
    "step_s": Number(1.0, 3600.0),
}
CHOICES = {"route": ROUTES, "load": loads.LOADS, "arrivals": ARRIVALS}


def add(parser: Any) -> None:
    """Add the options to Locust's parser, in the order in which the page shows them.

    To the parser itself: Locust shows no option of a group on its page. The sentences
    are labels there, cut off after some fifty characters on a narrow screen.
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

    option("load", loads.CLOSED, "only closed heeds the number of users")
    option("route", NATURAL, "natural: /io on Flask, /async-io on FastAPI")
    option("think_s", 0.0, "closed, steps: seconds before the next")
    option("burst_size", 16, "burst: requests to each target")
    option("burst_every_s", 5.0, "burst: seconds between two")
    option("arrival_rate", 8.0, "open: per second, to each target")
    option("arrivals", "poisson", "open: at random, or evenly spaced")
    option("arrival_seed", 1, "open: repeats the random ones")
    option("max_in_flight", 2_000, "burst, open: the rest is dropped")
    option("step_s", 15.0, "steps: seconds for each")


def route_of(option: str, framework: str) -> str:
    """The route that a target of `framework` is asked for: "natural" resolved."""
    return NATURAL_ROUTES[framework] if option == NATURAL else option

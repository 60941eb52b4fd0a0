"""What the lab adds to Locust's options: which route is asked, and how long a user thinks.

Both can be changed on the page, also while a run lasts.
"""

import argparse
from typing import Any

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
MAX_THINK_S = 3600


def add(parser: Any) -> None:
    """Add the options to Locust's parser.

    To the parser itself: Locust shows no option of a group on its page.
    """
    parser.add_argument(
        "--route",
        choices=list(ROUTES),
        default=NATURAL,
        env_var="LAB_ROUTE",
        help="natural: /io on Flask, /async-io on FastAPI",
    )
    parser.add_argument(
        "--think-s",
        type=think_s,
        default=0.0,
        env_var="LAB_THINK_S",
        help="seconds before a user's next request",
    )


def think_s(text: str) -> float:
    """A think time in seconds; ArgumentTypeError for anything else."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_THINK_S:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to {MAX_THINK_S}")
    return seconds


def route_of(option: str, framework: str) -> str:
    """The route that a target of `framework` is asked for: "natural" resolved."""
    return NATURAL_ROUTES[framework] if option == NATURAL else option

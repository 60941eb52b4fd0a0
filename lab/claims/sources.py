"""The articles whose sentences are put to the test."""

from types import MappingProxyType

ARTICLES = MappingProxyType(
    {
        "A": "FastAPI vs Flask for async microservices",
        "B": "Flask vs FastAPI, a quantitative comparison",
        "C": "Flask sync vs async in I/O-bound tasks",
    }
)
"""Their titles by the letter that a claim's id begins with."""

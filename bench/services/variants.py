"""The variants under comparison. To add one, add it to VARIANTS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

# Long timeouts: neither a slow client nor its server may give up a request.
PATIENT = MappingProxyType(
    {
        "UPSTREAM_CONNECT_TIMEOUT_S": "120",
        "UPSTREAM_TIMEOUT_S": "120",
        "CLIENT_POOL_TIMEOUT_S": "120",
        "WORKER_TIMEOUT_S": "300",
    }
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Variant:
    """The service in one shape: its differences from .env, and the module for `python -m`.

    Its median makespan is divided by that of the variant named `over` with the same number of
    workers; the ratio must be at most `most` and at least `least`.
    """

    name: str
    workers: int
    settings: Mapping[str, str] = field(default_factory=dict)
    module: str = "fastapi_svc"
    over: str = ""
    most: float = inf
    least: float = 0.0

    def target(self) -> str:
        """The target in words; empty where there is none."""
        if self.most < inf:
            return f"at most {self.most:.2f}"
        return f"at least {self.least:.2f}" if self.least else ""


VARIANTS = (
    Variant(name="as shipped", workers=1, over="sleep", most=1.5),
    Variant(name="sleep", workers=1, module="bench.services.sleeping"),
    Variant(
        name="client per request",  # as tutorials print it
        workers=1,
        settings={"CLIENT_TRANSPORT": "httpx", "CLIENT_LIFETIME": "request", **PATIENT},
        over="as shipped",
        least=8,
    ),
    Variant(
        name="one plain httpx client",  # for information
        workers=1,
        settings={"CLIENT_TRANSPORT": "httpx", **PATIENT},
        over="as shipped",
    ),
    Variant(name="as shipped", workers=4, over="sleep", most=1.25),
    Variant(name="sleep", workers=4, module="bench.services.sleeping"),
)

"""The two ceilings of a run: the most that the driver sends, the most that the upstream answers.

A rate near one of them describes the driver or the upstream, not the server under test.
"""

from collections.abc import Mapping
from typing import Any

from lab.experiments.behaviour import UNCHANGED
from lab.experiments.predicting import CALL
from lab.running.testbed import Testbed

CONNECTIONS = 64
DURATION_S = 0.75
GRACE_S = 30.0
AT_ONCE = "/healthz"
"""Path of the upstream that costs less than any answer of a server under test."""


def measure(testbed: Testbed, behaviour: Mapping[str, Any]) -> dict[str, Any]:
    """Return `ceiling` and `upstream_ceiling` of run.json, each with `rate_rps` and `cpu_share`.

    Both have the same load. For the second, the upstream gives its ordinary answer without a delay;
    then its dial is set to `behaviour` again.
    """
    ceiling = _most(testbed, AT_ONCE)
    testbed.behaviour(**dict(UNCHANGED) | {"delay_ms": 0.0})
    upstream_ceiling = _most(testbed, CALL)
    testbed.behaviour(**behaviour)
    return {"ceiling": ceiling, "upstream_ceiling": upstream_ceiling}


def _most(testbed: Testbed, path: str) -> dict[str, Any]:
    """Highest rate in requests per second, and the driver's CPU share of one core at it."""
    answer = testbed.drive(
        {
            "do": "ceiling",
            "url": testbed.upstream_url + path,
            "connections": CONNECTIONS,
            "duration_s": DURATION_S,
        },
        DURATION_S + GRACE_S,
    )
    return {"rate_rps": answer["rate_rps"], "cpu_share": answer["cpu_share"]}

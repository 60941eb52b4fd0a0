"""A burst: n requests sent at the same instant, each on a connection of its own.

This is the load driver's burst within one's own event loop, for whoever has other things to do
while it lasts. Where every millisecond counts, the driver sends it from a process of its own.
"""

from lab.addresses import ForeignAddressError, refuse_foreign
from lab.driver.burst import Burst
from lab.driver.endpoint import endpoint
from lab.driver.rows import Rows
from lab.samples import Sample

__all__ = ["ForeignAddressError", "refuse_foreign", "send", "timeout_s"]


def timeout_s(predicted_makespan_s: float) -> float:
    """How long a burst may take before its requests are given up: three times as predicted.

    The ten seconds on top are for predictions so short that a busy machine alone
    could triple them.
    """
    return 10.0 + 3.0 * predicted_makespan_s


async def send(
    url: str, requests: int, *, target: str, route: str, timeout_s: float
) -> list[Sample]:
    """Send `requests` GETs to `url` at once; one sample each, in the order of departure.

    A request that fails is a sample with an `error`, never an exception. Raises
    ForeignAddressError before anything is sent where `url` is not the lab's own.
    """
    burst = Burst(await endpoint(url), requests, timeout_s)
    try:
        burst.send()
        await burst.answered()
    finally:
        burst.close()
    rows = Rows()
    burst.write_down(rows)
    return rows.samples(target, route)

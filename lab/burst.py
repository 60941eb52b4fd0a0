"""A burst: n requests sent at the same instant, each on its own connection.

It runs the load driver's burst in the caller's event loop, for callers that do other work
meanwhile. Where every millisecond counts, the driver sends the burst from a separate process.
"""

from lab.addresses import ForeignAddressError, refuse_foreign
from lab.driver.burst_load import BurstLoad
from lab.driver.endpoint import endpoint
from lab.driver.rows import Rows
from lab.samples import Sample

__all__ = ["ForeignAddressError", "refuse_foreign", "send", "timeout_s"]


def timeout_s(predicted_makespan_s: float) -> float:
    """Timeout of a burst in seconds: 10 s plus three times the predicted makespan.

    The 10 s cover predictions so short that a busy machine alone could triple them.
    """
    # The fixed part dominates for short bursts, the factor for long ones.
    return 10.0 + 3.0 * predicted_makespan_s


async def send(
    url: str, requests: int, *, target: str, route: str, timeout_s: float
) -> list[Sample]:
    """Send `requests` GETs to `url` at once; return one sample each, in order of departure.

    A failed request is a sample with an `error`, never an exception. Raises ForeignAddressError
    before anything is sent where `url` is not the lab's own.
    """
    burst = BurstLoad(await endpoint(url), requests, timeout_s)
    try:
        burst.send()
        await burst.answered()
    finally:
        burst.close()
    rows = Rows()
    burst.write_down(rows)
    return rows.samples(target, route)

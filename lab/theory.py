"""Predictions, made before any run, from queueing arithmetic alone.

Every function takes plain numbers with units in their names and returns one
number. Nothing here reads a file or a clock. `slots` is the number of requests
that a target can have waiting on the upstream at once; None means that nothing
in the target limits them. A number that cannot be (no slots, a negative time)
raises ValueError with a sentence that names it.
"""

from math import ceil, inf


def makespan_s(*, requests: int, slots: int | None, service_s: float) -> float:
    """Length of a burst: full waves of `slots` requests, each `service_s` long.

    ceil(n / c) * s. The published form floor(n / c) * s gives 0 s for 1 to c - 1
    requests and so is not used.
    """
    return answer_s(position=requests, slots=slots, service_s=service_s)


def answer_s(*, position: int, slots: int | None, service_s: float) -> float:
    """When the answer number `position` (from 1) of a burst comes: ceil(k / c) * s."""
    _refuse_negative(service_s=service_s)
    return waves(requests=position, slots=slots) * service_s


def waves(*, requests: int, slots: int | None) -> int:
    """How many times the slots fill up before `requests` have been served."""
    _refuse_negative(requests=requests)
    _refuse_no_slots(slots)
    if slots is None:
        return min(requests, 1)
    return ceil(requests / slots)


def capacity_rps(*, slots: int | None, service_s: float) -> float:
    """Little's law at full slots: c / s requests per second; infinite without a limit."""
    _refuse_no_slots(slots)
    _refuse_negative(service_s=service_s)
    return inf if slots is None or service_s == 0 else slots / service_s


def throughput_rps(
    *, users: int, slots: int | None, service_s: float, think_s: float = 0.0
) -> float:
    """Closed load: X = min(N / (s + z), c / s); s + z must be above 0."""
    _refuse_negative(users=users, service_s=service_s, think_s=think_s)
    if service_s + think_s == 0:
        raise ValueError("service_s + think_s = 0: expected a time above 0")
    return min(users / (service_s + think_s), capacity_rps(slots=slots, service_s=service_s))


def response_s(*, users: int, slots: int | None, service_s: float, think_s: float = 0.0) -> float:
    """Closed load: R = max(s, N / X - z), the interactive response time law; needs a user."""
    if users < 1:
        raise ValueError(f"users={users}: expected a whole number above 0")
    x = throughput_rps(users=users, slots=slots, service_s=service_s, think_s=think_s)
    return max(service_s, users / x - think_s)


def busy_slots(*, rate_rps: float, service_s: float) -> float:
    """Open load: Little's law, L = a * s, while the arrivals are below capacity."""
    _refuse_negative(rate_rps=rate_rps, service_s=service_s)
    return rate_rps * service_s


def is_stable(*, rate_rps: float, slots: int | None, service_s: float) -> bool:
    """Open load: the queue stays bounded only while a * s < c."""
    _refuse_negative(rate_rps=rate_rps)
    return rate_rps < capacity_rps(slots=slots, service_s=service_s)


def queue_growth_rps(*, rate_rps: float, slots: int | None, service_s: float) -> float:
    """Open load above capacity: the queue grows by a - c / s requests per second."""
    _refuse_negative(rate_rps=rate_rps)
    return max(0.0, rate_rps - capacity_rps(slots=slots, service_s=service_s))


def split_s(*, service_s: float, parts: int) -> float:
    """A request split into p equal concurrent parts holds its slot for s / p."""
    if parts < 1:
        raise ValueError(f"parts={parts}: expected a whole number above 0")
    _refuse_negative(service_s=service_s)
    return service_s / parts


def _refuse_no_slots(slots: int | None) -> None:
    if slots is not None and slots < 1:
        raise ValueError(f"slots={slots}: expected a whole number above 0, or None for no limit")


def _refuse_negative(**quantities: float) -> None:
    for name, value in quantities.items():
        if value < 0:
            raise ValueError(f"{name}={value}: expected 0 or more")

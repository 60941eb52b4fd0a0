"""What theory predicts for a load on one target."""

from dataclasses import dataclass

from lab import theory
from lab.load import Load


@dataclass(frozen=True, slots=True)
class Prediction:
    """Answers per second and how long they take; None where theory has no number."""

    throughput_rps: float | None = None
    response_s: float | None = None


def predict(
    load: Load, *, slots: int | None, service_s: float | None, elapsed_s: float
) -> Prediction:
    """The prediction for a target with so many slots (None: no limit), held `service_s` each.

    `service_s` is None for a route that holds no slot, since theory is about waiting
    only, and for a mix of routes that hold it for different times. `elapsed_s` is the
    time since the load began; it counts for a scheduled load above capacity, whose queue grows.

    Closed load and steps: the response is what a request takes on average, once the
    queue has built up. Burst: the throughput is averaged over whole intervals, and the
    response is that of the slowest: the makespan, also where bursts overlap, as long as
    they do not exceed capacity. Above it no burst ends before the next begins, each waits
    for all before it, and the response grows as under open load (`theory.open_response_s`).
    """
    if service_s is None:
        return Prediction()
    if load.is_scheduled:
        return _scheduled(load, slots, service_s, max(0.0, elapsed_s))
    if load.users < 1 or service_s + load.think_s == 0:
        return Prediction()
    return Prediction(
        theory.throughput_rps(
            users=load.users, slots=slots, service_s=service_s, think_s=load.think_s
        ),
        theory.response_s(users=load.users, slots=slots, service_s=service_s, think_s=load.think_s),
    )


def _scheduled(load: Load, slots: int | None, service_s: float, elapsed_s: float) -> Prediction:
    # No more can be waiting on the upstream than are in flight, however many slots there are.
    limits = [limit for limit in (slots, load.max_in_flight) if limit is not None]
    slots = min(limits, default=None)
    return Prediction(
        theory.open_throughput_rps(rate_rps=load.rate_rps, slots=slots, service_s=service_s),
        theory.open_response_s(
            rate_rps=load.rate_rps,
            slots=slots,
            service_s=service_s,
            elapsed_s=elapsed_s,
            at_once=load.at_once,
            max_in_flight=load.max_in_flight,
        ),
    )

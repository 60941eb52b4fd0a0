"""How long a load takes, known before it is sent."""

from lab import theory
from lab.experiments.experiment import ASK, BURST, CLOSED, HOLD, OPEN, SOCKETS, Load

PAUSE_S = 0.05
"""The driver's, between two bursts."""
HELD_S = 0.3
"""Beyond their own time: requests are held while the server's processes are looked at."""
REQUEST_S = 0.0005
"""What one request of a burst costs at most, on a machine with 2 cores."""
ASKED_S = 0.005
THREAD_S = 0.0001


def expected_s(load: Load, *, slots: int | None, service_s: float | None) -> float:
    """From the first request to the last answer: by theory, and a little for what it leaves out.
    0 where nothing is sent.

    `service_s` is None where theory does not know, and then counts as nothing.
    """
    service_s = service_s or 0.0
    burst_s = theory.makespan_s(requests=load.requests, slots=slots, service_s=service_s)
    burst_s += load.requests * REQUEST_S
    match load.kind:
        case "burst":
            return load.bursts * burst_s + (load.bursts - 1) * PAUSE_S
        case "closed":
            return load.warmup_s + load.duration_s
        case "open":
            return load.warmup_s + load.duration_s + _drain_s(load, slots, service_s)
        case "hold":
            return burst_s + HELD_S if load.requests else 0.0
        case "sockets":
            return burst_s
        case "ask":
            return load.requests * len(load.asks) * ASKED_S
        case "threads":
            return load.requests * THREAD_S
    raise ValueError(
        f"load {load.kind!r}: expected one of {BURST}, {CLOSED}, {OPEN}, {HOLD}, "
        f"{SOCKETS}, {ASK}, threads"
    )


def _drain_s(load: Load, slots: int | None, service_s: float) -> float:
    """After its time an open load waits for the last that arrived."""
    if not service_s:
        return 0.0
    growth_rps = theory.queue_growth_rps(rate_rps=load.rate_rps, slots=slots, service_s=service_s)
    queue = growth_rps * (load.warmup_s + load.duration_s)
    return service_s + queue / theory.capacity_rps(slots=slots, service_s=service_s)

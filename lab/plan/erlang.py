"""Number of slots at which few requests wait: Erlang's C formula.

A. K. Erlang's formula is for several servers with one queue and random arrivals. It is exact for
exponentially distributed times in the slot. For fixed times, as in the lab, it gives more slots
than necessary.
"""

from math import ceil

WAITING = 0.01
"""Accepted share of requests that find no free slot on arrival."""


def waiting_share(slots: int, busy: float) -> float:
    """Erlang C: share of requests that wait for a slot, at a load of `busy` slots on average.

    1 if `busy` is at least `slots`: the queue then grows without limit.
    """
    if busy >= slots:
        return 1.0
    blocked = 1.0  # Erlang B by recursion, which cannot overflow
    for number in range(1, slots + 1):
        blocked = busy * blocked / (number + busy * blocked)
    return blocked / (1 - busy / slots * (1 - blocked))


def slots_for(busy: float, share: float = WAITING) -> int:
    """Smallest number of slots with which at most `share` of the requests wait."""
    slots, blocked = 0, 1.0
    while True:
        slots += 1
        blocked = busy * blocked / (slots + busy * blocked)
        if busy < slots and blocked / (1 - busy / slots * (1 - blocked)) <= share:
            return slots


def workers_for(busy: float, each: int, share: float = WAITING) -> int:
    """Smallest number of workers with `each` slots, where each worker has its own queue.

    Connections are spread over the workers at random. So each worker gets its part of the load,
    and cannot use the free slots of the others.
    """
    low, high = 0, max(1, ceil(busy / each))
    while waiting_share(each, busy / high) > share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if waiting_share(each, busy / middle) <= share else (middle, high)
    return high


def busy_at(slots: int, share: float = WAITING) -> float:
    """Largest mean number of busy slots at which at most `share` of the requests wait."""
    low, high = 0.0, float(slots)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if waiting_share(slots, middle) <= share else (low, middle)
    return low

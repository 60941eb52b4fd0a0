"""How many slots so that hardly any request has to wait for one.

A. K. Erlang's formula for servers in front of one queue, whose arrivals come at random.
It is exact where times in the slot are spread exponentially, and errs towards more slots
where they are fixed, as the lab's are.
"""

from math import ceil

WAITING = 0.01
"""The share of requests that may find no free slot when they come."""


def waiting_share(slots: int, busy: float) -> float:
    """Erlang C: the share that has to wait, of requests that keep `busy` slots busy on average.

    1 where they are as many as the slots or more: then the queue grows without end.
    """
    if busy >= slots:
        return 1.0
    blocked = 1.0  # Erlang B, which has a recursion that never overflows
    for number in range(1, slots + 1):
        blocked = busy * blocked / (number + busy * blocked)
    return blocked / (1 - busy / slots * (1 - blocked))


def slots_for(busy: float, share: float = WAITING) -> int:
    """The fewest slots with which no more than `share` has to wait."""
    slots, blocked = 0, 1.0
    while True:
        slots += 1
        blocked = busy * blocked / (slots + busy * blocked)
        if busy < slots and blocked / (1 - busy / slots * (1 - blocked)) <= share:
            return slots


def workers_for(busy: float, each: int, share: float = WAITING) -> int:
    """The fewest workers of `each` slots, where each worker has a queue of its own.

    Connections come to them at random, so each has its part of the load and nothing of the
    others' free slots.
    """
    low, high = 0, max(1, ceil(busy / each))
    while waiting_share(each, busy / high) > share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if waiting_share(each, busy / middle) <= share else (middle, high)
    return high


def busy_at(slots: int, share: float = WAITING) -> float:
    """How many slots can be busy on average before more than `share` has to wait."""
    low, high = 0.0, float(slots)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if waiting_share(slots, middle) <= share else (low, middle)
    return low

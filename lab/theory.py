"""Predictions, made before any load is measured, from queueing arithmetic.

What goes into it are settings, and of measured numbers only the processor time of a request
(lab/processor_time.py).

A request passes stations. A station is a place with `slots`, of which a request holds one for
`held_s` seconds; None slots mean no limit. Stations nest: whoever waits behind a station still
holds its slot, so that `held_s` has everything in it that the request meets behind the station. The
stations of a target and a route, the outermost first, are a way:

    (Station("worker", 4, 1.001), Station("processor", 2, 0.001))

The laws are operational: they hold whatever the distributions of the times are, if the times do not
depend on the load (P. J. Denning and J. P. Buzen, "The Operational Analysis of Queueing Network
Models", ACM Computing Surveys 10 (1978)). Throughput and response are asymptotic bounds, which even
loads on constant times reach and random ones do not quite.

Every function takes plain numbers with units in their names and returns one number. Nothing here
reads a file or a clock. An impossible number (no slots, a negative time) raises ValueError with a
sentence that names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, comb, exp, floor, inf


@dataclass(frozen=True, slots=True)
class Station:
    """A place on a request's way; `name` is what a sentence calls it.

    Raises ValueError for no slots and for a negative time.
    """

    name: str
    slots: int | None
    held_s: float

    def __post_init__(self) -> None:
        _refuse_no_slots(self.slots)
        _refuse_negative(held_s=self.held_s)

    @property
    def capacity_rps(self) -> float:
        """Requests per second that the station can serve: c / s; infinite without a limit."""
        if self.slots is None or self.held_s == 0:
            return inf
        return self.slots / self.held_s


Way = Sequence[Station]
"""The stations of a request, the outermost first."""


def slots_alone(slots: int | None, held_s: float) -> Way:
    """Return the way of one station: slots that are held for `held_s` seconds."""
    return (Station("slots", slots, held_s),)


def alone_s(*, way: Way) -> float:
    """Time in seconds of a request that waits nowhere: S, the longest time that a slot is held."""
    return max((each.held_s for each in way), default=0.0)


def limit(way: Way) -> Station | None:
    """Return the station that is full first, that with the least c / s; None without any limit.

    The queue stands in front of it, and fills all stations before it. Of equal ones it is the
    outermost.
    """
    slowest = min(way, key=lambda each: each.capacity_rps, default=None)
    return slowest if slowest and slowest.capacity_rps < inf else None


def capacity_rps(*, way: Way) -> float:
    """Bottleneck law: X <= min(c / s), over the stations; infinite where none has a limit."""
    return min((each.capacity_rps for each in way), default=inf)


def makespan_s(*, requests: int, way: Way) -> float:
    """Length of a burst in seconds: ceil(n / c) * s.

    This is for one station: full waves of `slots` requests. A station among others is reached after
    S - s at the latest and has served all in its own ceil(n / c) waves, and the burst takes as long
    as the slowest station does. The published form floor(n / c) * s is not used: it gives 0 s for
    1 to c - 1 requests.
    """
    _refuse_negative(requests=requests)
    if not requests:
        return 0.0
    whole_s = alone_s(way=way)
    return max(
        (whole_s + (waves(requests=requests, slots=each.slots) - 1) * each.held_s for each in way),
        default=0.0,
    )


def one_worker_makespan_s(*, requests: int, tokens: int | None, service_s: float) -> float:
    """Burst on several event loops, at most: ceil(n / p) * s, with p slots in each worker.

    An event loop accepts connections whether or not one of its slots is free. So a worker can draw
    more than its part of a burst, and its requests queue in it while slots of other workers are
    idle. At worst one worker draws all of them; at best the draw is even, as for `makespan_s`. A
    server whose workers accept only with a free slot, as threads of Flask do, has no such range.
    """
    return drawn_makespan_s(largest=requests, tokens=tokens, service_s=service_s)


def drawn_makespan_s(*, largest: int, tokens: int | None, service_s: float) -> float:
    """Burst on several event loops, given the draw: ceil(k / p) * s.

    k is the number of requests of the worker that drew most, p the slots of one worker; None means
    no limit.
    """
    _refuse_negative(service_s=service_s)
    return waves(requests=largest, slots=tokens) * service_s


def makespan_over_draw(*, tokens: int | None, service_s: float) -> float:
    """Burst of length T, divided by the length for its draw: T / (ceil(k / p) * s) = 1.

    See `drawn_makespan_s`. The draw is chance, what follows from it is not, so the ratio is 1.
    Raises ValueError for s = 0, which divides by nothing.
    """
    _refuse_no_slots(tokens)
    if service_s <= 0:
        raise ValueError(f"service_s={service_s}: expected a time above 0")
    return 1.0


def shared_makespan_s(
    *, requests: int, slots: int | None, connections: int, service_s: float
) -> float:
    """Burst on pools that want more connections than the database has: ceil(n / min(c, m)) * s.

    c are the slots that the pools would make, m the connections of the database. A pool that keeps
    its requests waiting makes fewer slots of fewer connections, without a failure.
    """
    way = slots_alone(peak_busy(requests=connections, slots=slots), service_s)
    return makespan_s(requests=requests, way=way)


def turned_away(*, requests: int, connections: int) -> int:
    """Burst on a connection for each request: max(0, n - m) find none of m and fail.

    Nothing queues in front of the database: it refuses a connection at once.
    """
    return requests - peak_busy(requests=requests, slots=connections)


def answer_s(*, position: int, slots: int | None, service_s: float) -> float:
    """Time in seconds of answer number `position` (1-based) of a burst: ceil(k / c) * s.

    This is for one station; the whole burst of `position` requests has `makespan_s`.
    """
    _refuse_negative(service_s=service_s)
    return waves(requests=position, slots=slots) * service_s


def published_answer_s(*, position: int, slots: int, service_s: float) -> float:
    """Answer time as one article prints it: floor(k / c) * s. Used to draw it beside `answer_s`.

    The two differ wherever k is not a multiple of c: the published form puts the first c - 1
    answers at 0 s, and each later one into the wave before its own.
    """
    _refuse_negative(position=position, service_s=service_s)
    _refuse_no_slots(slots)
    return floor(position / slots) * service_s


def peak_busy(*, requests: int, slots: int | None) -> int:
    """Largest number of requests of a burst that are served at the same time: min(n, c)."""
    _refuse_negative(requests=requests)
    _refuse_no_slots(slots)
    return requests if slots is None else min(requests, slots)


def overflow_share(*, requests: int, workers: int, tokens: int | None) -> float:
    """Probability that at least one worker gets more requests than it has tokens.

    Each of n requests goes to one of w workers with equal probability. The numbers per worker are
    multinomial, and P(all <= t) = n! / w^n * [x^n] (sum of x^k / k!, k <= t)^w.

    Computed worker by worker: the first of i workers gets k of m requests with the binomial
    probability C(m, k) (1 / i)^k (1 - 1 / i)^(m - k). Exact except for rounding, since only
    positive numbers are added. 0 where `tokens` is None.
    """
    _refuse_negative(requests=requests)
    if workers < 1:
        raise ValueError(f"workers={workers}: expected a whole number above 0")
    if tokens is None:
        return 0.0
    _refuse_negative(tokens=tokens)
    # Number of requests left -> probability that no worker so far has more than its tokens.
    left = {requests: 1.0}
    # Given the earlier workers, each remaining request goes to this one with probability 1 / i.
    for i in range(workers, 0, -1):
        after: dict[int, float] = {}
        for m, probability in left.items():
            for k in range(min(m, tokens) + 1):
                part = comb(m, k) * (1 / i) ** k * (1 - 1 / i) ** (m - k)
                after[m - k] = after.get(m - k, 0.0) + probability * part
        left = after
    # Rounding can give a tiny negative value.
    return max(0.0, 1.0 - left.get(0, 0.0))


def waves(*, requests: int, slots: int | None) -> int:
    """How many times the slots fill up before `requests` have been served: ceil(n / c)."""
    _refuse_negative(requests=requests)
    _refuse_no_slots(slots)
    if slots is None:
        return min(requests, 1)
    return ceil(requests / slots)


def throughput_rps(*, users: int, way: Way, think_s: float = 0.0) -> float:
    """Closed load: X = min(N / (S + z), c / s), in requests per second, over the stations.

    Raises ValueError where S + z is 0.
    """
    _refuse_negative(users=users, think_s=think_s)
    whole_s = alone_s(way=way)
    if whole_s + think_s == 0:
        raise ValueError("no station holds a request, and think_s=0: expected a time above 0")
    return min(users / (whole_s + think_s), capacity_rps(way=way))


def response_s(*, users: int, way: Way, think_s: float = 0.0) -> float:
    """Closed load: R = max(S, N / X - z), in seconds.

    This is the interactive response time law. Raises ValueError for fewer than one user.
    """
    if users < 1:
        raise ValueError(f"users={users}: expected a whole number above 0")
    x = throughput_rps(users=users, way=way, think_s=think_s)
    return max(alone_s(way=way), users / x - think_s)


def busy_slots(*, rate_rps: float, service_s: float) -> float:
    """Little's law: L = a * s, the mean number of busy slots below capacity."""
    _refuse_negative(rate_rps=rate_rps, service_s=service_s)
    return rate_rps * service_s


def lognormal_mean_s(*, median_s: float, sigma: float) -> float:
    """Mean of lognormal times: m * e^(sigma^2 / 2), never below their median m.

    `sigma` is the standard deviation of their logarithm. Source: Johnson, Kotz and Balakrishnan,
    Continuous Univariate Distributions, chapter 14.
    """
    _refuse_negative(median_s=median_s, sigma=sigma)
    return median_s * exp(sigma**2 / 2)


def lognormal_busy_slots(
    *, rate_rps: float, slots: int | None, median_s: float, sigma: float
) -> float:
    """Open load with lognormal service times: L = min(a * E[s], c), the mean number of busy slots.

    Little's law uses only the mean, and a long tail moves the mean. At and above capacity all slots
    are busy.
    """
    _refuse_no_slots(slots)
    service_s = lognormal_mean_s(median_s=median_s, sigma=sigma)
    busy = busy_slots(rate_rps=rate_rps, service_s=service_s)
    return busy if slots is None else min(busy, slots)


def is_stable(*, rate_rps: float, way: Way) -> bool:
    """Open load: queues stay bounded only while a < c / s everywhere. Returns True then."""
    _refuse_negative(rate_rps=rate_rps)
    return rate_rps < capacity_rps(way=way)


def queue_growth_rps(*, rate_rps: float, way: Way) -> float:
    """Open load above capacity: the queue grows by a - min(c / s) requests per second."""
    _refuse_negative(rate_rps=rate_rps)
    return max(0.0, rate_rps - capacity_rps(way=way))


def open_throughput_rps(*, rate_rps: float, way: Way) -> float:
    """Open load: X = min(a, c / s), in requests per second, over the stations.

    Bursts of n every e seconds count as a = n / e, on average.
    """
    _refuse_negative(rate_rps=rate_rps)
    return min(rate_rps, capacity_rps(way=way))


def open_response_s(
    *,
    rate_rps: float,
    way: Way,
    elapsed_s: float,
    at_once: int = 1,
    max_in_flight: int | None = None,
) -> float:
    """Open load, `at_once` requests per due time: response time of the slowest answered now.

    `elapsed_s` is the time since the load began, at a constant rate, with nothing in flight before.

    c and s are those of the limit, the station with the least c / s. While a <= c / s the slowest
    takes the makespan m of the requests due at once. This holds for evenly spaced arrivals. Random
    arrivals come in clusters that wait, and the wait grows as a approaches c / s.

    Above capacity R grows with t, the time since the start (a fluid model):

        R(t) = m + (t - m) * (1 - c / (s * a)), from t = m on

    The first request is answered at m. Between m and t all slots are busy, so (t - m) * c / s more
    are answered. Since a arrive per second, the request answered at t arrived (t - m) * c / (s * a)
    after the first. It ends t - m later than the first, so R grows by the difference of the two.

    The result is exact for bursts of whole waves, otherwise off by at most one service time. With
    at most L requests in flight the rest is dropped, and Little's law bounds R by L * s / c, or by
    m where m is larger.
    """
    _refuse_negative(elapsed_s=elapsed_s)
    first_s = makespan_s(requests=at_once, way=way)
    if is_stable(rate_rps=rate_rps, way=way):
        return first_s
    capacity = capacity_rps(way=way)
    growing_s = first_s + max(0.0, elapsed_s - first_s) * (1 - capacity / rate_rps)
    if max_in_flight is None:
        return growing_s
    # Little's law with L requests in flight at full capacity.
    return min(growing_s, max(first_s, max_in_flight / capacity))


def open_mean_s(*, rate_rps: float, way: Way, warmup_s: float, duration_s: float) -> float:
    """Open load of even arrivals: mean response time of the requests due in the measured time.

    The measured time is from `warmup_s` to `warmup_s` + `duration_s` after the load began. Below
    capacity no request waits: S. Above it (a fluid model; c and s are those of the limit) a request
    due at t finds t * (a - c / s) unanswered requests before it, which take t * (a * s / c - 1) at
    c / s per second. This wait grows linearly, so the mean is the value at the middle:

        S + (w + d / 2) * (a * s / c - 1)
    """
    _refuse_negative(rate_rps=rate_rps, warmup_s=warmup_s, duration_s=duration_s)
    if is_stable(rate_rps=rate_rps, way=way):
        return alone_s(way=way)
    # This is a * s / c - 1 of the formula.
    overload = rate_rps / capacity_rps(way=way) - 1
    return alone_s(way=way) + (warmup_s + duration_s / 2) * overload


def dead_slots(*, requests: int, slots: int | None) -> int:
    """Upstream that hangs: slots that hold a dead call, min(n, c), after n requests met it."""
    return peak_busy(requests=requests, slots=slots)


def dead_for_s(*, timeout_s: float, hung_for_s: float) -> float:
    """Upstream that hangs: seconds until a dead call gives its slot back, max(0, T - t).

    `hung_for_s` is the time since the call began, `timeout_s` the target's time-out. Nothing else
    frees the slot, also if the upstream answers others again.
    """
    _refuse_negative(timeout_s=timeout_s, hung_for_s=hung_for_s)
    return max(0.0, timeout_s - hung_for_s)


def refused_share(*, asked: int, wrong: int) -> float:
    """Validation: share of refused requests when every wrong request is refused, b / n."""
    _refuse_negative(wrong=wrong)
    if asked < 1 or wrong > asked:
        raise ValueError(f"asked={asked}: expected at least 1, and at least wrong={wrong}")
    return wrong / asked


def split_s(*, service_s: float, parts: int) -> float:
    """Service time of a request split into p equal concurrent parts: s / p."""
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

"""Doubt rules: reasons why a cell's numbers cannot decide about its prediction.

A rule takes the evidence of a cell and returns one sentence without a full stop, or "" where it
does not apply. A cell with a doubt is inconclusive, even if its metric lies within the tolerance.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from textwrap import shorten
from types import MappingProxyType
from typing import Any, Literal

from lab import rounded
from lab.experiments.experiment import ASK, BURST, HOLD, OPEN, THREADS
from lab.experiments.metric_catalogue import said, words
from lab.results.reading import how_it_ended
from lab.rounded import count, digits, seconds, share
from lab.samples import departure_spread_s
from lab.verdicts.estimates import INSIDE, ROUNDING, interval, percentile
from lab.verdicts.evidence import Evidence, holding
from lab.verdicts.judgement import Measured
from lab.verdicts.metrics import bursts, parts

Doubt = Literal[
    "incomplete",
    "limit",
    "errors",
    "slots",
    "generator",
    "ceiling",
    "upstream-ceiling",
    "late-load",
    "unsent",
    "upstream-late",
    "departure",
    "held",
    "replaced",
    "busy-machine",
    "uneven-machine",
    "series",
    "samples",
    "spread",
]

PART_OF_TOLERANCE = 0.5
"""Share of the tolerance that a disturbance may use. At 1 it could decide the verdict alone."""
PART_OF_HOLD = 0.2
"""Allowed lateness as a share of the hold time, for counts of slots and waves: an answer that late
is still distinct from the next wave."""
GENERATOR_CPU = 0.9
"""Share of a core. The driver and each load worker of Locust have one thread; close to a full core,
requests queue inside it."""
CEILING_SHARE = 0.8
"""Share of the driver's own maximum rate; above it the driver may be the limit."""
AT_CEILING = 0.9
"""Share of a maximum rate, of the driver or of the upstream; above it that is the limit."""
BUSY_MACHINE = 0.25
"""Share of all cores used by other processes: rates without waiting drop by as much."""
UNEVEN_MACHINE = 0.25
"""Difference of the times that the same piece of computing took, as a share of the shortest."""
ENOUGH_SERIES = 3
"""Series whose spread shows what the machine did to them."""
FEWEST_BURSTS = 20
LEAST_LATE_S = 0.001
"""Resolution of the upstream's clock and of the delays on its dial, in seconds."""
LONGEST_CAUSE = 90

FEWEST_SAMPLES = MappingProxyType(
    {
        "mean_s": 20,
        "p50_s": 20,
        "service_mean_s": 20,
        "overhead_s": 20,
        "throughput_rps": 20,
        "busy_mean": 20,
        "p90_s": 50,
        "p99_s": 100,
        "service_p99_s": 100,
    }
)
"""Minimum number of samples over all series. Below 100, the 99th percentile is the maximum."""

TYPICAL = frozenset({"mean_s", "p50_s", "service_mean_s", "throughput_rps", "busy_mean"})
"""Metrics of the typical request: frequent delays move them, rare ones hardly do."""
TAILS = frozenset({"makespan_s", "p90_s", "p99_s", "max_s", "service_p99_s"})
"""Metrics that a single late answer can move."""
RATES = frozenset({"throughput_rps", "requests_per_cpu_s", "cpu_s_per_request"})
COMPUTED = RATES | {"overhead_s", "thread_start_s", "thread_bare_s", "thread_create_s"}
"""Metrics that the speed of a core decides."""
TIMES = TYPICAL | TAILS | COMPUTED | {"second_wave_share", "makespan_over_draw"}
"""Metrics that a busy machine changes."""
LIMITS = ("no descriptor left", "no local port left")


def doubts(seen: Evidence) -> tuple[str, ...]:
    """Return the sentences of all doubts about a cell, in the order of `RULES`."""
    return tuple(by_kind(seen).values())


def by_kind(seen: Evidence) -> dict[Doubt, str]:
    """Return the sentence of each doubt about a cell by its kind, in the order of `RULES`."""
    return {kind: sentence for kind, rule in RULES.items() if (sentence := rule(seen))}


def incomplete(seen: Evidence) -> str:
    """Doubt a cell with missing series in a run that ended early."""
    missing = seen.series - len(seen.measurements)
    if missing <= 0 or seen.state == "complete":
        return ""
    ended = how_it_ended(seen.state)
    why = f" ({shorten(seen.reason, LONGEST_CAUSE, placeholder=' …')})" if seen.reason else ""
    return f"measured {len(seen.measurements)} of {seen.series} times: the run {ended}{why}"


def limit(seen: Evidence) -> str:
    """Doubt a cell whose load ran out of descriptors or local ports: not the target's limit."""
    met = [each for each in seen.failures if any(name in each for name in LIMITS)]
    if not met:
        return ""
    return f"the load generator met a limit of this machine {_times(len(met))}: {_commonest(met)}"


def errors(seen: Evidence) -> str:
    """Doubt failures: they take another time than answers, so the prediction does not apply."""
    if seen.cell.errors_expected or not (failures := seen.failures):
        return ""
    cause = f", most with: {_commonest(failures)}" if len(failures) > 1 else f": {failures[0]}"
    return (
        f"{count(len(failures))} of {count(seen.answers)} requests failed"
        f"{cause if any(failures) else ''}"
    )


def slots(seen: Evidence) -> str:
    """Doubt a server whose slots differ from the slots in the prediction's inputs."""
    inputs = seen.cell.prediction.inputs
    if not seen.server_slots_known or "slots" not in inputs:
        return ""
    predicted = inputs["slots"]
    if predicted == seen.server_slots:
        return ""
    return (
        f"the server reports {rounded.slots(seen.server_slots)}, "
        f"but the prediction was made for {rounded.slots(predicted)}"
    )


def generator(seen: Evidence) -> str:
    """Doubt a busy driver: its own delay is part of every latency."""
    if seen.cell.load.kind in (THREADS, ASK):
        return ""  # threads are the measured work itself; single requests are no load
    used = max((_cpu_share(each.driver) for each in seen.measurements), default=0.0)
    if used < GENERATOR_CPU:
        return ""
    return f"the load generator used {share(used)} of a core: it may have limited the result"


def ceiling(seen: Evidence) -> str:
    """Doubt a rate close to the driver's maximum: the target may be faster than that.

    Where the upstream's maximum is closer, `upstream_ceiling` names that one.
    """
    of_driver, of_upstream = _of_ceilings(seen)
    if of_driver < CEILING_SHARE or of_upstream >= max(AT_CEILING, of_driver):
        return ""
    return (
        f"{'generator-limited: ' if of_driver >= AT_CEILING else ''}"
        f"{count(seen.metrics['throughput_rps'].middle)} answers per second are "
        f"{share(of_driver)} of the load generator's own maximum here, "
        f"{count(seen.ceiling_rps or 0)} per second"
    )


def upstream_ceiling(seen: Evidence) -> str:
    """Doubt a rate whose calls are close to the upstream's maximum."""
    of_driver, of_upstream = _of_ceilings(seen)
    if of_upstream < max(AT_CEILING, of_driver):
        return ""
    most_rps = seen.upstream_ceiling_rps or 0
    return (
        f"mock-limited: {count(of_upstream * most_rps)} calls per second are {share(of_upstream)} "
        f"of the upstream's own maximum here, {count(most_rps)} per second"
    )


def _of_ceilings(seen: Evidence) -> tuple[float, float]:
    # The rate as a share of the driver's maximum, and its calls as a share of the upstream's.
    rate = seen.metrics.get("throughput_rps")
    if rate is None:
        return 0.0, 0.0
    calls_rps = rate.middle * parts(seen.cell) if _asks_upstream(seen) else 0.0
    of_driver = rate.middle / seen.ceiling_rps if seen.ceiling_rps else 0.0
    return of_driver, calls_rps / seen.upstream_ceiling_rps if seen.upstream_ceiling_rps else 0.0


def late_load(seen: Evidence) -> str:
    """Doubt an open load sent late: response times count from the due time."""
    if seen.cell.load.kind != OPEN or seen.cell.measure not in TYPICAL | TAILS:
        return ""
    late_s = [row.sample.start_s - row.due_s for row in seen.rows if row.due_s is not None]
    if not late_s:
        return ""
    worst_s = fmean(late_s) if seen.cell.measure in TYPICAL else percentile(late_s, 99)
    if worst_s <= _allowed_late_s(seen):
        return ""
    late = f"{seconds(worst_s)} after their due time"
    if seen.cell.measure in TYPICAL:
        return f"the load generator sent requests {late} on average"
    return f"the load generator sent requests up to {late} (99th percentile)"


def unsent(seen: Evidence) -> str:
    """Doubt dropped arrivals: they appear neither as answers nor as lateness."""
    dropped = sum(int(each.driver.get("unsent") or 0) for each in seen.measurements)
    if not dropped or seen.cell.errors_expected:
        return ""
    most = count(seen.cell.load.max_in_flight)
    return f"{count(dropped)} arrivals were not sent, because {most} were in flight already"


def upstream_late(seen: Evidence) -> str:
    """Doubt an upstream that answered later than dialled: the target did not cause that delay.

    For metrics of the tail, delays add up over the waves of a burst: the 99th percentile once,
    and the median for each other wave.
    """
    if not seen.hold_s:
        return ""
    tells = [each.upstream["late_ms"] for each in seen.measurements if each.upstream.get("late_ms")]
    usual_s = [tell["p50"] / 1000 for tell in tells]
    worst_s = [tell["p99"] / 1000 for tell in tells]
    if not tells:
        return ""
    # Median over the series, as for the metric itself; a single late series shows in `spread`.
    is_typical = seen.cell.measure in TYPICAL
    late_s = in_all_s = median(usual_s if is_typical else worst_s)
    allowed_s = _allowed_late_s(seen)
    if seen.cell.measure in TAILS:
        others = max(0.0, seen.reference / seen.hold_s - 1)
        in_all_s = median(a + others * b for a, b in zip(worst_s, usual_s, strict=True))
        allowed_s = max(LEAST_LATE_S, PART_OF_TOLERANCE * seen.allowed)
    if in_all_s <= allowed_s:
        return ""
    return _late(late_s, seen, is_typical=is_typical)


def departure(seen: Evidence) -> str:
    """Doubt a burst whose requests did not leave at once: a makespan includes that delay.

    The makespan starts with the first departure and grows by at most the delay of the last one.
    The delay may use half of the tolerance; the other half is for the target.
    """
    if seen.cell.load.kind not in (BURST, HOLD) or seen.cell.measure == "pss_bytes":
        return ""
    spread_s = [
        departure_spread_s([row.sample for row in burst])
        for each in seen.measurements
        for burst in bursts(each)
    ]
    if not spread_s:
        return ""
    allowed_s, makespan = _allowed_late_s(seen), seen.metrics.get("makespan_s")
    if seen.cell.measure == "makespan_s":
        allowed_s = PART_OF_TOLERANCE * seen.allowed
    elif seen.cell.measure == "makespan_over_draw" and makespan:
        allowed_s = PART_OF_TOLERANCE * seen.allowed * makespan.middle
    elif not seen.hold_s:
        return ""
    if median(spread_s) <= allowed_s:
        return ""
    return (
        f"the requests of a burst were sent over {seconds(median(spread_s))}, "
        f"and at most {seconds(allowed_s)} counts as at once"
    )


def held(seen: Evidence) -> str:
    """Doubt a hold with too few requests in flight: its memory is not that of the asked number."""
    if seen.cell.load.kind != HOLD:
        return ""
    asked = seen.cell.load.requests
    if seen.server_slots_known and seen.server_slots is not None:
        asked = min(asked, seen.server_slots)
    found = [int(min(there)) for each in seen.measurements if (there := each.figures.get("held"))]
    if not found or min(found) >= asked:
        return ""
    return (
        f"only {count(min(found))} of {count(asked)} requests were held while the memory was read"
    )


def replaced(seen: Evidence) -> str:
    """Doubt a server whose processes changed.

    A new worker is idle, and its start costs CPU time and memory.
    """
    gone = {
        each.pid
        for one in seen.measurements
        if one.after
        for each in one.before
        if each.pid not in {after.pid for after in one.after}
    }
    if not gone:
        return ""
    many = "a process" if len(gone) == 1 else f"{len(gone)} processes"
    return f"{many} of the server ended during the measurement"


def of_machine(seen: Evidence) -> dict[Doubt, str]:
    """Return the doubts about the machine by kind, also where a prediction is about waiting.

    Predictions about waiting hardly notice the machine. A claim about milliseconds does, and must
    not fail because of other processes.
    """
    measure = seen.cell.measure
    found: dict[Doubt, str] = {
        "busy-machine": _busy(seen) if measure in TIMES else "",
        "uneven-machine": _uneven(seen) if measure in COMPUTED else "",
    }
    return {kind: sentence for kind, sentence in found.items() if sentence}


def busy_machine(seen: Evidence) -> str:
    """Doubt CPU-bound rates on a busy machine: they depend on the CPU time that others leave."""
    return _busy(seen) if _is_of_processor(seen) else ""


def _busy(seen: Evidence) -> str:
    if seen.busy_before < BUSY_MACHINE:
        return ""
    used = share(seen.busy_before)
    return f"other processes used {used} of this machine just before or after a series"


def uneven_machine(seen: Evidence) -> str:
    """Doubt CPU-bound rates of few series on a machine whose speed changed.

    Several series show by their spread what that did to them; one or two do not.
    """
    return _uneven(seen) if _is_of_processor(seen) else ""


def _uneven(seen: Evidence) -> str:
    if not seen.work_s or len(seen.measurements) >= ENOUGH_SERIES:
        return ""
    shortest_s, longest_s = min(seen.work_s), max(seen.work_s)
    if longest_s <= (1 + UNEVEN_MACHINE) * shortest_s:
        return ""
    return (
        f"the speed of this machine changed: the same piece of computing took from "
        f"{seconds(shortest_s)} to {seconds(longest_s)}, {share(longest_s / shortest_s - 1)} more"
    )


def series(seen: Evidence) -> str:
    """Doubt a cell with fewer series than a verdict needs: one or two show no spread."""
    number = len(seen.measurements)
    if number >= seen.fewest_series or incomplete(seen):
        return ""
    return f"measured {_times(number)}, but a verdict needs at least {seen.fewest_series} series"


def samples(seen: Evidence) -> str:
    """Doubt a cell with too few samples, or too few bursts, for its metric."""
    if seen.cell.measure == "second_wave_share":
        number, least = sum(len(bursts(each)) for each in seen.measurements), FEWEST_BURSTS
        what = "bursts"
    else:
        number, least = seen.answers, FEWEST_SAMPLES.get(seen.cell.measure, 0)
        what = "samples"
    if not seen.measurements or number >= least:
        return ""
    only = f"only {count(number)} {what if number != 1 else what[:-1]}"
    return f"{only}: the {words(seen.cell.measure)} needs at least {least}"


def spread(seen: Evidence) -> str:
    """Doubt series that do not tell on which side of the tolerance's end the true value lies.

    With a prediction, the mean over the series lies inside of the tolerance by two one-sided tests
    at 5 %, or outside of it with its 95 % interval; else it is in doubt. A share of bursts has its
    own interval; of a predicted range each series lies inside, or each outside on one side. Without
    a prediction the series must lie within the tolerance of each other.
    """
    found, ends = seen.judged, holding(seen.cell)
    if found is None:
        return ""
    if ends is None:
        return "" if seen.cell.measure == "second_wave_share" else _apart(seen, found)
    low, high = inner_low, inner_high = found.low, found.high
    # A range is claimed of each series, because the number is one of chance.
    is_of_mean = seen.cell.measure != "second_wave_share" and seen.cell.prediction.most is None
    if is_of_mean:
        low, high = interval(found.values)
        inner_low, inner_high = interval(found.values, INSIDE)
    is_inside = ends[0] - ROUNDING <= inner_low and inner_high <= ends[1] + ROUNDING
    if is_inside or high < ends[0] - ROUNDING or low > ends[1] + ROUNDING:
        return ""
    counted_series = "one series" if len(found.values) == 1 else f"{len(found.values)} series"
    said_of = [said(seen.cell.measure, each) for each in (low, high)]
    end = next((each for each in ends if low <= each <= high), ends[0])
    return (
        f"with {counted_series} the true value may lie anywhere from {said_of[0]} "
        f"to {said_of[1]}, and the tolerance ends inside of that range, at "
        f"{said(seen.cell.measure, end)}{_late_series(seen)}"
    )


def _apart(seen: Evidence, found: Measured) -> str:
    width = found.high - found.low
    if not seen.allowed or width <= seen.allowed + ROUNDING:
        return ""
    low, high = (said(seen.cell.measure, each) for each in (found.low, found.high))
    return (
        f"the series lie between {low} and {high}: a spread of {_part(width, seen)}, "
        f"with a tolerance of {_part(seen.allowed, seen)}{_late_series(seen)}"
    )


def _late_series(seen: Evidence) -> str:
    # A late upstream in one series may explain why that series differs. `upstream_late` does not
    # see it, because it judges the median of the series.
    late_s = {
        each.series: each.upstream["late_ms"]["p99"] / 1000
        for each in seen.measurements
        if each.upstream.get("late_ms")
    }
    if not late_s or not seen.hold_s:
        return ""
    series = max(late_s, key=late_s.__getitem__)
    if late_s[series] <= _allowed_late_s(seen):
        return ""
    return f"; in series {series} {_late(late_s[series], seen)}"


def _late(late_s: float, seen: Evidence, *, is_typical: bool = False) -> str:
    late = f"{seconds(late_s)} late"
    late = f"{late} at the median" if is_typical else f"up to {late}"
    return f"the upstream answered {late}, with a delay of {seconds(seen.hold_s)}"


def _allowed_late_s(seen: Evidence) -> float:
    # Allowed delay of one wait: the tolerance as a share of the metric, applied to the hold time.
    if seen.cell.measure in TYPICAL | TAILS:
        hold_s = seen.hold_s or seen.reference
        return max(LEAST_LATE_S, PART_OF_TOLERANCE * seen.allowed_share * hold_s)
    return max(LEAST_LATE_S, PART_OF_HOLD * seen.hold_s)


def _asks_upstream(seen: Evidence) -> bool:
    return seen.cell.direct or any(each.upstream.get("served") for each in seen.measurements)


def _is_of_processor(seen: Evidence) -> bool:
    # A predicted rate is one of waiting, which the processor's speed hardly changes.
    return seen.cell.measure in RATES and seen.cell.prediction.value is None


def _cpu_share(driver: Mapping[str, Any]) -> float:
    wall_s = driver.get("wall_s") or 0.0
    return float(driver.get("cpu_s") or 0.0) / wall_s if wall_s else 0.0


def _commonest(sentences: Sequence[str]) -> str:
    [(sentence, _)] = Counter(sentences).most_common(1)
    return shorten(sentence, LONGEST_CAUSE, placeholder=" …")


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{count(number)} times")


def _part(width: float, seen: Evidence) -> str:
    # In per cent of the prediction, or in the metric's unit where the tolerance has that unit.
    if seen.cell.tolerance_absolute is not None or not seen.reference:
        return said(seen.cell.measure, width)
    return f"{digits(100 * width / abs(seen.reference), 2)} %"


RULES: Mapping[Doubt, Callable[[Evidence], str]] = MappingProxyType(
    {
        "incomplete": incomplete,
        "limit": limit,
        "errors": errors,
        "slots": slots,
        "generator": generator,
        "ceiling": ceiling,
        "upstream-ceiling": upstream_ceiling,
        "late-load": late_load,
        "unsent": unsent,
        "upstream-late": upstream_late,
        "departure": departure,
        "held": held,
        "replaced": replaced,
        "busy-machine": busy_machine,
        "uneven-machine": uneven_machine,
        "series": series,
        "samples": samples,
        "spread": spread,
    }
)
"""The rules by kind of doubt. A doubt that explains more comes first."""

"""Doubts: why a cell's numbers do not decide about its prediction, in one sentence each.

A rule takes the evidence and returns its sentence, without a full stop, or "" where it
does not apply. A cell with a doubt is inconclusive, wherever its numbers lie.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from textwrap import shorten
from types import MappingProxyType
from typing import Any, Literal

from lab.experiments.experiment import ASK, BURST, HOLD, OPEN, THREADS
from lab.rounded import count, seconds, share
from lab.samples import departure_spread_s
from lab.verdicts.evidence import Evidence
from lab.verdicts.metrics import bursts
from lab.verdicts.percentiles import percentile
from lab.verdicts.words import digits, said, words

Doubt = Literal[
    "incomplete",
    "limit",
    "errors",
    "slots",
    "generator",
    "ceiling",
    "late-load",
    "unsent",
    "upstream-late",
    "departure",
    "held",
    "replaced",
    "busy-machine",
    "repeats",
    "samples",
    "spread",
]

PART_OF_TOLERANCE = 0.5
"""What a disturbance alone may use up of a tolerance: it must not decide by itself."""
PART_OF_HOLD = 0.2
"""For counts of slots and waves: what comes so late is still told apart from the next wave."""
GENERATOR_CPU = 0.9
"""The driver has one core; near all of it, requests queue in the driver itself."""
CEILING_SHARE = 0.8
"""Of what the driver alone can do: above that it may be what is measured."""
BUSY_MACHINE = 0.25
"""Of all cores, used by others: where nothing waits, that much is missing in the rates."""
FEWEST_BURSTS = 20
LEAST_LATE_S = 0.001
"""The upstream's clock has no finer steps, and no delay is dialled in finer ones."""
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
"""Over all repeats. With fewer than 100 the 99th percentile is but the longest."""

TYPICAL = frozenset({"mean_s", "p50_s", "service_mean_s", "throughput_rps", "busy_mean"})
"""Metrics that move with what is usual, and hardly with what is rare."""
TAILS = frozenset({"makespan_s", "p90_s", "p99_s", "max_s", "service_p99_s"})
"""Metrics that one late answer can move."""
RATES = frozenset({"throughput_rps", "requests_per_cpu_s", "cpu_s_per_request"})
LIMITS = ("no descriptor left", "no local port left")


def doubts(seen: Evidence) -> tuple[str, ...]:
    """Every doubt about a cell, what explains most first."""
    return tuple(sentence for rule in RULES.values() if (sentence := rule(seen)))


def incomplete(seen: Evidence) -> str:
    """A run that ended early has measured some cells less often than it was to."""
    missing = seen.repeats - len(seen.measurements)
    if missing <= 0 or seen.state == "complete":
        return ""
    ended = {"interrupted": "was interrupted", "failed": "failed"}.get(seen.state, "has not ended")
    why = f" ({shorten(seen.reason, LONGEST_CAUSE, placeholder=' …')})" if seen.reason else ""
    return f"measured {len(seen.measurements)} of {seen.repeats} times: the run {ended}{why}"


def limit(seen: Evidence) -> str:
    """The machine's limits were met before the target's."""
    met = [each for each in seen.failures if any(name in each for name in LIMITS)]
    if not met:
        return ""
    return f"the load generator met a limit of this machine {_times(len(met))}: {_commonest(met)}"


def errors(seen: Evidence) -> str:
    """A failure is over sooner or later than an answer, so that no prediction fits."""
    if seen.cell.errors_expected or not (failures := seen.failures):
        return ""
    cause = f", most with: {_commonest(failures)}" if len(failures) > 1 else f": {failures[0]}"
    return (
        f"{count(len(failures))} of {count(seen.answers)} requests failed"
        f"{cause if any(failures) else ''}"
    )


def slots(seen: Evidence) -> str:
    """The server is not the one that the prediction was made for."""
    inputs = seen.cell.prediction.inputs
    if not seen.server_slots_known or "slots" not in inputs:
        return ""
    predicted = inputs["slots"]
    if predicted == seen.server_slots:
        return ""
    return (
        f"the server says it has {_slots(seen.server_slots)}, "
        f"the prediction was made for {_slots(predicted)}"
    )


def generator(seen: Evidence) -> str:
    """Latencies contain what the driver itself is late."""
    if seen.cell.load.kind in (THREADS, ASK):
        return ""  # starting threads is the work itself, and single requests are no load
    used = max((_cpu_share(each.driver) for each in seen.measurements), default=0.0)
    if used < GENERATOR_CPU:
        return ""
    return f"the load generator used {share(used)} of a core: it may be what was measured"


def ceiling(seen: Evidence) -> str:
    """The target may be faster than can be seen from here."""
    rate = seen.metrics.get("throughput_rps")
    if seen.ceiling_rps is None or rate is None or rate.middle < CEILING_SHARE * seen.ceiling_rps:
        return ""
    return (
        f"{count(rate.middle)} answers per second are {share(rate.middle / seen.ceiling_rps)} of "
        f"the {count(seen.ceiling_rps)} that the load generator itself can do here"
    )


def late_load(seen: Evidence) -> str:
    """Open load counts from the due time, so what the driver sends late is in every answer."""
    if seen.cell.load.kind != OPEN or seen.cell.measure not in TYPICAL | TAILS:
        return ""
    late_s = [row.sample.start_s - row.due_s for row in seen.rows if row.due_s is not None]
    if not late_s:
        return ""
    worst_s = fmean(late_s) if seen.cell.measure in TYPICAL else percentile(late_s, 99)
    if worst_s <= _allowed_late_s(seen):
        return ""
    which = "on average" if seen.cell.measure in TYPICAL else "at worst, but for one in a hundred"
    return f"the load generator sent {seconds(worst_s)} after the due time {which}"


def unsent(seen: Evidence) -> str:
    """Arrivals that were dropped are neither answered nor late."""
    dropped = sum(int(each.driver.get("unsent") or 0) for each in seen.measurements)
    if not dropped or seen.cell.errors_expected:
        return ""
    most = count(seen.cell.load.max_in_flight)
    return f"{count(dropped)} arrivals were not sent, because {most} were in flight already"


def upstream_late(seen: Evidence) -> str:
    """The wait was longer than dialled, and the target is not to blame.

    What one answer after the other waits for, as the waves of a burst do, is late by as
    much as is usual each time, and by the worst once.
    """
    if not seen.hold_s:
        return ""
    tells = [each.upstream["late_ms"] for each in seen.measurements if each.upstream.get("late_ms")]
    usual_s = [tell["p50"] / 1000 for tell in tells]
    worst_s = [tell["p99"] / 1000 for tell in tells]
    if not tells:
        return ""
    # The middle of the repeats, as for the metric itself: one that differs is seen in the spread.
    if seen.cell.measure in TYPICAL:
        late_s, which = median(usual_s), "usually"
        is_late = late_s > _allowed_late_s(seen)
    elif seen.cell.measure in TAILS:
        late_s, which = median(worst_s), "up to"
        others = max(0.0, seen.reference / seen.hold_s - 1)
        in_all_s = median(a + others * b for a, b in zip(worst_s, usual_s, strict=True))
        is_late = in_all_s > max(LEAST_LATE_S, PART_OF_TOLERANCE * seen.allowed)
    else:
        late_s, which = median(worst_s), "up to"
        is_late = late_s > _allowed_late_s(seen)
    if not is_late:
        return ""
    return (
        f"the upstream answered {which} {seconds(late_s)} late, "
        f"where {seconds(seen.hold_s)} was asked for"
    )


def departure(seen: Evidence) -> str:
    """A makespan counts from the first departure, so the last one's delay is in it.

    At most as much as that delay; half of the tolerance is left for the target.
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
    allowed_s = _allowed_late_s(seen)
    if seen.cell.measure == "makespan_s":
        allowed_s = PART_OF_TOLERANCE * seen.allowed
    elif not seen.hold_s:
        return ""
    if median(spread_s) <= allowed_s:
        return ""
    return (
        f"the requests of a burst left over {seconds(median(spread_s))}, "
        f"where {seconds(allowed_s)} would be at once"
    )


def held(seen: Evidence) -> str:
    """Memory by requests in flight means nothing if they are not in flight."""
    if seen.cell.load.kind != HOLD:
        return ""
    asked = seen.cell.load.requests
    if seen.server_slots_known and seen.server_slots is not None:
        asked = min(asked, seen.server_slots)
    found = [int(min(there)) for each in seen.measurements if (there := each.figures.get("held"))]
    if not found or min(found) >= asked:
        return ""
    return f"only {count(min(found))} of {count(asked)} requests were held while it was looked at"


def replaced(seen: Evidence) -> str:
    """A worker that starts is idle, and takes the memory and time of starting."""
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
    return f"{many} of the server ended while it was measured"


def busy_machine(seen: Evidence) -> str:
    """Where nothing waits, a rate is as high as the CPU time that others leave."""
    is_rate = seen.cell.measure in RATES and seen.cell.prediction.value is None
    if not is_rate or seen.busy_before < BUSY_MACHINE:
        return ""
    return f"other processes used {share(seen.busy_before)} of this machine just before"


def repeats(seen: Evidence) -> str:
    """A spread cannot be told from one or two."""
    number = len(seen.measurements)
    if number >= seen.fewest_repeats or incomplete(seen):
        return ""
    return f"measured {_times(number)}, where {seen.fewest_repeats} are the fewest that decide"


def samples(seen: Evidence) -> str:
    """Too few answers for what is to be said of them."""
    if seen.cell.measure == "second_wave_share":
        number, least = sum(len(bursts(each)) for each in seen.measurements), FEWEST_BURSTS
        what = "bursts"
    else:
        number, least = seen.answers, FEWEST_SAMPLES.get(seen.cell.measure, 0)
        what = "samples"
    if not seen.measurements or number >= least:
        return ""
    needs = f"{words(seen.cell.measure)} needs {least}"
    return f"{count(number)} {what if number != 1 else what[:-1]}, where the {needs}"


def spread(seen: Evidence) -> str:
    """Repeats that differ by more than the tolerance do not decide about a tolerance.

    A share of bursts has an interval in place of repeats: it decides unless an end of the
    tolerance lies inside, so that the true share may be on either side of it.
    """
    found, predicted = seen.judged, seen.cell.prediction.value
    if found is None or (not seen.allowed and predicted is None):
        return ""
    if seen.cell.measure == "second_wave_share":
        edges = () if predicted is None else (predicted - seen.allowed, predicted + seen.allowed)
        undecided = [edge for edge in edges if found.low < edge < found.high]
        if not undecided:
            return ""
        return (
            f"so few bursts leave {_of_share(found.low)} to {_of_share(found.high)} open, "
            f"and the tolerance ends at {_of_share(undecided[0])}"
        )
    width = found.high - found.low
    if width <= seen.allowed * (1 + 1e-9):
        return ""
    low, high = (said(seen.cell.measure, each) for each in (found.low, found.high))
    return (
        f"repeats lie between {low} and {high}, which is {_part(width, seen)} apart "
        f"where {_part(seen.allowed, seen)} is the tolerance{_late_repeat(seen)}"
    )


def _late_repeat(seen: Evidence) -> str:
    """What may explain why one repeat differs: there the upstream was late, as if it stood still.

    The middle of the repeats, which `upstream_late` judges, does not show it.
    """
    late_s = {
        each.repeat: each.upstream["late_ms"]["p99"] / 1000
        for each in seen.measurements
        if each.upstream.get("late_ms")
    }
    if not late_s or not seen.hold_s:
        return ""
    repeat = max(late_s, key=late_s.__getitem__)
    if late_s[repeat] <= _allowed_late_s(seen):
        return ""
    return (
        f"; in repeat {repeat} the upstream answered up to {seconds(late_s[repeat])} late, "
        f"where {seconds(seen.hold_s)} was asked for"
    )


def _allowed_late_s(seen: Evidence) -> float:
    """What may be late at each wait: a part of the tolerance, as that is a part of the whole."""
    if seen.cell.measure in TYPICAL | TAILS:
        hold_s = seen.hold_s or seen.reference
        return max(LEAST_LATE_S, PART_OF_TOLERANCE * seen.allowed_share * hold_s)
    return max(LEAST_LATE_S, PART_OF_HOLD * seen.hold_s)


def _cpu_share(driver: Mapping[str, Any]) -> float:
    wall_s = driver.get("wall_s") or 0.0
    return float(driver.get("cpu_s") or 0.0) / wall_s if wall_s else 0.0


def _commonest(sentences: Sequence[str]) -> str:
    [(sentence, _)] = Counter(sentences).most_common(1)
    return shorten(sentence, LONGEST_CAUSE, placeholder=" …")


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{count(number)} times")


def _slots(number: float | None) -> str:
    if number is None:
        return "no limit"
    return "1 slot" if number == 1 else f"{count(number)} slots"


def _of_share(part: float) -> str:
    return said("second_wave_share", part)


def _part(width: float, seen: Evidence) -> str:
    """A width as a part of the prediction, or in its unit where that is how it was given."""
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
        "late-load": late_load,
        "unsent": unsent,
        "upstream-late": upstream_late,
        "departure": departure,
        "held": held,
        "replaced": replaced,
        "busy-machine": busy_machine,
        "repeats": repeats,
        "samples": samples,
        "spread": spread,
    }
)
"""What explains most comes first."""

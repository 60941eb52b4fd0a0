"""Compute the metrics of one measurement. docs/results.md lists them.

A metric is missing from the result where the measurement has no data for it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import fmean, median
from urllib.parse import parse_qs, urlsplit

from lab import lanes, samples, theory
from lab.experiments.experiment import ASK, BURST, CLOSED, HOLD, OPEN, Cell
from lab.experiments.metric_catalogue import METRICS
from lab.results.measurement import MEASURED, WARM_UP, Measurement, Process, Row
from lab.targets import HELD_ROUTES, ROUTES
from lab.verdicts.estimates import percentile, percentile_of_counts

GIVEN_UP = ("no answer", "no connection in")
"""Beginnings of the driver's error for a request that timed out."""


def metrics(
    cell: Cell, measurement: Measurement, *, hold_s: float | None = None
) -> dict[str, float]:
    """Return the metrics of this measurement by name, in the units of the metric catalogue.

    `hold_s` is the time in seconds that the upstream was asked to hold each request, where that
    time is fixed. With None, the overhead uses the wait that the service itself reports.
    """
    parts = [
        _counted(cell, measurement),
        _latencies(cell, measurement),
        _of_bursts(cell, measurement),
        _rates(cell, measurement),
        _overhead(measurement, hold_s),
        _upstream(cell, measurement),
        _processes(cell, measurement),
        _figures(measurement),
    ]
    return {name: float(value) for part in parts for name, value in part.items()}


def measured(measurement: Measurement) -> list[Row]:
    """Return the rows without the warm-up."""
    return [row for row in measurement.rows if row.phase == MEASURED]


def has_failed(cell: Cell, row: Row) -> bool:
    """Whether the request counts as a failure.

    A request of kind "ask" fails without a status or with 5xx: there a refusal (4xx) is an answer.
    Any other request fails if the driver noted an error.
    """
    if cell.load.kind == ASK:
        return not 0 < row.sample.status < 500
    return bool(row.sample.error)


def bursts(measurement: Measurement) -> list[list[Row]]:
    """Group the measured rows by burst, in the order of the bursts."""
    ordered = sorted(measured(measurement), key=lambda row: row.burst)
    return [list(each) for _, each in groupby(ordered, key=lambda row: row.burst)]


def parts(cell: Cell) -> int:
    """Number of calls that one request of the cell makes to the upstream at once."""
    asked = parse_qs(urlsplit(cell.path).query).get("parts", [""])[0]
    if asked.isdecimal() and cell.route == "async-io-multi":
        return max(1, int(asked))
    route = (ROUTES | HELD_ROUTES).get(cell.route)
    return route.parts if route else 1


def _counted(cell: Cell, measurement: Measurement) -> Mapping[str, float]:
    rows = measured(measurement)
    if not rows and not measurement.counts and not measurement.failed:
        return {}
    failed = sum(has_failed(cell, row) for row in rows) + measurement.failed
    answered = sum(not has_failed(cell, row) for row in rows) + sum(measurement.counts.values())
    found: dict[str, float] = {"answered": answered, "failed": failed}
    if cell.load.kind == ASK:
        found["refused_share"] = fmean(400 <= row.sample.status < 500 for row in rows)
    return found


def _latencies(cell: Cell, measurement: Measurement) -> Mapping[str, float]:
    if counts := measurement.counts:
        number = sum(counts.values())
        mean_us = sum(latency_us * count for latency_us, count in counts.items()) / number
        found = {f"p{each}_s": percentile_of_counts(counts, each) / 1e6 for each in (50, 90, 99)}
        found |= {"mean_s": mean_us / 1e6, "max_s": max(counts) / 1e6}
        return found | {"service_mean_s": found["mean_s"], "service_p99_s": found["p99_s"]}
    # A request that timed out waited at least that long. Without these rows a server would look
    # faster the more requests it leaves unanswered.
    rows = [
        row
        for row in measured(measurement)
        if not has_failed(cell, row) or row.sample.error.startswith(GIVEN_UP)
    ]
    if not rows:
        return {}
    responses_s = [row.response_s for row in rows]
    services_s = [row.sample.latency_s for row in rows]
    return {
        "mean_s": fmean(responses_s),
        "p50_s": percentile(responses_s, 50),
        "p90_s": percentile(responses_s, 90),
        "p99_s": percentile(responses_s, 99),
        "max_s": max(responses_s),
        "service_mean_s": fmean(services_s),
        "service_p99_s": percentile(services_s, 99),
    }


def _of_bursts(cell: Cell, measurement: Measurement) -> Mapping[str, float]:
    if cell.load.kind not in (BURST, HOLD):
        return {}
    found: dict[str, float] = {}
    each_burst = [[row.sample for row in rows] for rows in bursts(measurement)]
    if not each_burst:
        return found
    if cell.load.kind == BURST:  # a hold lasts as long as the run wants, so it has no makespan
        found["makespan_s"] = median(samples.makespan_s(each) for each in each_burst)
    if served := [each for each in map(_by_worker, each_burst) if each]:
        found["largest_share"] = median(max(each.values()) / each.total() for each in served)
    if over := [ratio for each in each_burst if (ratio := _over_draw(cell, each))]:
        found["makespan_over_draw"] = median(over)
    # Lanes come from the waits at the upstream; without waits there are no waves to count.
    if all(_waits(each) for each in each_burst):
        waves = [lanes.waves(lanes.lanes(each)) for each in each_burst]
        found["waves"] = median(waves)
        found["second_wave_share"] = fmean(each > 1 for each in waves)
    return found


def _over_draw(cell: Cell, burst: Sequence[samples.Sample]) -> float:
    # Makespan by that of the draw; 0 where the prediction does not name the slots of a worker.
    inputs = cell.prediction.inputs
    tokens, service_s = inputs.get("tokens"), inputs.get("service_s")
    largest = max(_by_worker(burst).values(), default=0)
    if cell.load.kind != BURST or "tokens" not in inputs or not service_s or not largest:
        return 0.0
    slots = None if tokens is None else int(tokens)
    drawn_s = theory.drawn_makespan_s(largest=largest, tokens=slots, service_s=service_s)
    return samples.makespan_s(burst) / drawn_s


def _by_worker(burst: Sequence[samples.Sample]) -> Counter[int]:
    return Counter(each.worker_pid for each in burst if each.worker_pid is not None)


def _waits(burst: Sequence[samples.Sample]) -> bool:
    answered = [each for each in burst if not each.error]
    return bool(answered) and all(each.upstream_s for each in answered)


def _rates(cell: Cell, measurement: Measurement) -> Mapping[str, float]:
    load = cell.load
    if load.kind not in (CLOSED, OPEN) or load.duration_s <= 0:
        return {}
    if measurement.counts:
        return {"throughput_rps": sum(measurement.counts.values()) / load.duration_s}
    if not measurement.rows:
        return {}
    answers = [row for row in _ended_in_time(cell, measurement) if not has_failed(cell, row)]
    found = {"throughput_rps": len(answers) / load.duration_s}
    waits_s = [row.sample.upstream_s for row in answers]
    if any(waits_s):
        # Little's law: number in the system = arrival rate * time in the system.
        found["busy_mean"] = sum(wait_s or 0.0 for wait_s in waits_s) / load.duration_s
    return found


def _ended_in_time(cell: Cell, measurement: Measurement) -> Iterator[Row]:
    # Rows answered during the measurement. Under open load the phase of a row is that of its due
    # time, which is right for latencies; throughput must count by the time of the answer.
    begin_s = cell.load.warmup_s
    for row in measurement.rows:
        if cell.load.kind == CLOSED:
            if row.phase == MEASURED:
                yield row
        elif begin_s <= row.sample.end_s < begin_s + cell.load.duration_s:
            yield row


def _overhead(measurement: Measurement, hold_s: float | None) -> Mapping[str, float]:
    # Prefer the upstream's own account: the wait that a service reports includes its client.
    rows = [row for row in measured(measurement) if not row.sample.error]
    late_ms = (measurement.upstream.get("late_ms") or {}).get("p50")
    if hold_s is not None and rows:
        held_s = hold_s + (late_ms or 0.0) / 1000
        return {"overhead_s": median(row.sample.latency_s for row in rows) - held_s}
    beyond_s = [
        row.sample.latency_s - row.sample.upstream_s for row in rows if row.sample.upstream_s
    ]
    return {"overhead_s": median(beyond_s)} if beyond_s else {}


def _upstream(cell: Cell, measurement: Measurement) -> Mapping[str, float]:
    peak = measurement.upstream.get("peak")
    return {"peak_busy": peak / parts(cell)} if peak else {}


def _processes(cell: Cell, measurement: Measurement) -> Mapping[str, float]:
    found: dict[str, float] = {}
    if looked := measurement.held or measurement.before:
        found["pss_bytes"] = sum(each.pss_bytes for each in looked)
    answered = _answered_in_all(cell, measurement)
    used_s = cpu_s(measurement.before, measurement.after)
    if answered and used_s:
        found["cpu_s_per_request"] = used_s / answered
        found["requests_per_cpu_s"] = answered / used_s
    if answered and (switched := switches(measurement.before, measurement.after)):
        found["switches_per_request"] = switched / answered
    return found


def _figures(measurement: Measurement) -> Mapping[str, float]:
    # Some figures are no metrics; these are left out.
    figures = measurement.figures
    return {name: median(figures[name]) for name in METRICS if figures.get(name)}


def cpu_s(before: Sequence[Process], after: Sequence[Process]) -> float:
    """CPU seconds that the processes in `after` used since `before`.

    A process that is new in `after` counts with all its CPU time; one that ended does not count.
    """
    had = {each.pid: each.cpu_s for each in before}
    return sum(each.cpu_s - had.get(each.pid, 0.0) for each in after)


def switches(before: Sequence[Process], after: Sequence[Process]) -> int:
    """Context switches that the processes in `after` made since `before`, as for `cpu_s`."""
    had = {each.pid: each.switches for each in before}
    return sum(each.switches - had.get(each.pid, 0) for each in after)


def _answered_in_all(cell: Cell, measurement: Measurement) -> float:
    # Answers between the two readings of CPU time, warm-up included: it used CPU time as well.
    rows = [row for row in measurement.rows if row.phase in (WARM_UP, MEASURED)]
    if rows:
        return sum(not has_failed(cell, row) for row in rows)
    counted, load = sum(measurement.counts.values()), cell.load
    # Counts have no warm-up, so assume that it had the same rate.
    return counted * (1 + load.warmup_s / load.duration_s) if load.duration_s else counted

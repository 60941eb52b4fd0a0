"""What a target's supervisor counts at one moment, read from its metrics (docs/metrics.md)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Self

from prometheus_client.openmetrics.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Counts of one target, summed over its workers; None is not known.

    `at_s` is the time of day in seconds at which they were asked for. `lag_s` is that of the
    event loop with the longest, in seconds.
    """

    at_s: float
    workers: int
    accept_queue: int | None
    in_service: int
    answered: int
    threads_busy: int | None
    threads_waiting: int | None
    pool_busy: int
    pool_waiting: int
    lag_s: float | None
    processor_s: float | None
    memory_bytes: int | None

    @classmethod
    def read(cls, text: str, at_s: float) -> Self:
        """Read the text of /metrics. Raises ValueError where it is none."""
        found: dict[str, list[float]] = defaultdict(list)
        for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
            for sample in family.samples:
                found[sample.name].append(sample.value)

        def whole(name: str) -> int | None:
            return round(sum(found[name])) if name in found else None

        lags = found.get("lab_event_loop_lag_seconds")
        used = found.get("lab_processor_seconds_total")
        return cls(
            at_s=at_s,
            workers=len(found["lab_requests_in_service"]),
            accept_queue=whole("lab_accept_queue_requests"),
            in_service=whole("lab_requests_in_service") or 0,
            answered=whole("lab_requests_answered_total") or 0,
            threads_busy=whole("lab_threads_busy"),
            threads_waiting=whole("lab_threads_waiting"),
            pool_busy=whole("lab_client_connections_busy") or 0,
            pool_waiting=whole("lab_client_connections_waiting") or 0,
            lag_s=max(lags) if lags else None,
            processor_s=sum(used) if used else None,
            memory_bytes=whole("lab_memory_proportional_bytes"),
        )


def cores_busy(earlier: Counters, now: Counters) -> float | None:
    """Return the cores that the target used between the two, on average; None where not known."""
    if earlier.processor_s is None or now.processor_s is None or now.at_s <= earlier.at_s:
        return None
    # A worker that has ended took its own time with it.
    return max(0.0, now.processor_s - earlier.processor_s) / (now.at_s - earlier.at_s)


def processor_s(earlier: Counters, now: Counters) -> float | None:
    """Return the processor time of an answer between the two, in seconds; None where not known."""
    answers = now.answered - earlier.answered
    cores = cores_busy(earlier, now)
    if cores is None or answers < 1:
        return None
    return cores * (now.at_s - earlier.at_s) / answers

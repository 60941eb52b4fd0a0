"""What a target's supervisor counts at one moment, read from its metrics (docs/metrics.md)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from prometheus_client.openmetrics.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What is inside of one worker, or of several; None is not known.

    `pool_busy` and `pool_waiting` are calls to the upstream, `database_busy` and `database_waiting`
    queries: those that have a connection, and those that wait for one. `lag_s` is that of the event
    loop with the longest, in seconds.
    """

    in_service: int
    threads_busy: int | None = None
    threads_waiting: int | None = None
    pool_busy: int = 0
    pool_waiting: int = 0
    database_busy: int = 0
    database_waiting: int = 0
    lag_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Counts of one target; None is not known.

    `at_s` is the time of day in seconds at which they were asked for. `workers` are by PID, in the
    order of their PIDs. `shape_changes` counts replacements of the server. `probes` of the answers
    went to the lab's own health probes, and not to the load.
    """

    at_s: float
    workers: Mapping[int, Inside]
    accept_queue: int | None
    answered: int
    processor_s: float | None
    memory_bytes: int | None
    shape_changes: int = 0
    probes: int = 0

    @classmethod
    def read(cls, text: str, at_s: float, *, probes: int = 0) -> Self:
        """Read the text of /metrics. Raises ValueError where it is none."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
            for name, labels, value, *_ in family.samples:
                found[name][labels.get("worker") or labels.get("process", "")] = value

        def whole(name: str) -> int | None:
            return round(sum(found[name].values())) if name in found else None

        def of(pid: str, name: str) -> int | None:
            value = found.get(name, {}).get(pid)
            return None if value is None else round(value)

        used = found.get("lab_processor_seconds_total")
        lags = found.get("lab_event_loop_lag_seconds", {})
        return cls(
            at_s=at_s,
            workers={
                int(pid): Inside(
                    in_service=of(pid, "lab_requests_in_service") or 0,
                    threads_busy=of(pid, "lab_threads_busy"),
                    threads_waiting=of(pid, "lab_threads_waiting"),
                    pool_busy=of(pid, "lab_client_connections_busy") or 0,
                    pool_waiting=of(pid, "lab_client_connections_waiting") or 0,
                    database_busy=of(pid, "lab_database_connections_busy") or 0,
                    database_waiting=of(pid, "lab_database_connections_waiting") or 0,
                    lag_s=lags.get(pid),
                )
                for pid in sorted(found.get("lab_requests_in_service", {}), key=int)
            },
            accept_queue=whole("lab_accept_queue_requests"),
            answered=whole("lab_requests_answered_total") or 0,
            processor_s=sum(used.values()) if used else None,
            memory_bytes=whole("lab_memory_proportional_bytes"),
            shape_changes=whole("lab_shape_changes_total") or 0,
            probes=probes,
        )

    @property
    def together(self) -> Inside:
        """The counts of all workers, summed."""
        each = self.workers.values()
        lags = [worker.lag_s for worker in each if worker.lag_s is not None]
        busy = [worker.threads_busy for worker in each if worker.threads_busy is not None]
        waiting = [worker.threads_waiting for worker in each if worker.threads_waiting is not None]
        return Inside(
            in_service=sum(worker.in_service for worker in each),
            threads_busy=sum(busy) if busy else None,
            threads_waiting=sum(waiting) if waiting else None,
            pool_busy=sum(worker.pool_busy for worker in each),
            pool_waiting=sum(worker.pool_waiting for worker in each),
            database_busy=sum(worker.database_busy for worker in each),
            database_waiting=sum(worker.database_waiting for worker in each),
            lag_s=max(lags) if lags else None,
        )


def lasting(earlier: Counters, now: Counters) -> list[Inside]:
    """Return what each worker held at both looks: the most busy of the two, the least waiting.

    Between two requests a slot is free for some milliseconds; at both looks it hardly ever is.
    """
    before = earlier.workers
    return [_lasting(before.get(pid, worker), worker) for pid, worker in now.workers.items()]


def _lasting(earlier: Inside, now: Inside) -> Inside:
    return Inside(
        in_service=max(earlier.in_service, now.in_service),
        threads_busy=_of_both(max, earlier.threads_busy, now.threads_busy),
        threads_waiting=_of_both(min, earlier.threads_waiting, now.threads_waiting),
        pool_busy=max(earlier.pool_busy, now.pool_busy),
        pool_waiting=min(earlier.pool_waiting, now.pool_waiting),
        database_busy=max(earlier.database_busy, now.database_busy),
        database_waiting=min(earlier.database_waiting, now.database_waiting),
        lag_s=now.lag_s,
    )


def _of_both(choose: Callable[[int, int], int], earlier: int | None, now: int | None) -> int | None:
    return None if earlier is None or now is None else choose(earlier, now)


STALE_S = 3.0
"""Age in seconds from which counts say nothing about now."""
CORES_S, ANSWERS_S = 3.5, 10.5
"""Windows for the busy cores, and for the processor time of an answer, each with half a second to
spare: answers come in waves, so that one second shows little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a target uses at one moment; None is not known.

    `cores_busy` is an average over the last CORES_S seconds, `processor_s` the processor time of an
    answer over the last ANSWERS_S.
    """

    cores_busy: float | None = None
    processor_s: float | None = None
    memory_bytes: int | None = None


NOT_KNOWN = Usage()


def usage(counted: Sequence[Counters], at_s: float) -> Usage:
    """Return what a target used at `at_s`, a time of day, from its counts, oldest first."""
    known = [each for each in counted if each.at_s <= at_s]
    if not known or at_s - known[-1].at_s > STALE_S:
        return NOT_KNOWN
    now = known[-1]
    return Usage(
        cores_busy=cores_busy(_oldest(known, now.at_s - CORES_S), now),
        processor_s=processor_s(_oldest(known, now.at_s - ANSWERS_S), now),
        memory_bytes=now.memory_bytes,
    )


def _oldest(counted: Sequence[Counters], since_s: float) -> Counters:
    return next(each for each in counted if each.at_s >= since_s)


def cores_busy(earlier: Counters, now: Counters) -> float | None:
    """Return the cores that the target used between the two, on average; None where not known."""
    if earlier.processor_s is None or now.processor_s is None or now.at_s <= earlier.at_s:
        return None
    if now.processor_s < earlier.processor_s:
        return None  # a worker that has ended took its own time with it
    return (now.processor_s - earlier.processor_s) / (now.at_s - earlier.at_s)


def processor_s(earlier: Counters, now: Counters) -> float | None:
    """Return the processor time of an answer between the two, in seconds; None where not known."""
    answers = (now.answered - now.probes) - (earlier.answered - earlier.probes)
    cores = cores_busy(earlier, now)
    if cores is None or answers < 1:
        return None
    return cores * (now.at_s - earlier.at_s) / answers

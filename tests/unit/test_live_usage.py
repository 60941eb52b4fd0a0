"""What a target uses of processor and memory, from the counts of its supervisor."""

from dataclasses import replace

import pytest

from lab.live.counters import NOT_KNOWN, Counters, cores_busy, processor_s, usage

FIRST = Counters(
    at_s=100.0,
    workers={},
    accept_queue=0,
    answered=0,
    processor_s=5.0,
    memory_bytes=90_000_000,
)
# Half a core for twenty seconds, 20 answers a second of 25 ms each; the memory grows.
COUNTED = [
    replace(
        FIRST,
        at_s=100.0 + second,
        processor_s=5.0 + second / 2,
        answered=20 * second,
        memory_bytes=90_000_000 + second * 1_000_000,
    )
    for second in range(21)
]


def test_usage_is_that_of_the_moment_asked_for() -> None:
    """The dashboard shows a second when all load processes have reported it, which is later."""
    found = usage(COUNTED, 110.4)

    assert found.cores_busy == pytest.approx(0.5)
    assert found.processor_s == pytest.approx(0.025)
    assert found.memory_bytes == 100_000_000


def test_the_cores_are_those_of_the_last_seconds() -> None:
    """A burst of work shows for three seconds, and in the time of an answer for ten."""
    burst = [
        replace(each, processor_s=each.processor_s + (1.5 if each.at_s >= 110 else 0.0))
        for each in COUNTED
    ]

    cores = [usage(burst, at_s).cores_busy for at_s in (109.0, 110.0, 112.0, 113.0)]
    assert cores == pytest.approx([0.5, 1.0, 1.0, 0.5])
    times = [usage(burst, at_s).processor_s for at_s in (109.0, 110.0, 119.0, 120.0)]
    assert times == pytest.approx([0.025, 0.0325, 0.0325, 0.025])


def test_what_is_old_or_never_came_is_not_known() -> None:
    """Absent, and never 0: without a supervisor, before its first answer, after its last one."""
    assert usage([], 100.0) == NOT_KNOWN
    assert usage(COUNTED, 99.0) == NOT_KNOWN
    assert usage(COUNTED, 123.0) != NOT_KNOWN
    assert usage(COUNTED, 123.1) == NOT_KNOWN
    first = usage(COUNTED[:1], 100.0)
    assert (first.cores_busy, first.processor_s, first.memory_bytes) == (None, None, 90_000_000)


def test_a_worker_that_has_ended_makes_no_idle_processor() -> None:
    """Its time is missing from the sum, which is then smaller than before."""
    ended = replace(FIRST, at_s=101.0, processor_s=3.0, answered=10)

    assert cores_busy(FIRST, ended) is None
    assert processor_s(FIRST, ended) is None


def test_answers_to_health_probes_are_no_answers_to_the_load() -> None:
    """Five answers in a second, one of them to a probe: a quarter of the processor time each."""
    later = replace(FIRST, at_s=101.0, processor_s=5.4, answered=5, probes=1)

    assert processor_s(FIRST, later) == pytest.approx(0.1)
    assert processor_s(FIRST, replace(later, answered=1)) is None

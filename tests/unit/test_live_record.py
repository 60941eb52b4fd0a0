"""What a load process counts, how it is told, and how it adds up."""

from lab.live.record import Record, RecordReport
from lab.live.tick import Served, Tick, class_ms, percentiles_s


class Clock:
    """A time of day that is set by hand."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def answer(
    record: Record, *, pid: int = 7, latency_ms: float = 1_000.0, fault: str | None = None
) -> None:
    record.answer(latency_ms=latency_ms, fault=fault, pid=pid, upstream_s=1.0, app_s=0.25)


def test_a_request_is_counted_where_it_starts_and_where_it_ends() -> None:
    """In the tick of each, which is a tenth of a second."""
    clock = Clock(100.05)
    record = Record(clock)
    record.start()
    clock.now_s = 101.31
    record.end()
    answer(record)

    ticks = record.take().ticks

    assert set(ticks) == {1000, 1013}
    assert (ticks[1000].started, ticks[1000].ended, ticks[1000].answered) == (1, 0, 0)
    assert (ticks[1013].started, ticks[1013].ended, ticks[1013].answered) == (0, 1, 1)
    assert ticks[1013].times == {1_000.0: 1}
    assert ticks[1013].served == {7: Served(1, 101.31 - 1.25, 101.31, 1.0)}


def test_what_was_taken_is_not_told_again() -> None:
    """Reports add up to the whole."""
    record = Record(Clock(5.0))
    record.start()
    first = record.take()
    record.drop()

    assert first.ticks[50].started == 1
    assert record.take().ticks == {50: Tick(dropped=1)}
    assert record.take().ticks == {}


def test_a_failure_is_an_answer_with_a_reason() -> None:
    """The last reason is told, and an answer of nobody is in no lane."""
    record = Record(Clock(5.0))
    answer(record)
    answer(record, pid=0, fault="answered 503")

    report = record.take()

    assert (report.ticks[50].answered, report.ticks[50].failed) == (2, 1)
    assert (report.fault, report.answered_at_s) == ("answered 503", 5.0)
    assert set(report.ticks[50].served) == {7}


def test_what_is_being_served_is_counted_from_its_first_answer_to_its_end() -> None:
    """By route, and within the request that it is part of."""
    clock = Clock(100.05)
    record = Record(clock)
    record.start()
    clock.now_s = 100.15
    record.hold("ws")
    record.hold("stream")
    clock.now_s = 110.15
    record.release("ws")
    record.end()

    report = record.take()

    assert report.ticks[1000].held == {}
    assert report.ticks[1001].held == {"ws": 1, "stream": 1}
    assert report.ticks[1101].held == {"ws": -1}
    assert report.held == {"ws": 0, "stream": 1}


def test_a_reset_forgets_everything() -> None:
    """A new run begins with nothing of the last one."""
    record = Record(Clock(5.0))
    record.start()
    record.hold("ws")
    answer(record, fault="answered 503")
    record.reset()

    assert record.take() == RecordReport({})


def test_a_report_survives_its_journey() -> None:
    """As lists and numbers, which any message can carry."""
    clock = Clock(100.0)
    record = Record(clock)
    for pid in (7, 7, 8):
        record.start()
        clock.now_s += 0.01
        answer(record, pid=pid)
        record.hold("ws")
    report = record.take()

    assert RecordReport.from_list(report.as_list()) == report


def test_ticks_of_two_processes_add_up() -> None:
    """Count by count, class by class, worker by worker, route by route."""
    one = Tick(1, 2, 3, 1, 0, {5.0: 2, 6.0: 1}, {7: Served(2, 10.0, 11.0, 1.0)}, {"ws": 2})
    other = Tick(
        1,
        1,
        2,
        0,
        4,
        {5.0: 2},
        {7: Served(1, 9.5, 10.9, 0.9), 8: Served(1, 9.0, 10.0, 1.0)},
        {"ws": -1, "stream": 3},
    )

    one.add(other)

    assert one == Tick(
        2,
        3,
        5,
        1,
        4,
        {5.0: 4, 6.0: 1},
        {7: Served(3, 9.5, 11.0, 0.9), 8: Served(1, 9.0, 10.0, 1.0)},
        {"ws": 1, "stream": 3},
    )


def test_classes_of_latency_are_close_to_exact() -> None:
    """A tenth of a millisecond up to a second, four digits above."""
    assert class_ms(0.04) == 0.0
    assert class_ms(104.26) == 104.3
    assert class_ms(999.96) == 1000.0
    assert class_ms(1049.4) == 1049.0
    assert class_ms(12_344.0) == 12_340.0


def test_percentiles_are_by_nearest_rank() -> None:
    """The smallest latency that so many percent do not exceed, over all counts together."""
    hundred = [{float(ms): 1 for ms in range(1, 51)}, {float(ms): 1 for ms in range(51, 101)}]

    assert percentiles_s(hundred, (50, 99, 100)) == [0.05, 0.099, 0.1]
    assert percentiles_s([{7.0: 1}], (50, 99)) == [0.007, 0.007]
    assert percentiles_s([], (50, 99)) == [None, None]

"""The last minute of a target: what is read off the reports of all load processes."""

import pytest

from lab.live.history import KEEP_S, KEEP_TICKS, History
from lab.live.record import RecordReport
from lab.live.tick import Served, Tick


def take(
    history: History,
    process: str,
    ticks: dict[int, Tick],
    answered_at_s: float = 0.0,
    fault: str = "",
) -> None:
    """A report of a process that has reported all before."""
    before = history.in_flight_of.get(process, 0)
    in_flight = before + sum(each.started - each.ended for each in ticks.values())
    held = dict(history.served_of.get(process, {}))
    for each in ticks.values():
        for route, more in each.held.items():
            held[route] = held.get(route, 0) + more
    history.take(process, RecordReport(ticks, in_flight, answered_at_s, fault, held))


def close(
    history: History,
    end_s: int,
    *,
    parts: int = 1,
    asks_upstream: bool = True,
    asks_database: bool = False,
) -> None:
    history.close(
        end_s,
        parts=parts,
        asks_upstream=asks_upstream,
        asks_database=asks_database,
        slots=4,
        predicted_rps=4.0,
        predicted_s=5.0,
    )


def test_reports_of_all_processes_add_up() -> None:
    """To totals, and to what is in flight."""
    history = History()
    take(history, "one", {1000: Tick(started=5)}, 0.0)
    take(history, "two", {1000: Tick(started=3), 1001: Tick(ended=1, answered=1, failed=1)})
    take(history, "two", {1001: Tick(dropped=2)}, 100.2, "answered 503")

    assert history.in_flight == 7
    assert (history.answered, history.failed, history.dropped) == (1, 1, 2)
    assert (history.answered_at_s, history.fault) == (100.2, "answered 503")


def test_the_queue_is_what_the_upstream_does_not_hold() -> None:
    """In flight minus busy, both as they were for most of the second."""
    history = History()
    take(history, "one", {1000: Tick(started=20)})
    # Between two waves a slot is free for a moment.
    history.hold({1000 + n: 3 if n == 5 else 4 for n in range(10)})
    close(history, 101)

    [second] = history.seconds
    assert (second.in_flight, second.busy, second.queue) == (20, 4, 16)
    assert (second.slots, second.predicted_rps, second.predicted_s) == (4, 4.0, 5.0)


def test_what_was_in_flight_before_counts_in_each_second() -> None:
    """Also when no request starts or ends for minutes, and its start is long forgotten."""
    history = History()
    take(history, "one", {1000: Tick(started=20), 1004: Tick(ended=4)})
    for end_s in range(101, 101 + 2 * KEEP_S):
        close(history, end_s)

    assert {second.in_flight for second in list(history.seconds)[1:]} == {16}
    assert 1000 not in history.ticks
    assert len(history.seconds) == KEEP_S + 1


def test_a_request_in_parts_holds_one_slot() -> None:
    """The upstream counts its parts."""
    history = History()
    take(history, "one", {1000: Tick(started=8)})
    history.hold({1000 + n: 8 for n in range(10)})
    close(history, 101, parts=2)

    assert (history.seconds[0].busy, history.seconds[0].queue) == (4, 4)


def test_without_the_upstream_nobody_knows_who_waits_where() -> None:
    """Busy slots and queue are unknown then, and not 0."""
    history = History()
    take(history, "one", {1000: Tick(started=8)})
    close(history, 101)

    assert (history.seconds[0].busy, history.seconds[0].queue) == (None, None)


def test_what_a_target_serves_is_busy_beside_what_the_upstream_holds() -> None:
    """Streams and WebSockets of all processes, and the calls, at the same moment."""
    history = History()
    take(history, "one", {999: Tick(started=30, held={"ws": 3, "stream": 1})})
    take(history, "two", {999: Tick(started=10, held={"ws": 1})})
    # For most of the second one WebSocket is served less, and one call is held more.
    take(history, "two", {1003: Tick(held={"ws": -1})})
    history.hold({1000 + n: 8 if n > 2 else 6 for n in range(10)})
    close(history, 101, parts=2)

    [second] = history.seconds
    assert (second.in_flight, second.busy, second.queue) == (40, 8, 32)
    assert second.held == {"ws": 3, "stream": 1}


@pytest.mark.parametrize(("asks_upstream", "expected"), [(False, 4), (True, None)])
def test_who_does_not_ask_the_upstream_needs_no_word_of_it(
    asks_upstream: bool, expected: int | None
) -> None:
    """Its slots are busy with what it serves, and that is known here."""
    history = History()
    take(history, "one", {999: Tick(started=20, held={"ws": 4})})
    close(history, 101, asks_upstream=asks_upstream)

    assert history.seconds[0].busy == expected


@pytest.mark.parametrize(("counted", "expected"), [({1003: 2, 1008: 2}, 2), ({999: 2}, None)])
def test_busy_at_the_database_is_what_the_database_counts(
    counted: dict[int, int], expected: int | None
) -> None:
    """It is asked now and then within a second; what it has not told is not known."""
    history = History()
    take(history, "one", {1000: Tick(started=6)})
    history.query(counted)
    history.hold({1000 + n: 0 for n in range(10)})
    close(history, 101, asks_upstream=False, asks_database=True)

    second = history.seconds[0]
    assert (second.busy, second.queue) == (expected, None if expected is None else 4)


@pytest.mark.parametrize(
    ("held", "queries", "expected"),
    [
        ({1003: 8, 1008: 8}, {1003: 2, 1008: 2}, 6),  # two parts for each call
        ({1003: 8}, {1008: 2}, None),  # not at the same moment
        ({}, {1003: 2}, None),
        ({1003: 8}, {}, None),
    ],
)
def test_a_mix_adds_what_both_count(
    held: dict[int, int], queries: dict[int, int], expected: int | None
) -> None:
    """At moments for which both are known."""
    history = History()
    take(history, "one", {1000: Tick(started=20)})
    history.hold(held)
    history.query(queries)
    close(history, 101, parts=2, asks_database=True)

    assert history.seconds[0].busy == expected


def test_who_does_not_ask_the_database_is_not_counted_there() -> None:
    """Its connections may be busy with requests from elsewhere; and old counts are forgotten."""
    history = History()
    take(history, "one", {1000: Tick(started=20)})
    history.hold({1000 + n: 4 for n in range(10)})
    history.query({1003: 9})
    close(history, 101)
    assert history.seconds[0].busy == 4

    close(history, 101 + KEEP_TICKS // 10)
    assert history.queries == {}


def test_a_websocket_that_was_opened_long_ago_is_still_open() -> None:
    """Its beginning may be forgotten, and it is not."""
    history = History()
    take(history, "one", {1000: Tick(started=4, held={"ws": 4})})
    for end_s in range(101, 101 + 2 * KEEP_S):
        close(history, end_s, asks_upstream=False)
    assert 1000 not in history.ticks
    assert {each.busy for each in list(history.seconds)[1:]} == {4}
    assert {each.held["ws"] for each in list(history.seconds)[1:]} == {4}


def test_what_a_lost_process_held_open_is_gone_with_it_until_it_is_back() -> None:
    """It reports how many those are, whatever was taken off for it."""
    history = History()
    take(history, "one", {1000: Tick(started=4, held={"ws": 3})})
    take(history, "two", {1000: Tick(started=4, held={"ws": 1})})
    close(history, 101, asks_upstream=False)
    history.lose("one", 101.0)
    history.lose("one", 101.0)
    close(history, 102, asks_upstream=False)
    ended = Tick(ended=1, held={"ws": -1})
    history.take("one", RecordReport({1025: ended}, in_flight=3, held={"ws": 2}))
    close(history, 103, asks_upstream=False)
    close(history, 104, asks_upstream=False)

    assert [each.held["ws"] for each in history.seconds] == [4, 1, 2, 3]
    assert [each.busy for each in history.seconds] == [4, 1, 2, 3]


def test_what_a_lost_process_had_in_flight_is_gone_with_it() -> None:
    """From the moment on at which the loss was noticed."""
    history = History()
    take(history, "one", {1000: Tick(started=20)})
    take(history, "two", {1000: Tick(started=10)})
    close(history, 101)
    history.lose("two", 101.0)
    history.lose("two", 101.0)
    close(history, 102)

    assert history.in_flight == 20
    assert [second.in_flight for second in history.seconds] == [30, 20]


def test_answers_that_come_in_waves_have_a_steady_rate() -> None:
    """Four each second are 4 per second, wherever in the second one looks."""
    waves = {10 * second + (second % 2): Tick(answered=4) for second in range(100, 120)}
    history = History()
    take(history, "one", waves)

    for at_s in (105.0, 105.25, 105.5, 108.9, 110.0):
        assert history.throughput_rps(at_s, width_s=2.0) == pytest.approx(4.0, rel=0.06)
    assert history.throughput_rps(99.9 - 2.0, width_s=2.0) == pytest.approx(0.0, abs=0.01)


def test_latency_is_that_of_the_last_five_seconds() -> None:
    """What was answered before has no part in it."""
    history = History()
    take(history, "one", {1000: Tick(times={9_000.0: 99}), 1010: Tick(times={1_000.0: 3})})
    close(history, 105)
    close(history, 106)
    close(history, 107)

    assert [second.p50_s for second in history.seconds] == [9.0, 1.0, None]


def test_the_queue_grows_by_so_many_per_second() -> None:
    """Over the last seconds that were read off; unknown before there are as many."""
    history = History()
    for second in range(7):
        take(history, "one", {1000 + 10 * second: Tick(started=8, ended=4)})
        history.hold({1000 + 10 * second + n: 4 for n in range(10)})
        close(history, 101 + second)

        assert history.queue_growth_rps(5) == (4.0 if second >= 5 else None)


def test_recent_counts_are_those_that_were_read_off() -> None:
    """The second that still goes on is left out, for it is not complete."""
    history = History()
    take(history, "one", {n: Tick(answered=1, failed=1, dropped=2) for n in range(1000, 1080)})
    close(history, 106)

    assert history.recent(5) == (50, 50, 100)


def test_what_a_history_keeps_has_an_end() -> None:
    """However long a run lasts."""
    history = History()
    for second in range(200):
        first = 1000 + 10 * second
        served = {7: Served(1, first / 10, first / 10 + 1, 1.0)}
        take(history, "one", {first: Tick(started=1, ended=1, answered=1, served=served)})
        history.hold({first + n: 1 for n in range(10)})
        close(history, 101 + second)

    assert len(history.ticks) <= KEEP_TICKS
    assert len(history.held) <= KEEP_TICKS
    assert len(history.lanes.by_pid[7].blocks) < 20
    assert history.answered == 200


def test_a_process_that_was_thought_lost_still_has_what_it_had_in_flight() -> None:
    """It reports how many those are, whatever was taken off for it."""
    history = History()
    take(history, "one", {1000: Tick(started=20)})
    history.lose("one", 101.0)
    close(history, 101)
    assert history.in_flight == 0

    history.take("one", RecordReport({1015: Tick(ended=2, answered=2)}, in_flight=18))
    close(history, 102)
    history.take("one", RecordReport({1025: Tick(ended=18, answered=18)}, in_flight=0))
    close(history, 103)

    assert history.in_flight == 0
    close(history, 104)
    assert history.seconds[-1].in_flight == 0

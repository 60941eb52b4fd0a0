"""The number of requests held, the injected faults and the lateness, in steps of 100 ms."""

from collections.abc import Callable, Mapping

import pytest

from mock_upstream.timeline import Timeline

EPOCH_S = 1_700_000_000.0


def in_time() -> None:
    """No answer, so none that was late."""


def recorded(*samples: Mapping[str, int], late: Callable[[], float | None] = in_time) -> Timeline:
    """A timeline with one sample each 100 ms from 0 s on."""
    left = list(samples)
    timeline = Timeline(lambda: left.pop(0), late, dict)
    for step in range(len(samples)):
        # The middle of the step, as a timer is a little late.
        now_s = step * 0.1 + (0.05 if step else 0)
        timeline.advance(now_s, EPOCH_S + now_s)
    return timeline


def test_every_list_is_equally_long() -> None:
    """A caller that came late was holding nothing before."""
    shown = recorded({}, {"a": 2}, {"a": 1, "b": 4}).as_dict(30)

    assert shown["all"] == [0, 2, 5]
    assert shown["callers"] == {"a": [0, 2, 1], "b": [0, 0, 4]}
    assert shown["step_ms"] == 100


def test_each_step_has_its_own_lateness() -> None:
    """The worst within it, to a hundredth of a millisecond; null in one without answers."""
    late = iter([None, 1.23456, None, 0.0])
    shown = recorded({}, {}, {}, {}, late=lambda: next(late)).as_dict(30)

    assert shown["late_ms"] == [None, 1.23, None, 0.0]


def test_the_last_sample_has_a_time_of_day() -> None:
    """Its own time, not that of the late timer that took it."""
    assert recorded({}, {}, {}).as_dict(30)["ended_at"] == pytest.approx(EPOCH_S + 0.2, abs=0.001)


def test_only_the_seconds_asked_for_are_shown() -> None:
    """The newest ones, and a caller that is not in them is not listed."""
    shown = recorded(*[{"old": 1}] * 5, *[{"new": 1}] * 10).as_dict(1)

    assert shown["callers"] == {"new": [1] * 10}


def test_a_loop_that_was_held_up_leaves_no_gap() -> None:
    """The steps it slept through are filled, so that a place in the list stays a time."""
    counts, late = iter([{"a": 1}, {"a": 7}]), iter([None, 345.0])
    faults = iter([{"a": 1}, {"b": 2}])
    timeline = Timeline(lambda: next(counts), lambda: next(late), lambda: next(faults))
    timeline.advance(10.0, EPOCH_S)
    due_s = timeline.advance(10.45, EPOCH_S + 0.45)

    assert timeline.as_dict(30)["all"] == [1, 7, 7, 7, 7]
    assert timeline.as_dict(30)["late_ms"] == [None, 345.0, 345.0, 345.0, 345.0]
    # A fault is an event: in each step it would be counted four times.
    assert timeline.as_dict(30)["faults"] == {"a": [1, 0, 0, 0, 0], "b": [0, 0, 0, 0, 2]}
    assert timeline.as_dict(30)["ended_at"] == pytest.approx(EPOCH_S + 0.4, abs=0.001)
    assert due_s == pytest.approx(0.05)


def test_nothing_is_sampled_before_it_is_due() -> None:
    """A timer that fires early waits for the rest."""
    timeline = Timeline(dict, in_time, dict)
    timeline.advance(10.0, EPOCH_S)

    assert timeline.advance(10.099, EPOCH_S + 0.099) == pytest.approx(0.001)
    assert timeline.as_dict(30)["all"] == [0]


def test_five_minutes_are_kept() -> None:
    """And not one step more, however long the server runs."""
    timeline = Timeline(dict, in_time, dict)
    timeline.advance(0.0, EPOCH_S)
    timeline.advance(10_000.0, EPOCH_S + 10_000)

    assert len(timeline.as_dict(300)["all"]) == 3000

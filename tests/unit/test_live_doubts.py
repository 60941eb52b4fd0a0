"""Doubts at their boundaries: what is still in order, and what no longer is."""

from dataclasses import replace
from typing import Any

import pytest

from lab.live import live_doubts
from lab.live.load import TargetLoad
from lab.live.observation import Observation

# 40 users on 4 slots of 1 s, and nothing wrong.
WELL = Observation(
    route="io",
    active=True,
    waits=True,
    load=TargetLoad(kind="closed", users=40),
    slots=4,
    hold_s=1.0,
    longest_hold_s=1.0,
    in_flight=40,
    busy=4,
)


def seen(**changes: Any) -> Observation:
    return replace(WELL, **changes)


def test_nothing_is_doubted_where_all_is_well() -> None:
    """A queue is no doubt."""
    assert [rule(WELL) for rule in live_doubts.RULES.values()] == [""] * len(live_doubts.RULES)


def test_an_earlier_run_may_still_keep_slots_busy() -> None:
    """Until they are free this run's requests wait behind its."""
    assert live_doubts.left_over(seen(left_over=0)) == ""
    assert live_doubts.left_over(seen(left_over=1)) == (
        "1 slot is still busy with abandoned requests of an earlier run"
    )
    assert live_doubts.left_over(seen(left_over=4)) == (
        "4 slots are still busy with abandoned requests of an earlier run"
    )


def test_an_upstream_is_silent_after_two_questions() -> None:
    """Said in whole seconds; a route that never asks it does not mind."""
    assert live_doubts.upstream_silent(seen(upstream_silent_s=1.1)) == ""
    assert live_doubts.upstream_silent(seen(upstream_silent_s=1.2)) == (
        "mock-upstream has been silent for 1 s: frozen or gone, so requests wait or fail"
    )
    assert live_doubts.upstream_silent(seen(upstream_silent_s=3.2, waits=False)) == ""


@pytest.mark.parametrize(
    ("changes", "in_order_s"),
    [
        ({}, 4.0),  # 3 s past a hold of 1 s
        ({"longest_hold_s": 30.0}, 33.0),  # a dial at 30 s answers every 30 s
        ({"longest_hold_s": 0.0, "waits": False}, 3.0),
        (
            {"load": TargetLoad(kind="closed", users=1, think_s=10.0)},
            14.0,
        ),  # it may have been thinking
        (
            {"load": TargetLoad(kind="burst", burst_every_s=5.0)},
            9.0,
        ),  # nothing to answer in between
        ({"load": TargetLoad(kind="open", arrival_rate=7.0)}, 5.0),  # 7 gaps of 1 / 7 s
    ],
)
def test_silence_is_odd_once_load_and_upstream_cannot_explain_it(
    changes: dict[str, Any], in_order_s: float
) -> None:
    """Three seconds past what they can."""
    assert live_doubts.silent(seen(**changes, silent_s=in_order_s)) == ""
    assert live_doubts.silent(seen(**changes, silent_s=in_order_s + 0.1)) != ""


def test_silence_is_said_with_what_waits_in_it() -> None:
    """Where nothing is in flight, nothing is missing."""
    assert live_doubts.silent(seen(silent_s=12.3)) == (
        "nothing has been answered for 12 s, 40 in flight"
    )
    assert live_doubts.silent(seen(silent_s=12.3, in_flight=0)) == ""
    # Where all slots hold dead calls, nothing could be answered.
    assert live_doubts.silent(seen(silent_s=12.3, dead=4)) == ""
    assert live_doubts.silent(seen(silent_s=12.3, dead=3)) != ""


def test_a_lost_load_worker_is_named_and_several_are_counted() -> None:
    """Locust's ids end in 32 digits, which nobody reads."""
    changed = "lost: the load is not what was asked for"

    assert live_doubts.lost(seen(lost_load_workers=("w1",))) == f"load worker w1 is {changed}"
    twenty = "laptop_0123456789abc"
    assert (
        live_doubts.lost(seen(lost_load_workers=(twenty,))) == f"load worker {twenty} is {changed}"
    )
    assert live_doubts.lost(seen(lost_load_workers=("laptop_0123456789abcdef",))) == (
        f"load worker laptop_0123456789ab… is {changed}"
    )
    assert live_doubts.lost(seen(lost_load_workers=("w1", "w2"))) == f"2 load workers are {changed}"


def test_a_load_generator_is_doubted_from_nine_tenths_of_a_core() -> None:
    """What it does not get round to looks like latency."""
    assert live_doubts.generator(seen(generator_cpu=0.89)) == ""
    assert live_doubts.generator(seen(generator_cpu=0.9)) != ""
    assert live_doubts.generator(seen(generator_cpu=0.96)) == (
        "the load generator is at 96 % CPU: do not trust these numbers"
    )


@pytest.mark.parametrize(
    ("hold_s", "in_order_ms"),
    [
        (0.1, 50.0),  # 5 % would be 5 ms, which a scheduler costs
        (1.0, 50.0),
        (10.0, 500.0),
    ],
)
def test_an_upstream_may_be_late_by_a_small_part_of_the_hold(
    hold_s: float, in_order_ms: float
) -> None:
    """5 %, or 50 ms where that is more."""
    assert live_doubts.upstream_late(seen(hold_s=hold_s, upstream_late_ms=in_order_ms)) == ""
    assert live_doubts.upstream_late(seen(hold_s=hold_s, upstream_late_ms=in_order_ms + 1)) != ""


def test_lateness_is_said_with_its_size_where_somebody_waits() -> None:
    """An upstream that wrote nothing was not late."""
    assert live_doubts.upstream_late(seen(upstream_late_ms=120.4)) == (
        "mock-upstream answers up to 120 ms late: do not trust these numbers"
    )
    assert live_doubts.upstream_late(seen(upstream_late_ms=120.4, waits=False)) == ""
    assert live_doubts.upstream_late(seen(upstream_late_ms=None)) == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"failed_share": 0.01}, ""),
        ({"failed_share": 0.011}, "1 % of the answers are errors: a fault, not a limit"),
        (
            {"failed_share": 0.38, "failure": "answered 503 upstream_error: busy"},
            "38 % of the answers are errors (answered 503 upstream_error: busy): "
            "a fault, not a limit",
        ),
        (
            {
                "failed_share": 1.0,
                "failure": "answered 502 upstream_error: the upstream answered 503",
            },
            "all answers are errors (answered 502 upstream_error: the upstream …): "
            "a fault, not a limit",
        ),
        # The upstream failed for nearly as many, because its dial asks for it.
        ({"failed_share": 0.38, "failure": "answered 502", "dialled_share": 0.375}, ""),
        ({"failed_share": 1.0, "failure": "answered 502", "dialled_share": 1.0}, ""),
        # So many it did not fail for, whatever its dial says.
        (
            {
                "failed_share": 0.38,
                "failure": "answered 502",
                "dialled_share": 0.36,
                "dialled_faults": 1.0,
            },
            "38 % of the answers are errors (answered 502): a fault, not a limit",
        ),
    ],
)
def test_errors_are_a_fault_with_its_cause(changes: dict[str, Any], expected: str) -> None:
    """From more than one in a hundred that the dial did not ask for; with what they say."""
    assert live_doubts.errors(seen(**changes)) == expected

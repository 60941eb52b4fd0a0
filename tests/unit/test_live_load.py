"""A load in numbers: how much of it leaves, and how long it may pause."""

import pytest

from lab.live.load import TargetLoad


def test_a_burst_is_its_size_over_its_interval() -> None:
    """10 requests each 4 s are 2.5 per second; those that are dropped do not leave."""
    assert TargetLoad(kind="burst", burst_size=10, burst_every_s=4.0).rate_rps == 2.5
    assert (
        TargetLoad(kind="burst", burst_size=10, burst_every_s=4.0, max_in_flight=8).rate_rps == 2.0
    )
    assert (
        TargetLoad(kind="burst", burst_size=10, burst_every_s=4.0, max_in_flight=80).at_once == 10
    )


def test_open_load_leaves_one_by_one() -> None:
    """Whatever the burst's size, which is another load's."""
    load = TargetLoad(kind="open", arrival_rate=8.0, burst_size=10)

    assert load.rate_rps == 8.0
    assert load.at_once == 1


@pytest.mark.parametrize(
    ("load", "expected_s"),
    [
        (TargetLoad(kind="closed", think_s=2.0, burst_every_s=5.0), 2.0),
        (TargetLoad(kind="steps", think_s=2.0, burst_every_s=5.0), 2.0),
        (TargetLoad(kind="burst", think_s=2.0, burst_every_s=5.0), 5.0),
        (TargetLoad(kind="open", think_s=2.0, arrival_rate=14.0), 0.5),  # 7 / 14
    ],
)
def test_a_load_may_pause_as_long_as_nobody_is_due(load: TargetLoad, expected_s: float) -> None:
    """Users think, bursts come at intervals, and arrivals at random leave gaps."""
    assert load.pause_s == expected_s


def test_a_kind_that_does_not_exist_is_refused() -> None:
    """The sentence says which kinds do."""
    with pytest.raises(ValueError, match="kind='ramp': expected one of closed, burst, open, steps"):
        TargetLoad(kind="ramp")

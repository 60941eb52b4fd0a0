"""Intervals over series: of a mean, and of a share of bursts."""

import pytest

from lab.verdicts.estimates import clustered_share, interval, wilson


def test_the_interval_of_a_mean_is_student_s() -> None:
    """By hand: mean 4, standard error 0.2 / sqrt(3), t of 2 degrees of freedom 4.303 or 2.920."""
    values = [3.8, 4.0, 4.2]

    assert interval(values) == pytest.approx((4 - 4.3027 * 0.11547, 4 + 4.3027 * 0.11547), abs=1e-4)
    assert interval(values, 0.90) == pytest.approx(
        (4 - 2.9200 * 0.11547, 4 + 2.9200 * 0.11547), abs=1e-4
    )


def test_one_value_and_equal_values_have_no_width() -> None:
    """One says nothing of the spread; equal ones say that there is none."""
    assert interval([4.0]) == interval([4.0] * 5) == (4.0, 4.0)


def test_trials_of_one_cluster_have_wilson_s_interval() -> None:
    """As if they were independent."""
    assert clustered_share([7], [21]) == (pytest.approx(1 / 3), *wilson(7, 21))


def test_series_that_differ_tell_less_than_as_many_independent_bursts() -> None:
    """17 of 20, 4 of 20 and 5 of 24 are not one proportion: the interval covers nearly all."""
    share, low, high = clustered_share([17, 4, 5], [20, 20, 24])

    assert share == pytest.approx(26 / 64)
    assert low < 0.1
    assert high > 0.8
    alone = wilson(26, 64)
    assert high - low > 2 * (alone[1] - alone[0])


@pytest.mark.parametrize("hits", [0, 10])
def test_all_or_none_of_the_bursts_leave_a_doubt_that_shrinks_with_the_series(hits: int) -> None:
    """Three series of ten bursts tell less than five of them."""
    widths = []
    for series in (3, 5, 10):
        share, low, high = clustered_share([hits] * series, [10] * series)
        assert share == hits / 10
        widths.append(high - low)

    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0.3 > 0.15 > widths[1]


def test_there_is_no_share_of_nothing() -> None:
    """Nor of a series without bursts alone."""
    with pytest.raises(ValueError, match="at least one trial"):
        clustered_share([0], [0])

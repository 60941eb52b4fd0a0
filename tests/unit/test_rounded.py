"""Rounding at its edges: never a number that says more, or something else, than is known."""

import pytest

from lab import rounded


@pytest.mark.parametrize(
    ("time_s", "expected"),
    [
        (0.0, "0.0 ms"),
        (0.0021, "2.1 ms"),
        (0.00996, "10 ms"),
        (0.25, "250 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (5.04, "5.0 s"),
        (9.96, "10 s"),
        (1234.4, "1,234 s"),
    ],
)
def test_a_time_has_the_unit_that_suits_it(time_s: float, expected: str) -> None:
    """Neither "1000 ms" nor "10.0 s" where a neighbour says "999 ms" and "11 s"."""
    assert rounded.seconds(time_s) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (0.0, "0 %"),
        (0.004, "less than 1 %"),
        (0.38, "38 %"),
        (0.996, "99 %"),
        (1.0, "100 %"),
        (1.04, "104 %"),
    ],
)
def test_all_and_nothing_are_said_of_all_and_nothing_alone(part: float, expected: str) -> None:
    """99.6 % are not all."""
    assert rounded.share(part) == expected


def test_rates_lose_their_decimal_above_a_hundred() -> None:
    """As many digits as anybody reads."""
    assert [rounded.rate(each) for each in (3.96, 99.94, 99.96, 1234.5)] == [
        "4.0",
        "99.9",
        "100",
        "1,234",
    ]


def test_counts_are_whole() -> None:
    """Medians of counts may end in a half."""
    assert rounded.count(1995.6) == "1,996"


def test_one_thing_is_singular() -> None:
    """Also among slots, which may have no limit."""
    assert [rounded.counted(each, "user") for each in (0, 1, 1000)] == [
        "0 users",
        "1 user",
        "1,000 users",
    ]
    assert [rounded.slots(each) for each in (1, 40, None)] == ["1 slot", "40 slots", "no limit"]


def test_a_difference_has_its_sign_and_a_ratio_its_word() -> None:
    assert [rounded.change(each) for each in (0.0134, -0.5, 0.0)] == ["+1.3 %", "-50.0 %", "+0.0 %"]
    assert rounded.times(1.873) == "1.87 times"


def test_a_calculated_number_has_no_zeros_at_its_end() -> None:
    """Nor does it lose those before the decimal point."""
    numbers = ("1.60 s", "0.0500 s", "24.1", "20,000 per second", "2.00")
    assert [rounded.exact(each) for each in numbers] == [
        "1.6 s",
        "0.05 s",
        "24.1",
        "20,000 per second",
        "2",
    ]


def test_the_last_of_a_list_comes_after_and() -> None:
    assert [rounded.listed(each) for each in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_result_has_three_digits_in_the_unit_that_suits_it() -> None:
    times_s = (0.0, 2.53e-5, 0.00403, 0.9994, 1.004, 25.13)
    assert [rounded.span(each) for each in times_s] == [
        "0 s",
        "25.3 µs",
        "4.03 ms",
        "999 ms",
        "1.00 s",
        "25.1 s",
    ]


def test_all_and_nothing_alone_are_percent_without_a_decimal() -> None:
    assert [rounded.percent(each) for each in (0, 0.38, 0.999, 1)] == [
        "0 %",
        "38.0 %",
        "99.9 %",
        "100 %",
    ]


def test_minutes_show_two_digits_of_seconds() -> None:
    """Less than a minute has none, and nothing is less than 0."""
    assert [rounded.minutes(each) for each in (-1, 59.4, 63, 220)] == [
        "0 s",
        "59 s",
        "1 min 03 s",
        "3 min 40 s",
    ]

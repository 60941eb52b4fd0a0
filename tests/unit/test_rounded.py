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

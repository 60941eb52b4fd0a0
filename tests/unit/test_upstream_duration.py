"""How long to wait, as a URL says it."""

import pytest

from mock_upstream.duration import parse_ms, parse_share
from mock_upstream.problems import Problem


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0),
        ("1", 1000),
        ("1s", 1000),
        ("0.5", 500),
        ("1.1", 1100),
        ("500ms", 500),
        ("0.25ms", 0.25),
        ("60", 60_000),
        ("60000ms", 60_000),
    ],
)
def test_a_duration_is_in_seconds_unless_it_says_otherwise(text: str, ms: float) -> None:
    """A bare number and `s` mean seconds, `ms` milliseconds; both ends of the range count."""
    assert parse_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    ["", "nan", "inf", "-1", "+1", "1e3", "1_0", " 1", "1 ", ".5", "5.", "1m", "ms", "s", "1sms"]
    + ["60.001", "60001ms", "9" * 400, "\u0661", "0x1", "1,5"],
)
def test_anything_else_is_refused_and_nothing_is_clamped(text: str) -> None:
    """A duration that is not a plain decimal from 0 to 60 s is a 400."""
    with pytest.raises(Problem, match="expected a number from 0 to 60 seconds") as refused:
        parse_ms(text)
    assert refused.value.status == 400


@pytest.mark.parametrize("text", ["1", "1.0", "0.5", "0.001"])
def test_a_share_is_above_zero_and_up_to_one(text: str) -> None:
    """The whole of the delay is the largest share."""
    assert parse_share(text) == float(text)


@pytest.mark.parametrize("text", ["", "0", "0.0", "1.01", "-0.5", "nan", "1e-1", "half"])
def test_other_shares_are_refused(text: str) -> None:
    """A share of nothing, of more than all, or of no number is a 400."""
    with pytest.raises(Problem, match="expected a number above 0 and up to 1"):
        parse_share(text)

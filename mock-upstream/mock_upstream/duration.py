"""Parsers for durations in a URL: `1`, `0.5`, `500ms`, `1s`, and `share=0.5`."""

from mock_upstream.decimals import decimal
from mock_upstream.problems import bad_request

MAX_MS = 60_000
EXPECTED = "a number from 0 to 60 seconds such as 1, 0.5, 1s or 500ms"


def parse_ms(text: str) -> float:
    """Parse a duration and return it in milliseconds; a number without a unit is in seconds.

    Raises Problem (400) for anything outside 0 to 60 s. The value is never clamped.
    """
    if text.endswith("ms"):
        ms = decimal(text[:-2])
    else:
        seconds = decimal(text.removesuffix("s"))
        # Round to the nanosecond: 1.1 * 1000 is 1100.0000000000002 in floats.
        ms = None if seconds is None else round(seconds * 1000, 6)
    if ms is None or ms > MAX_MS:
        raise bad_request("duration", text, EXPECTED)
    return ms


def parse_share(text: str) -> float:
    """Parse a share of the dial's delay, above 0 and at most 1.

    Raises Problem (400) for anything else.
    """
    share = decimal(text)
    if share is None or not 0 < share <= 1:
        raise bad_request("share", text, "a number above 0 and up to 1")
    return share

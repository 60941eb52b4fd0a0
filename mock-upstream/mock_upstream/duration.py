"""How long to wait, as a URL says it: `1`, `0.5`, `500ms`, `1s`, and `share=0.5`."""

from mock_upstream.decimals import decimal
from mock_upstream.problems import bad_request

MAX_MS = 60_000
EXPECTED = "a number from 0 to 60 seconds such as 1, 0.5, 1s or 500ms"


def parse_ms(text: str) -> float:
    """The duration in milliseconds; a number without a unit is in seconds.

    Raises Problem (400) for anything that is not from 0 to 60 s; nothing is clamped.
    """
    if text.endswith("ms"):
        ms = decimal(text[:-2])
    else:
        seconds = decimal(text.removesuffix("s"))
        # Rounded to the nanosecond, so that 1.1 is 1100 ms and not 1100.0000000000002.
        ms = None if seconds is None else round(seconds * 1000, 6)
    if ms is None or ms > MAX_MS:
        raise bad_request("duration", text, EXPECTED)
    return ms


def parse_share(text: str) -> float:
    """A part of the dialled delay, above 0 and up to 1.

    Raises Problem (400) for anything else.
    """
    share = decimal(text)
    if share is None or not 0 < share <= 1:
        raise bad_request("share", text, "a number above 0 and up to 1")
    return share

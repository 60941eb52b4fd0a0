"""The three routes that wait on purpose, and their answers after the wait."""

from collections.abc import Mapping
from typing import NamedTuple

from mock_upstream.dial import Dial, Fault
from mock_upstream.duration import parse_ms, parse_share
from mock_upstream.message import Answer
from mock_upstream.weather import checked_city, temperature_c


class Wait(NamedTuple):
    """An instruction: hold the request for `delay_ms` milliseconds, then send `answer`.

    With Fault.RESET, reset the connection instead of answering. With Fault.HANG, hold the
    request until the client leaves.
    """

    delay_ms: float
    answer: Answer
    fault: Fault | None = None


def delay(duration: str) -> Wait:
    """Wait exactly `duration`, whatever the dial says; answers `{"delay_ms": 500.0}`.

    Raises Problem (400) for an invalid duration.
    """
    delay_ms = parse_ms(duration)
    return Wait(delay_ms, Answer(200, {"delay_ms": delay_ms}))


def call(dial: Dial, parameters: Mapping[str, str]) -> Wait:
    """Wait the dial's delay, or a share of it; answers `{"delay_ms": 500.0}`.

    Raises Problem (400) for an invalid share.
    """
    share = _share(parameters)
    draw = dial.draw()
    delay_ms = _scaled(draw.delay_ms, share)
    return _wait(dial, delay_ms, draw.fault, {"delay_ms": delay_ms})


def weather(dial: Dial, city: str, parameters: Mapping[str, str]) -> Wait:
    """Wait as `call` does; answers `{"city": "Paris", "temp_c": 12.3}`.

    Raises Problem (400) for an invalid city or share.
    """
    report = {"city": checked_city(city), "temp_c": temperature_c(city)}
    share = _share(parameters)
    draw = dial.draw()
    return _wait(dial, _scaled(draw.delay_ms, share), draw.fault, report)


def _share(parameters: Mapping[str, str]) -> float:
    return parse_share(parameters["share"]) if "share" in parameters else 1.0


def _scaled(delay_ms: float, share: float) -> float:
    return round(delay_ms * share, 6)


def _wait(dial: Dial, delay_ms: float, fault: Fault | None, body: object) -> Wait:
    if fault is Fault.ERROR:
        detail = "this error was asked for: see error_rate at /behaviour"
        error = {"error": "injected_error", "detail": detail}
        return Wait(delay_ms, Answer(dial.behaviour.error_status, error), fault)
    return Wait(delay_ms, Answer(200, body), fault)

"""Holding a request, on a loop whose timers cannot be trusted."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

from mock_upstream.hold import Hold


class HastyLoop:
    """Has its timers fired by the test, and so as early as the test likes."""

    def __init__(self) -> None:
        self.timers_s: list[float] = []
        self.fire: Callable[[], None] = lambda: None

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        self.timers_s.append(delay_s)
        self.fire = callback


def hold(loop: object, delay_ms: float) -> list[float]:
    """Begin to hold; what it was held for will be in the list."""
    held_ms: list[float] = []
    assert isinstance(loop, HastyLoop | asyncio.AbstractEventLoop)
    Hold(loop, delay_ms, held_ms.append)  # type: ignore[arg-type]
    return held_ms


def test_a_timer_that_fires_early_is_set_again_for_the_rest() -> None:
    """uvloop's are up to a millisecond early; the client must not notice."""
    loop = HastyLoop()
    since_s = monotonic()
    held_ms = hold(loop, 20)
    while not held_ms:
        loop.fire()

    assert held_ms[0] >= 20
    assert (monotonic() - since_s) * 1000 >= 20
    assert loop.timers_s[0] == pytest.approx(0.02)
    assert loop.timers_s == sorted(loop.timers_s, reverse=True)


def test_a_whole_number_of_milliseconds_gets_no_other_on_top() -> None:
    """Whatever the clock shows: its last bits must not make 20 ms 21."""
    for _ in range(2000):
        loop = HastyLoop()
        hold(loop, 20)
        assert loop.timers_s[0] == pytest.approx(0.02)


@pytest.mark.parametrize("delay_ms", [0.2, 1.7, 20.4])
def test_timers_are_set_in_whole_milliseconds_and_rounded_up(delay_ms: float) -> None:
    """uvloop would round 20.4 ms to 20, and then a second timer would be needed each time."""
    loop = HastyLoop()
    hold(loop, delay_ms)

    assert loop.timers_s[0] * 1000 == pytest.approx(int(delay_ms) + 1)

"""Letting Ctrl-C wait until what was started is known to whoever stops it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """SIGINT and SIGTERM that come in here take effect at its end; keep it short.

    A process is there before `Popen` returns, and an interruption in between would lose it.
    They are put off by handlers, because a blocked signal would stay blocked in what is started.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    came: list[int] = []

    def put_off(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {each: signal.getsignal(each) for each in _SIGNALS}
    caught = [each for each, handler in before.items() if callable(handler)]
    for each in caught:
        signal.signal(each, put_off)
    try:
        yield
    finally:
        for each in caught:
            signal.signal(each, before[each])
        for number in came[:1]:
            signal.raise_signal(number)

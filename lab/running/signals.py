"""Ctrl-C and SIGTERM: both end a run in the same way, and only once, so that clean-up can finish.

Neither may come between the start of a process and the moment at which its end is provided for.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for the first SIGINT or SIGTERM in the block; ignore later ones.

    Stopping the servers takes a few seconds, in which impatient people press Ctrl-C again. Main
    thread only. The previous handlers are restored at the end.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for each in _SIGNALS:
            # Ignored from here on, so that the clean-up is not interrupted.
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def deferred_sigint() -> Iterator[None]:
    """Delay SIGINT and SIGTERM until the end of the block; keep the block short.

    A process exists before `Popen` returns, and an interruption in between would lose it. Handlers
    delay the signals, because a blocked signal would stay blocked in the started process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python handles signals in the main thread only
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

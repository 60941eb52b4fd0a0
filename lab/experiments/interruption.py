"""Ctrl-C and SIGTERM end a run alike, and only once: what follows may not stop its cleaning up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[None]:
    """The first signal raises KeyboardInterrupt in here; those after it are ignored.

    Stopping the servers takes a few seconds, in which impatient people press Ctrl-C again.
    For the main thread alone; the handlers from before are back at the end.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

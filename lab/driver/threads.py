"""Threads: what one costs to start and join, of Python's kind and of the bare system's."""

import ctypes
import threading
from collections.abc import Callable
from time import perf_counter_ns

from lab.driver.account import Account
from lab.driver.command import Answer, Command, CommandError

BATCHES = 20
_POINTER = ctypes.c_void_p


async def threads(command: Command) -> Answer:
    """Starts and joins `requests` threads of each kind; nothing is sent."""
    number = command.whole("requests")
    account = Account()
    try:
        figures = {
            "thread_start_s": thread_start_s(number),
            "thread_bare_s": thread_bare_s(number),
        }
    except (OSError, RuntimeError) as error:  # no thread can be had
        raise CommandError(f"threads: {error}") from None
    account.close()
    return {"figures": figures, "driver": account.as_dict()}


def thread_start_s(number: int) -> list[float]:
    """Seconds for one start and join of a `threading.Thread`, one figure for each batch."""

    def one() -> None:
        thread = threading.Thread(target=_nothing)
        thread.start()
        thread.join()

    return _batches(one, number)


def thread_bare_s(number: int) -> list[float]:
    """The same for a thread of the system's, which runs one function of C and no Python.

    Made with pthread_create and pthread_join; what the two calls cost from Python is
    measured with a function of C that does nothing, and taken off.
    """
    # The interpreter's lock is kept: the new thread has no use for it.
    libc = ctypes.PyDLL(None)
    create, join, nothing = libc.pthread_create, libc.pthread_join, libc.pthread_self
    create.argtypes = [_POINTER, _POINTER, _POINTER, _POINTER]
    join.argtypes = [_POINTER, _POINTER]
    nothing.restype = _POINTER
    thread = ctypes.c_ulong()
    where, run = ctypes.addressof(thread), ctypes.cast(nothing, _POINTER).value

    def one() -> None:
        if create(where, None, run, None):
            raise OSError("no thread left: raise `ulimit -u`")
        join(thread.value, None)

    # Two functions of their own: what a call costs depends on how many arguments it has.
    four, two = ctypes.PyDLL(None).pthread_self, ctypes.PyDLL(None).pthread_self
    four.argtypes, two.argtypes = create.argtypes, join.argtypes

    def calls() -> None:
        if four(where, None, run, None):
            pass
        two(thread.value, None)

    cost_s = min(_batches(calls, number))
    return [max(0.0, each - cost_s) for each in _batches(one, number)]


def _batches(one: Callable[[], None], times: int) -> list[float]:
    each = max(1, times // BATCHES)
    for _ in range(each):
        one()  # the first ones pay for what is made once
    figures_s = []
    for _ in range(BATCHES):
        begin_ns = perf_counter_ns()
        for _ in range(each):
            one()
        figures_s.append((perf_counter_ns() - begin_ns) / each / 1e9)
    return figures_s


def _nothing() -> None:
    pass

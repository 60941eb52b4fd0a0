"""Measure the time to start and join a thread: Python's own, and a bare one of the system."""

import ctypes
import threading
from collections.abc import Callable
from time import perf_counter_ns

from lab.driver.account import Account
from lab.driver.command_fields import Answer, CommandError, DriverCommand

BATCHES = 20
_POINTER = ctypes.c_void_p


async def threads(command: DriverCommand) -> Answer:
    """Start and join `requests` threads of each kind; send nothing.

    Raises CommandError where the system refuses a thread.
    """
    number = command.whole("requests")
    account = Account()
    try:
        figures = {"thread_start_s": thread_start_s(number), "thread_bare_s": thread_bare_s(number)}
    except (OSError, RuntimeError) as error:  # the system refuses another thread
        raise CommandError(f"threads: {error}") from None
    account.close()
    return {"figures": figures, "driver": account.as_dict()}


def thread_start_s(number: int) -> list[float]:
    """Seconds per start and join of a `threading.Thread`: one mean for each of 20 batches."""

    def one() -> None:
        thread = threading.Thread(target=_nothing)
        thread.start()
        thread.join()

    return _batches(one, number)


def thread_bare_s(number: int) -> list[float]:
    """Seconds per start and join of a system thread that runs one C function and no Python.

    It calls pthread_create and pthread_join. The cost of two calls from Python is measured with a
    C function that does almost nothing, and subtracted. One mean for each of 20 batches. Raises
    OSError where the system refuses a thread.
    """
    # PyDLL keeps the interpreter's lock during calls: the new thread does not need it.
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

    # Two function objects, because the cost of a call depends on its number of arguments.
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
        one()  # the first calls include one-time costs
    figures_s = []
    for _ in range(BATCHES):
        begin_ns = perf_counter_ns()
        for _ in range(each):
            one()
        figures_s.append((perf_counter_ns() - begin_ns) / each / 1e9)
    return figures_s


def _nothing() -> None:
    pass

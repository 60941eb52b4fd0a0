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
        figures = {"thread_start_s": thread_start_s(number)} | thread_bare_s(number)
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


def thread_bare_s(number: int) -> dict[str, list[float]]:
    """Seconds for a system thread that runs one C function and no Python.

    `thread_bare_s` is the time of pthread_create and pthread_join, `thread_create_s` of
    pthread_create alone. The cost of the calls from Python is measured with a C function that does
    almost nothing, and subtracted. One mean for each of 20 batches. Raises OSError where the system
    refuses a thread.
    """
    # PyDLL keeps the interpreter's lock during calls: the new thread does not need it.
    libc = ctypes.PyDLL(None)
    create, join, nothing = libc.pthread_create, libc.pthread_join, libc.pthread_self
    create.argtypes = [_POINTER, _POINTER, _POINTER, _POINTER]
    join.argtypes = [_POINTER, _POINTER]
    nothing.restype = _POINTER
    thread = ctypes.c_ulong()
    where, run = ctypes.addressof(thread), ctypes.cast(nothing, _POINTER).value
    # Function objects with the same numbers of arguments, whose call does almost nothing.
    four, two = ctypes.PyDLL(None).pthread_self, ctypes.PyDLL(None).pthread_self
    four.argtypes, two.argtypes = create.argtypes, join.argtypes

    def start() -> None:
        if create(where, None, run, None):
            raise OSError("no thread left: raise `ulimit -u`")

    def end() -> None:
        join(thread.value, None)

    def no_start() -> None:
        if four(where, None, run, None):
            pass

    def no_end() -> None:
        two(thread.value, None)

    def pair(begin: Callable[[], None], finish: Callable[[], None]) -> Callable[[], None]:
        def one() -> None:
            begin()
            finish()

        return one

    cost_s = min(_batches(pair(no_start, no_end), number))
    both_s = _batches(pair(start, end), number)
    # Each start is followed by its join: the C library gives a stack to the next thread only then.
    start_cost_s = min(_first_of_pairs(no_start, no_end, number))
    starts_s = _first_of_pairs(start, end, number)
    return {
        "thread_bare_s": [max(0.0, each - cost_s) for each in both_s],
        "thread_create_s": [max(0.0, each - start_cost_s) for each in starts_s],
    }


def _first_of_pairs(
    first: Callable[[], None], second: Callable[[], None], times: int
) -> list[float]:
    each = max(1, times // BATCHES)
    figures_s = []
    for _ in range(BATCHES):
        spent_ns = 0
        for _ in range(each):
            begin_ns = perf_counter_ns()
            first()
            spent_ns += perf_counter_ns() - begin_ns
            second()
        figures_s.append(spent_ns / each / 1e9)
    return figures_s


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

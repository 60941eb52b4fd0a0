"""Work that needs a processor and waits for nobody."""

from time import thread_time

MAX_MS = 2000


def burn(ms: int) -> None:
    """Keep this thread computing until it has used `ms` milliseconds of processor time.

    Processor time, not the clock's: beside other work it takes longer.
    """
    until = thread_time() + ms / 1000
    while thread_time() < until:
        sum(range(1000))

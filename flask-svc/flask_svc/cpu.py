"""CPU-bound work, which never waits."""

from time import thread_time

MAX_MS = 2000


def burn(ms: int) -> None:
    """Compute in this thread until it has used `ms` milliseconds of processor time.

    Wall-clock time is longer if the thread shares its core with other work.
    """
    until = thread_time() + ms / 1000
    while thread_time() < until:
        sum(range(1000))

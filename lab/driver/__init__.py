"""The load driver: a process that sends what it is told to, and says what came of it.

It is apart from whoever gives the orders, so that nothing else delays a request, and lean, so
that it costs less than what it loads: one thread, an event loop of libuv, and for each
connection a socket and an HTTP parser without anything in between.
`serve.py` is the process, `commands.py` what it can be told, and the other modules one kind
of load each. Times are seconds of the clock below unless a name says otherwise.
"""

from time import perf_counter as clock

__all__ = ["clock"]

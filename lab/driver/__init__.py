"""The load driver: a process that sends the load of a command and returns the samples.

It is a separate process, so that no other work of the lab delays a request. It is lean, so that
it uses less CPU time than the server under test: one thread, uvloop's event loop (libuv), and
for each connection a socket and an HTTP parser with nothing in between.

`serve.py` is the process and the list of commands; each kind of load has a module.
Times are seconds of `clock` unless a name says otherwise.
"""

from time import perf_counter as clock

__all__ = ["clock"]

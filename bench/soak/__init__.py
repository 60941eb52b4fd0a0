"""Stability of the lab in long use: growth of memory, and equal counts.

`make soak` takes ten minutes, with MINUTES=60 an hour. A separate lab, as local processes on free
ports, gets a closed load of all its users without think time, with an upstream delay of 20 ms: some
hundred thousand requests in ten minutes. Memory is the unique set size (USS) of a process. It is
read after a tenth of the time, when the objects that are created once exist, and at the end, while
the load still runs.

Targets, set before the first run: no process grows by more than 10 % plus 4 MiB; no request fails;
client and upstream count the same number of requests. Exit code 0 where all targets are met,
otherwise 1.
"""

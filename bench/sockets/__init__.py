"""Cost of a WebSocket in each server shape: memory, threads, and the time of an echo.

Each target in turn, restarted for each round. Memory is the resident set size (RSS) of all its
processes, minus its value after some first WebSockets had opened and closed. permessage-deflate is
on, since most browsers offer it.

    python -m bench.sockets

Targets: per WebSocket no shape takes more than 4 times the memory of fastapi-svc, and an echo takes
at most 6 times as long.
"""

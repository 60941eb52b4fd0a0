"""What a WebSocket costs in each server shape: memory, threads, and the time of an echo.

Each target in turn, started anew for each round; the memory is the resident set of all its
processes, less what it was after some first WebSockets had come and gone. With
permessage-deflate, since most browsers offer it.

    python -m bench.sockets

Targets: no shape takes more than 4 times the memory of fastapi-svc for a WebSocket, or more
than 6 times as long for an echo.
"""

"""Cost of validation: the same users on three implementations, and a baseline without users.

One worker of each service, in turn, and one client that sends the next request when the last one is
answered, over one connection that stays open (Flask runs with threads, since a sync worker closes
each connection). Latency is measured by the client. CPU time is the service's own, and is the
figure to trust on a busy machine.

    python -m bench.api

Target: for every request, the extension and FastAPI each take at most 3 times the CPU time of Flask
by hand.
"""

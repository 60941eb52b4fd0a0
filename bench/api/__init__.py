"""What validation costs: the same users on three implementations, and what neither has in common.

One worker of each service, in turn, and one client that sends the next request when the
last is answered, over one connection that stays open (Flask on a thread, since a sync
worker closes each). Latency is the client's; processor time is the service's own, and the
figure to trust on a busy machine.

    python -m bench.api

Targets: neither the extension nor FastAPI takes more than 3 times the processor time of
Flask by hand, for any of the requests.
"""

"""What the lab is held against: a load in as few lines as a locustfile can have.

Locust runs it, with `-f bench/dashboard/bare.py`; nothing imports it.
"""

import os

from locust import FastHttpUser, task


class Bare(FastHttpUser):
    """Asks for one route, and asks again."""

    @task
    def ask(self) -> None:
        """One request."""
        self.client.get(os.environ["BENCH_ROUTE"])

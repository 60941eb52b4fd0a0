"""The baseline: a load in the fewest lines that a locustfile can have.

Run by Locust with `-f bench/dashboard/bare.py`; no module imports it.
"""

import os

from locust import FastHttpUser, task


class Bare(FastHttpUser):
    """A user that requests one route again and again."""

    @task
    def ask(self) -> None:
        """Send one request."""
        self.client.get(os.environ["BENCH_ROUTE"])

"""The loads under comparison. To add one, add it to LOADS."""

from typing import NamedTuple


class Load(NamedTuple):
    """A closed load on fastapi-svc: `users` request one route without think time."""

    route: str
    users: int

    def __str__(self) -> str:
        return f"{self.users:,} users, /{self.route}"


LOADS = (
    Load("json", 64),  # no wait: CPU time that the page takes is missing for the load
    Load("async-io", 1_000),  # the lab's own kind: each request waits 1 s for the upstream
)

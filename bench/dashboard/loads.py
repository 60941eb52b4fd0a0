"""The loads under comparison. To add one, add it to LOADS."""

from typing import NamedTuple


class Load(NamedTuple):
    """A closed load on fastapi-svc: so many users ask for one route, without thinking."""

    route: str
    users: int

    def __str__(self) -> str:
        return f"{self.users:,} users, /{self.route}"


LOADS = (
    Load("json", 64),  # nothing waits: every cycle that anything else takes is missing
    Load("async-io", 1_000),  # the lab's own kind: each request waits a second for the upstream
)

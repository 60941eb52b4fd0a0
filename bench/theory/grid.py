"""The grid: targets, routes, numbers of users, and how long a cell is measured."""

from dataclasses import dataclass

from lab.experiments.experiment import Shape

DELAY_S = 0.25
"""The upstream's delay: short enough for a thousand answers a second, long against the overhead."""
USERS = (1, 4, 16, 64, 250, 1000, 2000)
PLACES = (
    ("flask-svc", "io"),
    ("flask-svc", "async-io"),
    ("flask-svc", "json"),
    ("flask-gthread", "io"),
    ("flask-gevent", "io"),
    ("fastapi-svc", "io"),
    ("fastapi-svc", "async-io"),
    ("fastapi-svc", "json"),
)
SHAPES = tuple(Shape(name=name, target=name) for name in dict(PLACES))
ROUNDS = 3
LEAST_S = 3.0
LONGEST_S = 9.0
"""Bounds of the measured time of a cell."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A closed load of `users` without think time on a target's route."""

    target: str
    route: str
    users: int

    @property
    def place(self) -> tuple[str, str]:
        """Target and route."""
        return self.target, self.route

    def __str__(self) -> str:
        return f"{self.target} /{self.route} {self.users}"


def cells(users: tuple[int, ...] = USERS) -> list[Cell]:
    """Return all cells, those of one target and route together."""
    return [Cell(target, route, each) for target, route in PLACES for each in users]

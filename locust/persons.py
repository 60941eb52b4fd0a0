"""Users to create: each is valid by docs/api.md, and no two are alike."""

from itertools import count
from typing import Any

NAMES = ("Ada Lovelace", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Agner Krarup Erlang")
CITIES = (("Kongens Nytorv 1", "København", "1050", "DK"), ("Hauptstraße 7", "Köln", "50667", "DE"))
ROLES = (["admin"], ["editor", "viewer"], ["viewer"], ["admin", "editor", "viewer"])
AGES = 151
_numbers = count()


def person() -> dict[str, Any]:
    """Return the next person; every other one has a nickname."""
    number = next(_numbers)
    street, city, postcode, country = CITIES[number % len(CITIES)]
    made: dict[str, Any] = {
        "name": NAMES[number % len(NAMES)],
        "email": f"user.{number}@example.org",
        "age": number % AGES,
        "address": {"street": street, "city": city, "postcode": postcode, "country": country},
        "roles": ROLES[number % len(ROLES)],
    }
    return made if number % 2 else made | {"nickname": f"number {number}"}

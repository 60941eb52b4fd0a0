"""The requests, and the implementations that receive them."""

import json
from dataclasses import dataclass

BODY = json.dumps(
    {
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        "age": 36,
        "address": {"street": "12 St James", "city": "London", "postcode": "SW1", "country": "GB"},
        "roles": ["admin", "editor"],
    }
)
BAD_BODY = json.dumps({"name": "", "email": "ada", "age": "36", "address": {}, "roles": []})


@dataclass(frozen=True)
class Implementation:
    """The users of one service under one path."""

    name: str
    module: str
    path: str


BY_HAND = Implementation("Flask by hand", "flask_svc", "/manual/users")
EXTENSION = Implementation("Flask, extension", "flask_svc", "/users")
FASTAPI = Implementation("FastAPI", "fastapi_svc", "/users")
IMPLEMENTATIONS = (BY_HAND, EXTENSION, FASTAPI)


@dataclass(frozen=True)
class Request:
    """One request and its expected status; `{users}` stands for the implementation's path."""

    name: str
    method: str
    path: str
    status: int
    body: str = ""


REQUESTS = (
    Request("nothing to check", "GET", "/json", 200),
    Request("read a user", "GET", "{users}/1", 200),
    Request("list 20", "GET", "{users}?limit=20", 200),
    Request("create a user", "POST", "{users}", 201, BODY),
    Request("refuse a user", "POST", "{users}", 400, BAD_BODY),
)

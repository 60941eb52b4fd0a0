"""The answers of app.py's routes, as types.

They are TypedDicts, so that a view returns a plain dictionary on both services. They are the
source of these routes' schemas in both OpenAPI documents. FastAPI also validates by them: of an
answer of the upstream it keeps these fields alone, and one that misses a field is a 500. Flask
passes on whatever came.
"""

from typing import Any

from typing_extensions import TypedDict  # Pydantic accepts typing's only from Python 3.12


class Delay(TypedDict):
    """One answer of the upstream: how long it waited."""

    delay_ms: float


class Answers(TypedDict):
    """The upstream's answer to each part of a request."""

    answers: list[Delay]


class Item(TypedDict):
    """One item that the database has."""

    id: int
    name: str
    price_cents: int
    stock: int


class Ordered(TypedDict):
    """The order that was written."""

    id: int


class Weather(TypedDict):
    """The weather in one city."""

    city: str
    temp_c: float


class Message(TypedDict):
    """A text."""

    message: str


class Burnt(TypedDict):
    """How many milliseconds of processor time were used."""

    ms: int


class Health(TypedDict):
    """The state of the service."""

    status: str


class Program(TypedDict):
    """A program and its version."""

    name: str
    version: str


class Client(Program):
    """The client to the upstream; `connections` is null for no limit."""

    transport: str
    lifetime: str
    connections: int | None


class Description(TypedDict):
    """The shape of the server; a slot count of null means no limit."""

    target: str
    framework: Program
    server: Program
    python: str
    packages: dict[str, str]
    worker_class: str
    worker_model: str
    workers: int
    threads: int
    slots: dict[str, int | None]
    broken_routes: dict[str, str]
    client: Client
    settings: dict[str, Any]

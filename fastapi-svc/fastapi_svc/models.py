"""The request and response models of the small API, identical on both services.

Types are strict: "42" is not accepted as a number, so that a client's mistake becomes visible.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_ID = 2**63 - 1  # SQLite's largest integer
EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"

Role = Literal["admin", "editor", "viewer"]
Line = Annotated[str, Field(min_length=1, max_length=100)]


class Sent(BaseModel):
    """What a client sends: nothing is converted, nothing is left unread."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Address(Sent):
    """Where a user lives."""

    street: Line
    city: Line
    postcode: Annotated[str, Field(min_length=1, max_length=20)]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]


class NewUser(Sent):
    """A user who has no id yet."""

    name: Line
    email: Annotated[str, Field(pattern=EMAIL, max_length=254)]
    age: Annotated[int, Field(ge=0, le=150)]
    address: Address
    roles: Annotated[list[Role], Field(min_length=1, max_length=3)]
    nickname: Annotated[str, Field(min_length=1, max_length=50)] | None = None


class User(NewUser):
    """A user as it is kept."""

    id: Annotated[int, Field(ge=1, le=MAX_ID)]


class Users(BaseModel):
    """Some users, the newest first."""

    users: list[User]


class NewJob(Sent):
    """Work to be done after the answer."""

    fail: bool = False


class Job(BaseModel):
    """Work, and how far it is."""

    id: int
    state: Literal["queued", "running", "done", "failed"]
    detail: str


class StreamLine(BaseModel):
    """One line of a stream."""

    line: int
    of: int
    pid: int


class FieldProblem(BaseModel):
    """What is wrong with one field: its path with dots, empty for the body as a whole."""

    field: str
    problem: str


class ErrorBody(BaseModel):
    """The body of every error; `fields` is there where fields are at fault."""

    error: str
    detail: str
    fields: list[FieldProblem] | None = None

"""Users: create one, read one, list some.

All routes are plain `def` and run in the thread pool, because SQLite blocks its caller.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from fastapi_svc.dependencies import Id, TheStorage
from fastapi_svc.documentation import documented
from fastapi_svc.models import NewUser, Role, User, Users
from fastapi_svc.problems import (
    ContentTooLarge,
    NotFound,
    RequestTimeout,
    StorageBusy,
    StorageFull,
)

users = APIRouter(prefix="/users", tags=["users"], responses=documented(StorageBusy))

Limit = Annotated[int, Query(ge=1, le=100)]


@users.post(
    "",
    status_code=201,
    responses=documented(RequestTimeout, ContentTooLarge, StorageFull),
)
def create_user(user: NewUser, response: Response, storage: TheStorage) -> User:
    """Keep a new user."""
    created = storage.add_user(user.model_dump())
    response.headers["Location"] = f"/users/{created['id']}"
    return User(**created)


@users.get("/{id}", responses=documented(NotFound))
def read_user(id: Id, storage: TheStorage) -> User:
    """Give a user by id."""
    user = storage.user(id)
    if user is None:
        raise NotFound(f"no user has the id {id}")
    return User(**user)


@users.get("")
def list_users(storage: TheStorage, limit: Limit = 20, role: Role | None = None) -> Users:
    """Give the newest users, of one role if it is given."""
    return Users(users=[User(**user) for user in storage.users(limit, role)])

"""Users, with the extension: create one, read one, list some."""

from typing import Annotated, Any

from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from flask_svc.dependencies import Created, IdPath, storage_of
from flask_svc.documentation import documented
from flask_svc.models import NewUser, Role, User, Users
from flask_svc.problems import (
    BadRequest,
    ContentTooLarge,
    NotFound,
    RequestTimeout,
    StorageBusy,
    StorageFull,
)

users = APIBlueprint(
    "users",
    __name__,
    url_prefix="/users",
    abp_tags=[Tag(name="users")],
    abp_responses=documented(BadRequest, StorageBusy),
)


class UsersQuery(BaseModel):
    """Which users."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    role: Role | None = None


@users.post(
    "",
    responses={201: User, **documented(RequestTimeout, ContentTooLarge, StorageFull)},
)
def create_user(body: NewUser) -> Created:
    """Keep a new user."""
    created = storage_of().add_user(body.model_dump())
    return User(**created).model_dump(), 201, {"Location": f"/users/{created['id']}"}


@users.get("/<id>", responses={200: User, **documented(NotFound)})
def read_user(path: IdPath) -> dict[str, Any]:
    """Give a user by id."""
    user = storage_of().user(path.id)
    if user is None:
        raise NotFound(f"no user has the id {path.id}")
    return User(**user).model_dump()


@users.get("", responses={200: Users})
def list_users(query: UsersQuery) -> dict[str, Any]:
    """Give the newest users, of one role if it is given."""
    users = [User(**user) for user in storage_of().users(query.limit, query.role)]
    return Users(users=users).model_dump()

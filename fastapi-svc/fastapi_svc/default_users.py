"""Users whose models have Pydantic's defaults: what FastAPI refuses where nobody asks for more.

The rules of the fields are those of /users. But "36" becomes a number here, and a field that
nobody knows is ignored. Nothing is kept, and no OpenAPI document contains it.
"""

from fastapi import APIRouter
from pydantic import ConfigDict

from fastapi_svc import models

default_users = APIRouter(prefix="/default/users", include_in_schema=False)

DEFAULTS = ConfigDict(strict=False, extra="ignore")


class Address(models.Address):
    """Where a user lives."""

    model_config = DEFAULTS


class NewUser(models.NewUser):
    """A user as the defaults read one."""

    model_config = DEFAULTS

    address: Address


@default_users.post("", status_code=201)
def read_user(user: NewUser) -> NewUser:
    """Give back what was understood."""
    return user

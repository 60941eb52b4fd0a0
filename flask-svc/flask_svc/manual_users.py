"""Users, by hand and without an extension: create one, read one, list some.

Every rule is hand-written code, and no OpenAPI document contains it. The answers are the same
as those of /users, including the text of each field's problem.

The `check_*` functions return a list of `(field path, problem)`, empty for valid input.
"""

import re
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from flask_svc.dependencies import storage_of
from flask_svc.problems import NO_OBJECT, InvalidInput, NotFound

manual_users = Blueprint("manual_users", __name__, url_prefix="/manual/users")

MAX_ID = 2**63 - 1
EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
COUNTRY = "^[A-Z]{2}$"
ROLES = ("admin", "editor", "viewer")
A_ROLE = "Input should be 'admin', 'editor' or 'viewer'"
USER_FIELDS = ("name", "email", "age", "address", "roles", "nickname")
ADDRESS_FIELDS = ("street", "city", "postcode", "country")

Problems = list[tuple[str, str]]


@manual_users.post("")
def create_user() -> ResponseReturnValue:
    """Keep a new user."""
    user: Any = request.get_json(silent=True)
    if problems := check_user(user):
        raise InvalidInput(problems)
    created = storage_of().add_user({name: user.get(name) for name in USER_FIELDS})
    return created, 201, {"Location": f"/manual/users/{created['id']}"}


@manual_users.get("/<id>")
def read_user(id: str) -> ResponseReturnValue:
    """Give a user by id."""
    number, problem = parse_number(id, low=1, high=MAX_ID)
    if problem:
        raise InvalidInput([("id", problem)])
    user = storage_of().user(number)
    if user is None:
        raise NotFound(f"no user has the id {number}")
    return user


@manual_users.get("")
def list_users() -> ResponseReturnValue:
    """Give the newest users, of one role if it is given."""
    problems = []
    limit, problem = parse_number(request.args.get("limit", "20"), low=1, high=100)
    if problem:
        problems.append(("limit", problem))
    role = request.args.get("role")
    if role is not None and role not in ROLES:
        problems.append(("role", A_ROLE))
    if problems:
        raise InvalidInput(problems)
    return {"users": storage_of().users(limit, role)}


def check_user(user: Any) -> Problems:
    """Return the problems of a user."""
    if not isinstance(user, dict):
        return [("", NO_OBJECT)]
    problems = []
    problems += check_text(user, "name", longest=100)
    problems += check_text(user, "email", longest=254, shortest=0, pattern=EMAIL)
    problems += check_age(user)
    problems += check_address(user)
    problems += check_roles(user)
    if user.get("nickname") is not None:
        problems += check_text(user, "nickname", longest=50)
    problems += check_unknown(user, USER_FIELDS)
    return problems


def check_address(user: dict[str, Any]) -> Problems:
    """Return the problems of a user's address, with paths such as `address.city`."""
    if "address" not in user:
        return [("address", "Field required")]
    address = user["address"]
    if not isinstance(address, dict):
        return [("address", NO_OBJECT)]
    problems = []
    problems += check_text(address, "street", longest=100)
    problems += check_text(address, "city", longest=100)
    problems += check_text(address, "postcode", longest=20)
    problems += check_text(address, "country", longest=None, shortest=0, pattern=COUNTRY)
    problems += check_unknown(address, ADDRESS_FIELDS)
    return [(f"address.{field}", problem) for field, problem in problems]


def check_age(user: dict[str, Any]) -> Problems:
    """Return the problems of a user's age."""
    if "age" not in user:
        return [("age", "Field required")]
    age = user["age"]
    if not isinstance(age, int) or isinstance(age, bool):  # True is an int in Python
        return [("age", "Input should be a valid integer")]
    problem = check_range(age, low=0, high=150)
    return [("age", problem)] if problem else []


def check_roles(user: dict[str, Any]) -> Problems:
    """Return the problems of a user's roles, with paths such as `roles.0`."""
    if "roles" not in user:
        return [("roles", "Field required")]
    roles = user["roles"]
    if not isinstance(roles, list):
        return [("roles", "Input should be a valid list")]
    if not roles:
        return [("roles", "List should have at least 1 item after validation, not 0")]
    if len(roles) > 3:
        problem = f"List should have at most 3 items after validation, not {len(roles)}"
        return [("roles", problem)]
    return [(f"roles.{place}", A_ROLE) for place, role in enumerate(roles) if role not in ROLES]


def check_text(
    fields: dict[str, Any],
    name: str,
    *,
    longest: int | None,
    shortest: int = 1,
    pattern: str = "",
) -> Problems:
    """Return the problems of a text field; `shortest` and `longest` are in characters."""
    if name not in fields:
        return [(name, "Field required")]
    text = fields[name]
    if not isinstance(text, str):
        return [(name, "Input should be a valid string")]
    if any("\ud800" <= each <= "\udfff" for each in text):  # half of a surrogate pair
        problem = "Input should be a valid string, unable to parse raw data as a unicode string"
        return [(name, problem)]
    if len(text) < shortest:
        return [(name, "String should have at least 1 character")]
    if longest is not None and len(text) > longest:
        return [(name, f"String should have at most {longest} characters")]
    if pattern and not re.fullmatch(pattern.strip("^$"), text):
        return [(name, f"String should match pattern '{pattern}'")]
    return []


def check_unknown(fields: dict[str, Any], known: tuple[str, ...]) -> Problems:
    """Return a problem for each unknown field."""
    return [(name, "Extra inputs are not permitted") for name in fields if name not in known]


def check_range(number: int, *, low: int, high: int) -> str:
    """Return the problem of a number outside `low` to `high`; an empty text if it is inside."""
    if number < low:
        return f"Input should be greater than or equal to {low}"
    if number > high:
        return f"Input should be less than or equal to {high}"
    return ""


def parse_number(text: str, *, low: int, high: int) -> tuple[int, str]:
    """Parse a number from a URL; return it with its problem, an empty text if it is valid."""
    try:
        number = int(text.encode("ascii"))  # int() alone accepts the digits of any script
    except ValueError:
        problem = "Input should be a valid integer, unable to parse string as an integer"
        return 0, problem
    return number, check_range(number, low=low, high=high)

"""Bad input to the three implementations of the users: one table, and what each answers.

Where they differ, the table says how, so that a difference that is gone fails as well as a
new one. docs/bad-input.md shows the table as the services answered it:
`REWRITE=1 make test ARGS=tests/contract/test_bad_users.py` rewrites it.
"""

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from lab.environment import ROOT

BOTH_RUNTIMES = True

PAGE = ROOT / "docs" / "bad-input.md"
NAMES = ("FastAPI", "Flask", "Flask by hand")
JSON = "application/json"

USER = {
    "name": "Ada",
    "email": "ada@example.org",
    "age": 36,
    "address": {"street": "1 Main Street", "city": "London", "postcode": "N1 9GU", "country": "GB"},
    "roles": ["admin"],
    "nickname": None,
}

REQUIRED = "Field required"
OBJECT = "Input should be a JSON object"
TEXT = "Input should be a valid string"
WHOLE = "Input should be a valid integer"
PARSED = "Input should be a valid integer, unable to parse string as an integer"
LIST = "Input should be a valid list"
ROLE = "Input should be 'admin', 'editor' or 'viewer'"
EXTRA = "Extra inputs are not permitted"
HALF = "Input should be a valid string, unable to parse raw data as a unicode string"
EMPTY = "String should have at least 1 character"
EMAIL = r"String should match pattern '^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$'"
COUNTRY = "String should match pattern '^[A-Z]{2}$'"


def longer_than(characters: int) -> str:
    return f"String should have at most {characters} characters"


def below(number: int) -> str:
    return f"Input should be greater than or equal to {number}"


def above(number: int) -> str:
    return f"Input should be less than or equal to {number}"


@dataclass(frozen=True)
class Answer:
    """A status, and the body except for what changes from run to run; None where it is no JSON."""

    status: int
    body: Any

    def __str__(self) -> str:
        """A cell of the page."""
        if self.body is None:
            return f"{self.status}, without the common body"
        problems = self.body.get("fields")
        if problems:
            told = [f"{shown(each['field'])}: {each['problem']}" for each in problems[:2]]
            more = [f"and {len(problems) - 2} more"] if len(problems) > 2 else []
            return cell(f"{self.status} {'; '.join([*told, *more])}".replace(" : ", " "))
        if "error" in self.body:
            return cell(f"{self.status} {self.body['detail']}")
        return f"**{self.status}**"


def shown(field: str) -> str:
    """A field's path as code; nothing for the body as a whole."""
    return f"`{ascii(field)[1:-1]}`" if field else ""


def cell(text: str) -> str:
    """Text that cannot end its cell; a pattern is code."""
    return re.sub(r"'(\^.*\$)'", r"`\1`", text.replace("|", "\\|"))


def refused(*problems: tuple[str, str]) -> Answer:
    """400, with these fields at fault."""
    first = ": ".join(filter(None, problems[0]))
    fields = [{"field": field, "problem": problem} for field, problem in problems]
    return Answer(400, {"error": "bad_request", "detail": first, "fields": fields})


def taken(**changed: object) -> Answer:
    """201, and the user as it was sent."""
    return Answer(201, USER | changed)


def found(count: int) -> Answer:
    """200, and so many users."""
    return Answer(200, {"users": count})


NO_OBJECT = refused(("", OBJECT))
TOO_LARGE = Answer(
    413,
    {"error": "content_too_large", "detail": "the body has more than BODY_MAX_BYTES=65536 bytes"},
)
TOO_LONG_FOR_GUNICORN = Answer(414, None)


@dataclass(frozen=True)
class Case:
    """One input, and what all three answer, except for those that differ."""

    what: str
    method: str
    path: str
    content: bytes | None
    content_type: str | None
    expected: Answer
    differs: dict[str, Answer] = field(default_factory=dict)

    def expected_of(self, name: str) -> Answer:
        """What one implementation answers."""
        return self.differs.get(name, self.expected)


def sent(
    what: str,
    content: bytes | str,
    expected: Answer,
    content_type: str | None = JSON,
    **differs: Answer,
) -> Case:
    """A body as it goes over the wire."""
    content = content.encode() if isinstance(content, str) else content
    return Case(what, "POST", "", content, content_type, expected, named(differs))


def named(differs: dict[str, Answer]) -> dict[str, Answer]:
    """By the names of the implementations: `by_hand` is no way to write it on a page."""
    names = {"fastapi": "FastAPI", "flask": "Flask", "by_hand": "Flask by hand"}
    return {names[key]: answer for key, answer in differs.items()}


def changed(what: str, *problems: tuple[str, str], **fields: object) -> Case:
    """A good user, except for these fields; without a problem it is taken all the same."""
    expected = refused(*problems) if problems else taken(**fields)
    return sent(what, json.dumps(USER | fields), expected)


def moved(what: str, problem: str, **field: object) -> Case:
    """A good user, except for this field of the address."""
    body = json.dumps(USER | {"address": USER["address"] | field})
    return sent(what, body, refused((f"address.{next(iter(field))}", problem)))


def without(field: str) -> Case:
    """A user that lacks a field."""
    user = {name: value for name, value in USER.items() if name != field}
    return sent(f"no `{field}`", json.dumps(user), refused((field, REQUIRED)))


def homeless(field: str) -> Case:
    """A user whose address lacks a field."""
    address = {name: value for name, value in USER["address"].items() if name != field}
    body = json.dumps(USER | {"address": address})
    return sent(f"no `address.{field}`", body, refused((f"address.{field}", REQUIRED)))


def written(what: str, old: str, new: str | bytes, expected: Answer, **differs: Answer) -> Case:
    """A good user's JSON with one place written otherwise."""
    text = json.dumps(USER).encode()
    new = new.encode() if isinstance(new, str) else new
    assert text.count(old.encode()) == 1
    return sent(what, text.replace(old.encode(), new), expected, **differs)


def asked(what: str, path: str, expected: Answer, **differs: Answer) -> Case:
    """A GET."""
    return Case(what, "GET", path, None, None, expected, named(differs))


def one(id: str, problem: str, **differs: Answer) -> Case:
    return asked(f"`/users/{id}`", f"/{id}", refused(("id", problem)), **differs)


def few(query: str, field: str, problem: str, **differs: Answer) -> Case:
    return asked(f"`?{query}`", f"?{query}", refused((field, problem)), **differs)


def nobody(id: int) -> Answer:
    return Answer(404, {"error": "not_found", "detail": f"no user has the id {id}"})


ALL_MISSING = refused(
    ("name", REQUIRED),
    ("email", REQUIRED),
    ("age", REQUIRED),
    ("address", REQUIRED),
    ("roles", REQUIRED),
)
NO_USER = 9_000_000_000_000_000_000

FIELDS = [
    *[without(field) for field in ("name", "email", "age", "address", "roles")],
    *[homeless(field) for field in ("street", "city", "postcode", "country")],
    sent("`{}`", "{}", ALL_MISSING),
    changed("`name` is null", ("name", TEXT), name=None),
    changed("`email` is null", ("email", TEXT), email=None),
    changed("`age` is null", ("age", WHOLE), age=None),
    changed("`address` is null", ("address", OBJECT), address=None),
    changed("`roles` is null", ("roles", LIST), roles=None),
    moved("`address.city` is null", TEXT, city=None),
    changed("`name` is 1", ("name", TEXT), name=1),
    changed("`name` is true", ("name", TEXT), name=True),
    changed('`name` is `["Ada"]`', ("name", TEXT), name=["Ada"]),
    changed("`name` is `{}`", ("name", TEXT), name={}),
    changed("`name` is empty", ("name", EMPTY), name=""),
    changed("`name` is one space", name=" "),
    changed("`name` has 101 characters", ("name", longer_than(100)), name="x" * 101),
    changed(
        "`name` has 101 characters of two surrogates each",
        ("name", longer_than(100)),
        name="😀" * 101,
    ),
    changed("`name` has 100 of them", name="😀" * 100),
    changed("`name` has a NUL character", name="a\x00b"),
    written("`name` is half of a surrogate pair", '"Ada"', r'"\ud800"', refused(("name", HALF))),
    written("`name` is a whole pair", '"Ada"', r'"\ud83d\ude00"', taken(name="😀")),
    written(
        "`name` has 101 halves", '"Ada"', f'"{chr(92)}ud800{"x" * 100}"', refused(("name", HALF))
    ),
    changed("`email` is empty", ("email", EMAIL), email=""),
    changed("`email` has no @", ("email", EMAIL), email="ada"),
    changed("`email` has no dot after the @", ("email", EMAIL), email="ada@example"),
    changed("`email` has two dots in a row", ("email", EMAIL), email="ada@example..org"),
    changed("`email` ends in a newline", ("email", EMAIL), email="ada@example.org\n"),
    changed("`email` has a letter beyond ASCII", ("email", EMAIL), email="ada@exämple.org"),
    changed("`email` has a digit beyond ASCII", ("email", EMAIL), email="ada@example.٣"),
    changed("`email` has 254 characters", email="a" * 249 + "@b.cd"),
    changed("`email` has 255", ("email", longer_than(254)), email="a" * 250 + "@b.cd"),
    changed('`age` is `"42"`', ("age", WHOLE), age="42"),
    changed("`age` is 42.0", ("age", WHOLE), age=42.0),
    changed("`age` is 42.5", ("age", WHOLE), age=42.5),
    changed("`age` is true", ("age", WHOLE), age=True),
    changed("`age` is `[36]`", ("age", WHOLE), age=[36]),
    changed("`age` is -1", ("age", below(0)), age=-1),
    changed("`age` is 151", ("age", above(150)), age=151),
    changed("`age` is a 1 with 30 zeros", ("age", above(150)), age=10**30),
    written("`age` is -0", "36", "-0", taken(age=0)),
    written("`age` is 1e2", "36", "1e2", refused(("age", WHOLE))),
    written("`age` is 1e400", "36", "1e400", refused(("age", WHOLE))),
    written("`age` is NaN", "36", "NaN", refused(("age", WHOLE))),
    written("`age` is Infinity", "36", "Infinity", refused(("age", WHOLE))),
    written("`age` is -Infinity", "36", "-Infinity", refused(("age", WHOLE))),
    written("`age` has 5000 digits", "36", "9" * 5000, NO_OBJECT),
    written("`age` is 036", "36", "036", NO_OBJECT),
    changed("`address` is a text", ("address", OBJECT), address="London"),
    changed("`address` is a list", ("address", OBJECT), address=[USER["address"]]),
    changed(
        "`address` is `{}`",
        ("address.street", REQUIRED),
        ("address.city", REQUIRED),
        ("address.postcode", REQUIRED),
        ("address.country", REQUIRED),
        address={},
    ),
    moved("`address.street` is empty", EMPTY, street=""),
    moved("`address.street` has 101 characters", longer_than(100), street="x" * 101),
    moved("`address.city` is 1", TEXT, city=1),
    moved("`address.postcode` has 21 characters", longer_than(20), postcode="x" * 21),
    moved("`address.country` is `gb`", COUNTRY, country="gb"),
    moved("`address.country` is `GBR`", COUNTRY, country="GBR"),
    moved("`address.country` is empty", COUNTRY, country=""),
    moved("`address.country` ends in a newline", COUNTRY, country="GB\n"),
    moved("`address.country` is two letters of double width", COUNTRY, country="ＧＢ"),
    moved("an unknown field in `address`", EXTRA, planet="Earth"),
    changed("`roles` is a text", ("roles", LIST), roles="admin"),
    changed("`roles` is an object", ("roles", LIST), roles={"0": "admin"}),
    changed(
        "`roles` is empty",
        ("roles", "List should have at least 1 item after validation, not 0"),
        roles=[],
    ),
    changed(
        "`roles` has four",
        ("roles", "List should have at most 3 items after validation, not 4"),
        roles=["admin"] * 4,
    ),
    changed("`roles` has the same three times", roles=["admin"] * 3),
    changed("an unknown role", ("roles.1", ROLE), roles=["admin", "boss"]),
    changed("a role in capitals", ("roles.0", ROLE), roles=["ADMIN"]),
    changed("a role is 1", ("roles.0", ROLE), roles=[1]),
    changed("a role is null", ("roles.0", ROLE), roles=[None]),
    changed(
        "a role is `{}`, and one is `[]`",
        ("roles.0", ROLE),
        ("roles.2", ROLE),
        roles=[{}, "admin", []],
    ),
    written(
        "a role is half of a surrogate pair",
        '"admin"',
        r'"\ud800"',
        refused(("roles.0", HALF)),
        by_hand=refused(("roles.0", ROLE)),
    ),
    changed("`nickname` is null", nickname=None),
    changed("`nickname` is empty", ("nickname", EMPTY), nickname=""),
    changed("`nickname` is 0", ("nickname", TEXT), nickname=0),
    changed("`nickname` is false", ("nickname", TEXT), nickname=False),
    changed("`nickname` has 51 characters", ("nickname", longer_than(50)), nickname="x" * 51),
    changed("an unknown field", ("rank", EXTRA), rank=1),
    changed("an unknown field without a name", ("", EXTRA), **{"": 1}),
    changed("an `id`", ("id", EXTRA), id=7),
    changed("a field called `address.city`", ("address.city", EXTRA), **{"address.city": "Rome"}),
    sent(
        "one of each kind, in another order",
        json.dumps({"zoo": 1, "alp": 2, **USER, "roles": [], "age": "x", "address": {}}),
        refused(
            ("age", WHOLE),
            ("address.street", REQUIRED),
            ("address.city", REQUIRED),
            ("address.postcode", REQUIRED),
            ("address.country", REQUIRED),
            ("roles", "List should have at least 1 item after validation, not 0"),
            ("zoo", EXTRA),
            ("alp", EXTRA),
        ),
    ),
]

BODIES = [
    sent("nothing at all", b"", NO_OBJECT),
    sent("spaces", "  ", NO_OBJECT),
    sent("broken: `{`", "{", NO_OBJECT),
    sent("a comma too many", json.dumps(USER)[:-1] + ",}", NO_OBJECT),
    sent("single quotes", json.dumps(USER).replace('"', "'"), NO_OBJECT),
    sent("two objects", json.dumps(USER) * 2, NO_OBJECT),
    sent("a list of users", json.dumps([USER]), NO_OBJECT),
    sent("`[]`", "[]", NO_OBJECT),
    sent("`null`", "null", NO_OBJECT),
    sent("`1`", "1", NO_OBJECT),
    sent("`true`", "true", NO_OBJECT),
    sent("`NaN`", "NaN", NO_OBJECT),
    sent('`"Ada"`', '"Ada"', NO_OBJECT),
    sent(
        "a JSON text that holds a user's JSON",
        json.dumps(json.dumps(USER)),
        NO_OBJECT,
        flask=taken(),
    ),
    sent(
        "a JSON text that holds a bad user's JSON",
        json.dumps('{"age": "42"}'),
        NO_OBJECT,
        flask=refused(
            ("name", REQUIRED),
            ("email", REQUIRED),
            ("age", WHOLE),
            ("address", REQUIRED),
            ("roles", REQUIRED),
        ),
    ),
    sent("the same once more wrapped", json.dumps(json.dumps(json.dumps(USER))), NO_OBJECT),
    written("a key twice, the last one good", '"age"', '"age": "x", "age"', taken()),
    written(
        "a key twice, the last one bad",
        '"age": 36',
        '"age": 36, "age": "x"',
        refused(("age", WHOLE)),
    ),
    written(
        "a key that is half of a surrogate pair",
        '"age"',
        r'"\ud800": 1, "age"',
        NO_OBJECT,
        by_hand=refused(("\ud800", EXTRA)),
    ),
    written("a line's end inside a text", "Ada", "A\nda", NO_OBJECT),
    written("bytes that are no UTF-8", "Ada", b"\xff\xfe", NO_OBJECT),
    written("Latin-1", "Ada", "Ægir".encode("latin-1"), NO_OBJECT),
    written("half of a surrogate pair as bytes", "Ada", b"\xed\xa0\x80", refused(("name", HALF))),
    sent("UTF-8 with a byte-order mark", json.dumps(USER).encode("utf-8-sig"), taken()),
    sent("UTF-16", json.dumps(USER).encode("utf-16"), taken()),
    written(
        "100 lists in each other for a name",
        '"Ada"',
        "[" * 100 + "]" * 100,
        refused(("name", TEXT)),
    ),
    sent("30,000 lists in each other", "[" * 30_000 + "]" * 30_000, NO_OBJECT),
    written(
        "30,000 lists in each other for a name",
        '"Ada"',
        "[" * 30_000 + "]" * 30_000,
        NO_OBJECT,
    ),
    sent("65,536 bytes of JSON", f'"{"x" * 65_534}"', NO_OBJECT),
    sent("65,537", f'"{"x" * 65_535}"', TOO_LARGE),
    sent("1 MB", f'"{"x" * 1_000_000}"', TOO_LARGE),
    sent("a user without a content type", json.dumps(USER), NO_OBJECT, None),
    sent("nothing at all, and no content type", b"", NO_OBJECT, None),
    *[
        sent(f"a user as `{kind}`", json.dumps(USER), NO_OBJECT, kind)
        for kind in (
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonl",
            "json",
        )
    ],
    *[
        sent(f"a user as `{kind}`", json.dumps(USER), taken(), kind)
        for kind in (
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/vnd.lab+json",
        )
    ],
    sent("a form", "name=Ada&age=36", NO_OBJECT, "application/x-www-form-urlencoded"),
]

PARAMETERS = [
    *[one(id, below(1)) for id in ("0", "-1", "-0")],
    *[
        one(id, PARSED)
        for id in ("abc", "1.5", "1e3", "0x1", "null", "true", "5_", "%00", "%FF", "1%202")
    ],
    one("9223372036854775808", above(2**63 - 1)),
    asked("`/users/9223372036854775807`", "/9223372036854775807", nobody(2**63 - 1)),
    *[
        asked(f"`/users/{id}`", f"/{id}", nobody(NO_USER))
        for id in (f"%2B{NO_USER}", f"0{NO_USER}", f"%20{NO_USER}", "9_000_000_000_000_000_000")
    ],
    asked(
        f"`/users/{NO_USER}.0`", f"/{NO_USER}.0", nobody(NO_USER), by_hand=refused(("id", PARSED))
    ),
    asked(
        "an id of 19 Arabic digits",
        "/" + "%D9%A3" * 19,
        refused(("id", PARSED)),
    ),
    asked(
        "an id of 4500 digits",
        "/" + "9" * 4500,
        refused(("id", "Unable to parse input string as an integer, exceeded maximum size")),
        flask=TOO_LONG_FOR_GUNICORN,
        by_hand=TOO_LONG_FOR_GUNICORN,
    ),
    few("limit=0", "limit", below(1)),
    few("limit=-1", "limit", below(1)),
    few("limit=101", "limit", above(100)),
    *[few(f"limit={value}", "limit", PARSED) for value in ("", "abc", "1.5", "1e1", "null", "%00")],
    few("limit", "limit", PARSED),
    few("limit=%D9%A3", "limit", PARSED),
    *[asked(f"`?limit={value}`", f"?limit={value}", found(3)) for value in ("%2B3", "+3", "0_3")],
    asked("`?limit=3.0`", "?limit=3.0", found(3), by_hand=refused(("limit", PARSED))),
    asked("`?limit=3&limit=x`", "?limit=3&limit=x", found(3), fastapi=refused(("limit", PARSED))),
    few("limit=x&limit=3", "limit", PARSED, fastapi=found(3)),
    *[few(f"role={value}", "role", ROLE) for value in ("", "boss", "ADMIN", "admin,editor", "%FF")],
    few("role", "role", ROLE),
    asked("`?role=boss&limit=x`", "?role=boss&limit=x", refused(("limit", PARSED), ("role", ROLE))),
    asked("`?limit=3&unknown=1`", "?limit=3&unknown=1", found(3)),
]

SECTIONS = {"The fields of a user": FIELDS, "The body": BODIES, "Ids and parameters": PARAMETERS}
CASES = [case for cases in SECTIONS.values() for case in cases]


def ask(users, case: Case) -> Answer:
    """One request, and its answer without what differs from run to run."""
    headers = {"Content-Type": case.content_type} if case.content_type else {}
    url = users.path + case.path
    answer = users.service.request(case.method, url, content=case.content, headers=headers)
    assert answer.status_code < 500, f"{case.what}: {answer.status_code} {answer.text}"
    return Answer(answer.status_code, comparable(answer, users.path))


def comparable(answer: httpx.Response, path: str) -> Any:
    """The body without ids, with a list's length for the list, and with one path for all."""
    if answer.headers["Content-Type"] != JSON:
        return None
    body = answer.json()
    body.pop("id", None)
    if "users" in body:
        body["users"] = len(body["users"])
    if "detail" in body:
        body["detail"] = body["detail"].replace(path, "/users")
    return body


@pytest.fixture
def filled(three_users, new_user):
    """The three, with enough users in each to fill a list of three."""
    for users in three_users.values():
        for _ in range(3):
            users.create(new_user())
    return three_users


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what[:60])
def test_bad_input_is_answered_as_the_table_says(filled, case):
    """The same status and the very same JSON from all three, or the difference that is known."""
    answers = {name: ask(users, case) for name, users in filled.items()}

    assert answers == {name: case.expected_of(name) for name in NAMES}


def test_a_difference_that_the_table_names_is_one():
    """An entry that says what all three say would hide that the difference is gone."""
    for case in CASES:
        assert case.expected not in case.differs.values(), case.what
    assert len({case.what for case in CASES}) == len(CASES)


def test_what_was_refused_was_not_kept(filled, new_user):
    """Between two good users nothing has been added, whatever was sent."""
    for users in filled.values():
        before = users.create(new_user()).json()["id"]
        for case in CASES:
            if case.method == "POST" and case.expected.status != 201 and not case.differs:
                ask(users, case)

        assert users.create(new_user()).json()["id"] == before + 1


@pytest.mark.parametrize("changed", [{"age": "36"}, {"age": 36.0}, {"age": True}, {"rank": 1}])
def test_pydantics_defaults_take_what_strict_models_refuse(start_twin, new_user, changed):
    """They convert, or ignore; and nothing is kept."""
    client = start_twin("fastapi")
    before = client.get("/users").json()
    user = new_user(**changed)

    strict, default = (client.post(path, json=user) for path in ("/users", "/default/users"))

    assert strict.status_code == 400
    assert (default.status_code, default.json()["age"]) == (201, int(user["age"]))
    assert "rank" not in default.json()
    assert client.get("/users").json() == before
    assert "/default/users" not in client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize("changed", [{"age": 151}, {"age": 36.5}, {"roles": []}, {"address": {}}])
def test_pydantics_defaults_refuse_the_rest(start_twin, new_user, changed):
    """By the same rules, with the same body of errors."""
    client = start_twin("fastapi")
    strict, default = (
        client.post(path, json=new_user(**changed)) for path in ("/users", "/default/users")
    )

    assert strict.status_code == default.status_code == 400
    assert default.json()["error"] == strict.json()["error"]


def test_the_page_shows_what_the_services_answer(filled):
    """docs/bad-input.md, from the answers of this very run."""
    answers = {
        case.what: {name: ask(users, case) for name, users in filled.items()} for case in CASES
    }
    page = page_of(answers)
    if "REWRITE" in os.environ:
        PAGE.write_text(page)

    assert page == PAGE.read_text()


INTRODUCTION = """\
# Bad input

What the services answer to {count} inputs that are not as they must be, or that look as if they were not.
The users are written three times: with FastAPI, with Flask and an extension, and with Flask by hand.
To {same} of these inputs all three give the same status and the very same body; the other {differ} are below.
None of them is ever answered with a 5xx.

This page is made from a real run: `REWRITE=1 make test ARGS=tests/contract/test_bad_users.py` rewrites it, and without `REWRITE` that test compares.
**201** and **200** are the answers to a good request: that input is taken.
At most two of the fields at fault are shown here; the body has them all.

## Where they differ

| input | FastAPI | Flask | Flask by hand |
|---|---|---|---|
{differences}
"""  # noqa: E501  # a sentence in one line


def page_of(answers: dict[str, dict[str, Answer]]) -> str:
    """The page in Markdown."""
    differ = [
        what for what, each in answers.items() if any(each[name] != each["Flask"] for name in NAMES)
    ]
    rows = [
        f"| {cell(what)} | " + " | ".join(str(answers[what][name]) for name in NAMES) + " |"
        for what in differ
    ]
    sections = [
        f"\n## {title}\n\n| input | answer of all three |\n|---|---|\n"
        + "".join(
            f"| {cell(case.what)} | {answers[case.what][NAMES[0]]} |\n"
            for case in cases
            if case.what not in differ
        )
        for title, cases in SECTIONS.items()
    ]
    introduction = INTRODUCTION.format(
        count=len(answers),
        same=len(answers) - len(differ),
        differ=len(differ),
        differences="\n".join(rows),
    )
    return introduction + "".join(sections)

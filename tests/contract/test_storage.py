"""The file of users and jobs: full, locked by another, out of reach, and after a restart."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from lab.targets import target

TWINS = ["flask-svc", "fastapi-svc"]
MODULES = {"flask-svc": "flask_svc", "fastapi-svc": "fastapi_svc"}
# Each of its characters takes twelve bytes of JSON: a user has 5 KB.
WIDE = "😀" * 100
MANY = 1000  # more such users than 1 MB holds
BUSY = {"error": "storage_busy", "detail": "other writers kept the file for 5 s"}


@pytest.fixture(params=TWINS)
def name(request: pytest.FixtureRequest) -> str:
    """Each twin's name in turn."""
    return request.param


@pytest.fixture
def big_user(new_user):
    """A user as big as one can be."""
    address = {"street": WIDE, "city": WIDE, "postcode": WIDE[:20], "country": "GB"}
    return new_user(name=WIDE, address=address, nickname=WIDE[:50], roles=["admin", "viewer"])


def file_of(program, name: str) -> Path:
    """Where a program keeps its users."""
    return program.log.parent / f"{name}.sqlite3"


def until_full(program, path: str, body: object) -> list[int]:
    """The ids of what was created, one after the other, until there is no more room."""
    made = []
    with httpx.Client(base_url=program.url, timeout=30) as service:
        for _ in range(MANY):
            answer = service.post(path, json=body)
            if answer.status_code == 507:
                name = "flask-svc" if "gunicorn" in answer.headers["Server"] else "fastapi-svc"
                assert answer.json() == {
                    "error": "storage_full",
                    "detail": f"{name}.sqlite3 has DATA_MAX_MB=1, or its disk is full: "
                    "raise that, or start again with make down and make up",
                }
                return made
            assert answer.status_code == 201, answer.text
            made.append(answer.json()["id"])
    pytest.fail(f"{MANY} users in 1 MB")


def test_a_full_file_takes_no_more_and_still_answers(serve, name, big_user, new_user):
    """507 with what to do; all that was kept is whole, can be read, and nothing else is there."""
    program = serve(name, DATA_MAX_MB="1")
    made = until_full(program, "/users", big_user)
    made += until_full(program, "/users", new_user())

    assert len(made) > 100
    assert httpx.get(f"{program.url}/users/{made[0]}").json() == big_user | {"id": made[0]}
    newest = httpx.get(f"{program.url}/users", params={"limit": 100, "role": "admin"}).json()
    assert [user["id"] for user in newest["users"]] == made[:-101:-1]
    with closing(sqlite3.connect(file_of(program, name))) as file:
        assert [id for (id,) in file.execute("SELECT id FROM users ORDER BY id")] == made
        roles = "SELECT count(*), count(DISTINCT user_id), max(user_id) FROM roles"
        big = len([id for id in made if "viewer" in roles_of(file, id)])
        assert file.execute(roles).fetchone() == (len(made) + big, len(made), made[-1])
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert file_of(program, name).stat().st_size <= 1024 * 1024


def roles_of(file: sqlite3.Connection, id: int) -> list[str]:
    """The roles by which a user is found."""
    select = "SELECT role FROM roles WHERE user_id = ?"
    return [role for (role,) in file.execute(select, (id,))]


def test_a_write_that_fails_half_way_leaves_nothing(
    run_program, settings_of, name, tmp_path, new_user
):
    """A user whose roles cannot be kept is not kept either."""
    with run_program(MODULES[name], settings_of(target(name)), tmp_path / "log") as program:

        def create() -> httpx.Response:
            return httpx.post(f"{program.url}/users", json=new_user())

        first = create().json()
        with closing(sqlite3.connect(file_of(program, name), isolation_level=None)) as file:
            file.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON roles BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
            assert create().status_code == 500
            file.execute("DROP TRIGGER refuse")
        second = create().json()

        assert second["id"] == first["id"] + 1
        assert httpx.get(f"{program.url}/users").json() == {"users": [second, first]}


@pytest.mark.parametrize("place", ["missing", "file", "file/below", "garbage"])
def test_a_folder_that_cannot_be_written_ends_the_process(name, tmp_path, place):
    """Exit code 2, and one line that names DATA_DIR, its value and the file."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "garbage").mkdir()
    (tmp_path / "garbage" / f"{name}.sqlite3").write_text("no SQLite file" * 100)
    folder = str(tmp_path / place)
    done = subprocess.run(
        [sys.executable, "-m", MODULES[name]],
        env=os.environ | {"DATA_DIR": folder, "TARGET": name},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(f"{name}: DATA_DIR={folder!r}: {folder}/{name}.sqlite3: ")


def test_a_locked_file_is_waited_for_and_then_given_up(serve, name, new_user):
    """503 to who writes, while who reads is served; and once it is free, all is well again."""
    program = serve(name, FLASK_WORKERS="4")  # three of them write, and one is left to read
    first = httpx.post(f"{program.url}/users", json=new_user()).json()
    paths = {
        "flask-svc": ["/users", "/manual/users", "/jobs"],
        "fastapi-svc": ["/users", "/users", "/jobs"],
    }[name]

    def write(path: str) -> httpx.Response:
        body = {} if path == "/jobs" else new_user()
        return httpx.post(program.url + path, json=body, timeout=30)

    with closing(sqlite3.connect(file_of(program, name), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor() as clients:
            writing = clients.map(write, paths)
            assert httpx.get(f"{program.url}/users/{first['id']}").json() == first
            assert httpx.get(f"{program.url}/users").json() == {"users": [first]}
            answers = list(writing)
        other.execute("ROLLBACK")

    assert [answer.status_code for answer in answers] == [503] * 3
    assert [answer.json() for answer in answers] == [BUSY] * 3
    waited_ms = [float(answer.headers["Server-Timing"].split("app;dur=")[1]) for answer in answers]
    assert min(waited_ms) > 4500
    assert [write(path).status_code for path in paths] == [201, 201, 202]
    # The refused are not there, and the two others are.
    users = httpx.get(f"{program.url}/users").json()["users"]
    assert [user["id"] for user in users] == [first["id"] + 2, first["id"] + 1, first["id"]]


def test_users_are_there_after_a_restart(run_program, settings_of, name, tmp_path, new_user):
    """Also where the service was killed; the ids go on."""
    settings = settings_of(target(name)) | {"DATA_DIR": str(tmp_path)}
    made = []
    for _ in range(2):
        with run_program(MODULES[name], settings, tmp_path / "log") as program:
            kept = httpx.get(f"{program.url}/users").json()["users"]
            assert kept == made[::-1]
            made += [httpx.post(f"{program.url}/users", json=new_user()).json() for _ in range(3)]

    assert len({user["id"] for user in made}) == 6

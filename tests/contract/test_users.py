"""Users, written three times: the same requests get the same answers from each."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx

BOTH_RUNTIMES = True

ROUTE = "users"
WRITERS, EACH = 16, 13  # 208 users


def without_id(user):
    """What was sent, as far as it comes back."""
    return {name: value for name, value in user.items() if name != "id"}


def test_a_created_user_is_where_its_location_says(users, new_user):
    """201, the user with an id, and an address that answers the very same."""
    answer = users.create(new_user(nickname="Countess"))
    created = answer.json()

    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"
    assert without_id(created) == new_user(nickname="Countess")
    assert type(created["id"]) is int
    assert answer.headers["Location"] == f"{users.path}/{created['id']}"
    read = users.service.get(answer.headers["Location"])
    assert (read.status_code, read.json()) == (200, created)
    assert users.list(limit=1) == [created]


def test_a_user_without_a_nickname_has_null(users, new_user):
    """Left out or null: the answers are the same, now and later."""
    for user in (new_user(), new_user(nickname=None)):
        created = users.create(user).json()

        assert without_id(created) == new_user(nickname=None)
        assert users.read(created["id"]).json() == created


def test_what_is_in_a_text_comes_back_unchanged(users, new_user):
    """Other scripts, quotes, a line's end, NUL, and what needs two surrogates in JSON."""
    name = "Ægir O'\"\\Сон\u2028\n\x00😀 "

    created = users.create(new_user(name=name)).json()

    assert created["name"] == users.read(created["id"]).json()["name"] == name


def test_a_list_has_the_newest_first(users, new_user):
    """By id, downwards."""
    made = [users.create(new_user(age=age)).json() for age in range(3)]

    assert users.list(limit=3) == made[::-1]
    ids = [user["id"] for user in users.list()]
    assert ids == sorted(ids, reverse=True)


def test_a_list_has_twenty_unless_another_limit_is_asked_for(users, new_user):
    """From 1 to 100."""
    for _ in range(101 - len(users.list(limit=100))):
        users.create(new_user())

    assert [len(users.list(limit=limit)) for limit in (1, 100)] == [1, 100]
    assert len(users.list()) == 20


def test_a_list_of_one_role_has_nobody_else(users, new_user):
    """Whoever has that role among others, once, and the newest first."""
    roles = [["viewer"], ["editor", "viewer"], ["viewer", "viewer"], ["admin"], ["editor"]]
    made = [users.create(new_user(roles=each)).json() for each in roles]

    assert users.list(role="viewer", limit=3) == [made[2], made[1], made[0]]
    assert users.list(role="editor", limit=2) == [made[4], made[1]]
    assert users.list(role="admin", limit=1) == [made[3]]
    for role in ("admin", "editor", "viewer"):
        assert all(role in user["roles"] for user in users.list(role=role, limit=100))


def test_what_one_worker_wrote_the_others_read(users, new_user, eventually):
    """Each worker answers for all of them, at once."""
    written = users.create(new_user())
    address = f"{users.service.base_url.join(users.path)}/{written.json()['id']}"
    pids = {written.headers["X-Worker-Pid"]}

    def read_by_all_four() -> bool:
        read = httpx.get(address)  # a connection of its own, so that any worker may take it
        assert (read.status_code, read.json()) == (200, written.json())
        pids.add(read.headers["X-Worker-Pid"])
        return len(pids) == 4

    eventually(read_by_all_four, "an answer from each of the four workers")


def test_writers_at_once_lose_nothing(users, new_user, eventually):
    """Sixteen clients write into several workers: each user has its own id and can be read."""
    with ExitStack() as opened:
        services: list[httpx.Client] = []
        pids: set[str] = set()

        def connected() -> bool:
            # A kept connection stays with the worker that accepted it. Chance decides which one
            # that is, and on a busy machine one worker may accept many in a row.
            service = httpx.Client(base_url=users.service.base_url, timeout=30)
            services.append(opened.enter_context(service))
            pids.add(service.get("/server").headers["X-Worker-Pid"])
            return len(services) >= WRITERS and len(pids) > 1

        eventually(connected, "connections to two workers")

        def write(service: httpx.Client) -> list[httpx.Response]:
            sent = [new_user(name=f"{id(service)}/{count}") for count in range(EACH)]
            return [service.post(users.path, json=user) for user in sent]

        with ThreadPoolExecutor(len(services)) as clients:
            answers = [answer for all_of in clients.map(write, services) for answer in all_of]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["X-Worker-Pid"] for answer in answers}) > 1
    made = {answer.json()["id"]: answer.json() for answer in answers}
    assert len(made) == len(services) * EACH
    assert {id: users.read(id).json() for id in made} == made


def test_nobody_has_an_id_that_was_not_given_out(users, new_user):
    """404, up to the largest id there is."""
    next_id = users.create(new_user()).json()["id"] + 1

    for id in (next_id, 2**63 - 1):
        answer = users.read(id)
        assert answer.status_code == 404
        assert answer.json() == {"error": "not_found", "detail": f"no user has the id {id}"}


def test_by_hand_and_with_the_extension_they_are_the_same_users(three_users, new_user):
    """What one of Flask's two wrote the other reads."""
    hand, extension = three_users["Flask by hand"], three_users["Flask"]

    for writer, reader in ((hand, extension), (extension, hand)):
        created = writer.create(new_user()).json()
        assert reader.read(created["id"]).json() == created


def test_every_server_shape_keeps_users(any_target, users_of, new_user):
    """Create, read and list work on each target."""
    for users in users_of(any_target):
        created = users.create(new_user())

        assert created.status_code == 201
        assert users.read(created.json()["id"]).json() == created.json()
        assert users.list(limit=1, role="admin") == [created.json()]

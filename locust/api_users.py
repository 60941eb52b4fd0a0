"""A user of the small API: creates a person now and then, and reads in between."""

import json
from collections.abc import Callable
from random import randrange
from time import perf_counter
from typing import Any

import answers
import http_client
from lab_user import LabUser
from locust import task
from persons import person

CYCLE = 10
"""One request out of this number creates a user; the others read."""
LIMIT = 20
LIST = f"/users?limit={LIMIT}"
FIELDS = {"id", "name", "email", "age", "address", "roles", "nickname"}


class ApiUser(LabUser):
    """A user that creates, reads one and lists, and checks each answer against what it knows."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.known: list[dict[str, Any]] = []  # users of the target's last answer
        self.turn = randrange(CYCLE)  # random, so that not all users create at the same time

    @task
    def act(self) -> None:
        """Send one request: per cycle one creation, then in turn the list and one known user."""
        self.turn = (self.turn + 1) % CYCLE
        if self.turn == 0:
            self._create()
        elif self.turn % 2:
            self._list()
        elif self.known:
            self._read(self.known[randrange(len(self.known))])
        else:
            self._create()

    def _create(self) -> None:
        sent = person()
        content = json.dumps(sent).encode()

        def fault(answer: http_client.Answer) -> str | None:
            told = answers.content(answer)
            wanted = {"nickname": None, **sent}
            number = told.pop("id", None) if isinstance(told, dict) else None
            if told != wanted or type(number) is not int:
                return "answered 201, but not with the user that was sent and its id"
            if answer.location != f"/users/{number}":
                return "answered 201, but with another Location"
            self.known = [{"id": number, **wanted}]
            return None

        self._ask("POST", "POST /users", lambda: self.client.post("/users", content), 201, fault)

    def _read(self, known: dict[str, Any]) -> None:
        def fault(answer: http_client.Answer) -> str | None:
            if answers.content(answer) != known:
                return "answered 200, but not with the user of that id"
            return None

        path = f"/users/{known['id']}"
        self._ask("GET", "GET /users/{id}", lambda: self.client.get(path, keep=True), 200, fault)

    def _list(self) -> None:
        def fault(answer: http_client.Answer) -> str | None:
            found = _listed(answers.content(answer))
            if found is None:
                return "answered 200, but not with users, the newest first"
            self.known = found
            return None

        self._ask("GET", "GET /users", lambda: self.client.get(LIST, keep=True), 200, fault)

    def _ask(
        self,
        method: str,
        row: str,
        send: Callable[[], http_client.Answer],
        status: int,
        fault: Callable[[http_client.Answer], str | None],
    ) -> None:
        begin = perf_counter()
        self.record.start()
        try:
            answer = send()
        finally:
            self.record.end()
        latency_ms = (perf_counter() - begin) * 1000
        wrong = answers.fault(answer, status)
        if wrong and answer.status == 404:
            wrong, _, _ = wrong.partition(":")  # the detail names the id
        self.count(method, row, answer, wrong or fault(answer), latency_ms)


def _listed(told: Any) -> list[dict[str, Any]] | None:
    """Users of a list answer; None where it is no list of users, or not the newest first."""
    found = told.get("users") if isinstance(told, dict) else None
    if not isinstance(found, list) or len(found) > LIMIT:
        return None
    if not all(isinstance(each, dict) and each.keys() == FIELDS for each in found):
        return None
    numbers = [each["id"] for each in found]
    return found if numbers == sorted(set(numbers), reverse=True) else None

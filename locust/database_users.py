"""A user of the database: reads items by their ids, in two ways, and orders one now and then."""

from collections.abc import Callable
from itertools import count
from random import Random
from time import perf_counter
from typing import Any

import answers
import http_client
import loads
from lab_user import LabUser
from locust import task

CYCLE = 10
"""One request out of this number orders an item; the others read one, in turn by a query and as an
object of SQLAlchemy."""
ITEMS = 100_000
MOST_ORDERED = 10
FIELDS = {"id", "name", "price_cents", "stock"}
_numbers = count()


class DatabaseUser(LabUser):
    """A user that checks each answer against what it has asked for."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        seed = environment.parsed_options.arrival_seed
        self.random = Random(f"{seed} {loads.part_of(environment).index} {next(_numbers)}")
        # Not all users order at the same time.
        self.turn = self.random.randrange(CYCLE)

    @task
    def act(self) -> None:
        """Send one request about a random item."""
        self.turn = (self.turn + 1) % CYCLE
        number = self.random.randint(1, ITEMS)
        if self.turn == 0:
            self._order(number, self.random.randint(1, MOST_ORDERED))
        else:
            self._read("/orm-read" if self.turn % 2 else "/db-read", number)

    def _read(self, path: str, number: int) -> None:
        def fault(told: Any) -> str | None:
            if not isinstance(told, dict) or told.keys() != FIELDS or told["id"] != number:
                return "answered 200, but not with the item of that id"
            return None

        def send() -> http_client.Answer:
            return self.client.get(f"{path}?id={number}", keep=True)

        self._ask("GET", f"GET {path}", send, 200, fault)

    def _order(self, number: int, amount: int) -> None:
        def fault(told: Any) -> str | None:
            if not isinstance(told, dict) or type(told.get("id")) is not int:
                return "answered 201, but not with the id of an order"
            return None

        def send() -> http_client.Answer:
            return self.client.post(f"/db-write?id={number}&amount={amount}", b"")

        self._ask("POST", "POST /db-write", send, 201, fault)

    def _ask(
        self,
        method: str,
        row: str,
        send: Callable[[], http_client.Answer],
        status: int,
        fault: Callable[[Any], str | None],
    ) -> None:
        begin = perf_counter()
        self.record.start()
        try:
            answer = send()
        finally:
            self.record.end()
        latency_ms = (perf_counter() - begin) * 1000
        wrong = answers.fault(answer, status) or fault(answers.content(answer))
        self.count(method, row, answer, wrong, latency_ms)

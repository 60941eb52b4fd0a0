"""What is read off the database's page, and whether the lab has a database at all."""

from types import SimpleNamespace
from typing import Any

import database_gauge
import httpx
import pytest

from lab.live import tick
from lab.live.database import Client

NOW_S = 100.05


class Page:
    """Answers with what the connections do, as it is told to, or not at all; and a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s, self.status, self.asked = NOW_S, 200, 0
        self.clients: Any = {}
        self.busy(flask_svc=4)
        monkeypatch.setattr(database_gauge, "time", SimpleNamespace(time=lambda: self.now_s))
        self.gauge = database_gauge.DatabaseGauge("http://postgres")
        self.gauge.client = httpx.Client(
            base_url="http://postgres", transport=httpx.MockTransport(self.answer)
        )

    def busy(self, *, idle: int = 0, **busy: int) -> None:
        """Set the busy connections by target, and how many others are idle in a transaction."""
        self.clients = {
            name.replace("_", "-"): {
                "connections": number + idle,
                "busy": number,
                "idle_in_transaction": idle,
            }
            for name, number in busy.items()
        }

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert request.url.path == "/activity"
        if not self.status:
            raise httpx.ConnectError("no page there", request=request)
        told: dict[str, Any] = {"max_connections": 450, "clients": self.clients}
        return httpx.Response(self.status, json=told if self.status == 200 else {"error": "x"})

    def after(self, seconds: float) -> database_gauge.DatabaseGauge:
        """Ask again after some seconds."""
        self.now_s += seconds
        self.gauge.ask()
        return self.gauge


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(monkeypatch)


def test_a_count_is_that_of_its_tick_and_stands_until_the_next_one(page: Page) -> None:
    """Unless that comes after more than a second; who has no connection has 0."""
    first = tick.number(NOW_S)
    assert page.after(0.0).busy_for("flask-svc") == {first: 4}
    page.busy(flask_svc=6)
    page.after(0.3)
    counted = {first: 4, first + 1: 4, first + 2: 4, first + 3: 6}
    assert page.gauge.busy_for("flask-svc") == counted
    assert set(page.gauge.busy_for("fastapi-svc").values()) == {0}

    assert page.after(1.2).busy_for("flask-svc") == counted | {first + 15: 6}
    assert (page.gauge.busy_now("flask-svc"), page.gauge.busy_now("fastapi-svc")) == (6, 0)


def test_what_the_connections_do_is_what_lasted(page: Page) -> None:
    """Between the last two answers; the newest is told of now."""
    page.busy(flask_svc=9, idle=1)
    page.after(0.0)
    page.busy(flask_svc=3, idle=5)
    seen = page.after(0.5).activity

    assert seen
    assert seen.of("flask-svc") == Client(connections=8, busy=9, idle_in_transaction=1)
    assert page.gauge.busy_now("flask-svc") == 3
    assert page.gauge.described(page.now_s) == {
        "silent_s": 0.0,
        "max_connections": 450,
        "connections": 8,
    }


@pytest.mark.parametrize("status", [0, 503])
def test_silence_is_counted_from_the_last_answer(page: Page, status: int) -> None:
    """Of the page, or of the database behind it: then nothing is known of now."""
    page.after(0.0)
    page.status = status
    seen = page.after(2.0)

    assert seen.silent_s(page.now_s + 1.0) == 3.0
    assert (seen.busy_now("flask-svc"), seen.activity) == (None, None)
    assert seen.described(page.now_s) == {
        "silent_s": 2.0,
        "max_connections": 450,
        "connections": None,
    }
    assert tick.number(page.now_s) not in seen.busy_for("flask-svc")
    page.status = 200
    assert page.after(2.0).silent_s(page.now_s + 1.0) == 0.0
    assert seen.busy_now("flask-svc") == 4


@pytest.mark.parametrize(
    ("status", "is_there"), [(0, False), (404, False), (200, True), (503, True)]
)
def test_a_lab_has_a_database_where_its_page_answers(
    page: Page, status: int, is_there: bool
) -> None:
    """Also while the database behind the page does not; another program's page is none."""
    page.status = status

    assert page.gauge.is_found() == page.gauge.is_there == is_there
    assert (page.gauge.described(page.now_s) is not None) == is_there
    if not is_there:
        assert page.gauge.silent_s(page.now_s + 9.0) == 0.0


def test_another_program_on_the_port_is_no_database(page: Page) -> None:
    """Whatever it answers there."""
    page.clients = ["hello"]

    assert not page.gauge.is_found()
    assert page.gauge.described(page.now_s) is None


def test_a_database_is_looked_for_until_it_is_found(page: Page) -> None:
    """It may start later; what has been there is not asked again whether it is."""
    page.status = 0
    assert not page.gauge.is_found()
    page.status = 200
    assert page.gauge.is_found()
    page.status = 0

    assert page.gauge.is_found()
    assert page.asked == 2


def test_before_its_first_answer_nothing_is_known(page: Page) -> None:
    """Of the database behind the page, either."""
    page.status = 503
    page.gauge.ask()

    assert (page.gauge.activity, page.gauge.busy_for("flask-svc")) == (None, {})
    assert page.gauge.described(page.now_s + 1.0) == {
        "silent_s": 1.0,
        "max_connections": None,
        "connections": None,
    }

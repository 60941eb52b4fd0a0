"""A route to the database on the Lab tab: its stations, its sentence, its words, and the arena."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from programs import Program
from running_database import Database, running_database
from running_lab import port_of, running_services

pytestmark = [pytest.mark.browser, pytest.mark.loads]

Lab = Any  # of conftest.py
Windows = Any
ONE_OF_BOTH = {"user_count": 6, "user_classes": ["FastapiSvc"]}


@pytest.fixture(scope="module")
def database(
    upstream_program: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A PostgreSQL that follows the upstream's dial."""
    with running_database(tmp_path_factory.mktemp("database") / "log", upstream_program.url) as one:
        yield one


@pytest.fixture(scope="module")
def database_lab(
    upstream_program: Program,
    database: Database,
    start_lab: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    """A lab with this database; each worker has two connections to it."""
    logs = tmp_path_factory.mktemp("services")
    settings = {"DATABASE_URL": database.url, "DB_POOL": "2"}
    with running_services(upstream_program.url, logs, **settings) as services:
        ports = services.own_ports | {"POSTGRES_PORT": port_of(database.program.url)}
        with start_lab(tmp_path_factory.mktemp("lab"), **ports) as lab:
            yield lab


@pytest.fixture
def lab(database_lab: Lab, database: Database, eventually: Any) -> Iterator[Lab]:
    """The lab without a run, the database as slow as the upstream."""
    eventually(lambda: database.page.get("/dial").json()["delay_ms"] == 600)
    yield database_lab
    database_lab.end()


def card(page: Page) -> Locator:
    return page.get_by_role("article", name="fastapi-svc")


def way(page: Page) -> Locator:
    return card(page).get_by_role("list", name="Where its requests are").get_by_role("listitem")


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (390, "dark")])
def test_the_pool_stands_beside_what_the_database_counts(
    lab: Lab, windows: Windows, width: int, theme: str
) -> None:
    """Also where the route changes during a run; a word says why the prediction is a bound."""
    page = windows.open(f"{lab.url}lab/", width=width, theme=theme)
    lab.begin(**ONE_OF_BOTH, route="async-io")
    expect(way(page).nth(5)).to_contain_text("upstream")
    lab.edit(**ONE_OF_BOTH, route="async-db-wait")

    expect(way(page).nth(4)).to_have_text(re.compile(r"^database pool\s*2 / 2\s*full, 4 wait$"))
    expect(way(page).nth(5)).to_have_text(re.compile(r"^database\s*2 / 450$"))
    expect(card(page).locator(".lab-limit")).to_have_text(
        "Limit: both database connections busy, 4 queries waiting: a larger pool would take them"
    )
    card(page).get_by_role("button", name="database pool").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("spread unevenly over the workers")


def test_the_arena_ends_at_the_database(lab: Lab, windows: Windows) -> None:
    """And the form for a server has its pool."""
    page = windows.open(f"{lab.url}lab/")
    lab.begin(**ONE_OF_BOTH, route="async-db-wait")
    expect(way(page).nth(5)).to_have_text(re.compile(r"^database\s*2 / 450$"))

    page.get_by_role("button", name="Change", exact=True).click()
    pool = page.get_by_role("spinbutton", name="database connections each", exact=True)
    expect(pool).to_have_value("2")
    page.get_by_role("button", name="Arena").click()
    picture = page.get_by_role("dialog").get_by_role("img")
    expect(picture).to_have_attribute("aria-label", re.compile("2 at database pool, 2 at database"))

"""The address of the database, as each driver takes it, in both services alike."""

from types import ModuleType, SimpleNamespace
from typing import Any

import psycopg
import pytest

from fastapi_svc import database_address as of_fastapi
from fastapi_svc import settings as fastapi_settings
from flask_svc import database_address as of_flask
from flask_svc import settings as flask_settings

BOTH = pytest.mark.parametrize("module", [of_flask, of_fastapi], ids=["flask", "fastapi"])
SETTINGS = pytest.mark.parametrize(
    "module", [flask_settings, fastapi_settings], ids=["flask", "fastapi"]
)


def settings(url: str) -> Any:
    """Those that matter here."""
    return SimpleNamespace(
        database_url=url, target="flask-svc", db_statement_timeout_s=1.5, db_pool_timeout_s=0.5
    )


@BOTH
@pytest.mark.parametrize("own", ["", "?sslmode=require"])
def test_psycopg_is_told_name_and_limits(module: ModuleType, own: str) -> None:
    """Beside what the user's own address says."""
    url = f"postgresql://me:se:cret@db.example:5433/shop{own}"
    parts = psycopg.conninfo.conninfo_to_dict(module.of_psycopg(settings(url)))

    assert parts["application_name"] == "flask-svc"
    assert parts["options"] == "-cstatement_timeout=1500"
    assert parts["connect_timeout"] == "2"
    assert (parts["host"], parts["port"], parts["dbname"]) == ("db.example", "5433", "shop")
    assert parts["password"] == "se:cret"
    assert parts.get("sslmode") == ("require" if own else None)


@BOTH
def test_sqlalchemy_has_a_scheme_of_its_own(module: ModuleType) -> None:
    """The rest stays."""
    plain = module.plain(settings("postgresql://lab@db/shop"), "postgresql+asyncpg://")

    assert plain == "postgresql+asyncpg://lab@db/shop"


@BOTH
def test_without_an_address_there_is_no_database(module: ModuleType) -> None:
    """The problem says which setting is empty."""
    with pytest.raises(Exception, match="DATABASE_URL is empty") as raised:
        module.of_psycopg(settings(""))
    assert type(raised.value).__name__ == "DatabaseUnreachable"


@BOTH
@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://lab:lab@db:5432/shop", "postgresql://lab:***@db:5432/shop"),
        ("postgresql://me:a@b:c@db/shop", "postgresql://me:***@db/shop"),
        ("postgresql://lab@db/shop", "postgresql://lab@db/shop"),
        ("postgresql://db/shop", "postgresql://db/shop"),
        ("", ""),
    ],
)
def test_people_do_not_see_the_password(module: ModuleType, address: str, shown: str) -> None:
    """Everything else they do."""
    assert module.without_password(address) == shown


@SETTINGS
def test_another_kind_of_address_is_refused_without_showing_it(module: ModuleType) -> None:
    """It may hold a password."""
    with pytest.raises(module.SettingsError) as refused:
        module.Settings.from_env({"DATABASE_URL": "mysql://me:secret@db/shop"})

    assert str(refused.value).startswith("DATABASE_URL: expected postgresql://")
    assert "secret" not in str(refused.value)

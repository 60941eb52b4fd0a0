"""SQLAlchemy: its engine and its model of the items; loaded when the first request needs it."""

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_svc.psycopg_pools import is_closed
from flask_svc.settings import Settings


class Base(DeclarativeBase):
    """The models."""


class ItemRow(Base):
    """A row of the table items."""

    __tablename__ = "items"
    __table_args__ = ({"schema": "lab"},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price_cents: Mapped[int]
    stock: Mapped[int]


def engine(address: str, settings: Settings) -> Engine:
    """Return an engine with a pool of DB_POOL connections and not one more."""
    made = create_engine(
        address,
        pool_size=settings.db_pool,
        max_overflow=0,
        pool_timeout=settings.db_pool_timeout_s,
        isolation_level="AUTOCOMMIT",
    )
    event.listen(made, "checkout", _refuse_closed)
    return made


def _refuse_closed(connection: Any, *_: object) -> None:
    # pool_pre_ping would ask the server, for each request.
    if is_closed(connection):
        raise DisconnectionError("the server has closed this connection")

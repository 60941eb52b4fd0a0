"""The address of the database, in the forms that the drivers take."""

from flask_svc.problems import DatabaseUnreachable
from flask_svc.settings import Settings

LIBPQ_LEAST_S = 2  # it takes fewer seconds for 2


def plain(settings: Settings, scheme: str = "postgresql://") -> str:
    """Return the address with another scheme. Raises DatabaseUnreachable where there is none."""
    _, separator, rest = settings.database_url.partition("://")
    if not separator:
        raise DatabaseUnreachable("DATABASE_URL is empty: there is no database")
    return f"{scheme}{rest}"


def of_psycopg(settings: Settings, scheme: str = "postgresql://") -> str:
    """Return the address with what psycopg tells the server. Raises DatabaseUnreachable."""
    address = plain(settings, scheme)
    timeout_ms = round(settings.db_statement_timeout_s * 1000)
    connect_s = max(LIBPQ_LEAST_S, round(settings.db_pool_timeout_s))
    own = (
        f"application_name={settings.target}"
        f"&options=-cstatement_timeout%3D{timeout_ms}"
        f"&connect_timeout={connect_s}"
    )
    return f"{address}{'&' if '?' in address else '?'}{own}"


def without_password(address: str) -> str:
    """Return the address for people: *** in place of its password."""
    scheme, separator, rest = address.partition("://")
    who, at, where = rest.rpartition("@")
    user, colon, _ = who.partition(":")
    return f"{scheme}{separator}{user}{colon and ':***'}{at}{where}"

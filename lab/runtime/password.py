"""The dashboard's password, required as soon as other machines can reach the dashboard."""

import secrets
from collections.abc import Mapping

from lab.runtime import RUN
from lab.runtime.checkout import private

USER = "lab"
LOOPBACK = "127.0.0.1"
# Kept until `make down`, so that a second `make up` has the same password.
KEPT = RUN.with_name(f"{RUN.name}-password")


def with_password(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the settings, with a password where the page needs one and none is set."""
    if environ["LAB_BIND"] == LOOPBACK or environ["LAB_PASSWORD"]:
        return environ
    return {**environ, "LAB_PASSWORD": kept() or made_up()}


def kept() -> str:
    """Return the stored password, which is that of the running lab; empty where there is none."""
    return KEPT.read_text(encoding="utf-8") if KEPT.exists() else ""


def keep(password: str) -> None:
    """Store the password in a file that only this user can read; the page's process reads it."""
    forget()
    if password:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        private(KEPT).write_text(password, encoding="utf-8")


def made_up() -> str:
    """Generate a password of 72 random bits, store it and return it."""
    password = secrets.token_urlsafe(9)
    keep(password)
    return password


def forget() -> None:
    """Delete the stored password, so that the next lab gets a new one."""
    KEPT.unlink(missing_ok=True)

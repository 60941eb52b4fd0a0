"""The dashboard's password: asked for as soon as others than this machine can reach it."""

import secrets
from collections.abc import Mapping

from lab.runtime import RUN
from lab.runtime.checkout import private

USER = "lab"
LOOPBACK = "127.0.0.1"
KEPT = RUN.with_name(f"{RUN.name}-password")  # until `make down`, for the next `make up`


def with_password(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The settings with a password where one is needed and none is set."""
    if environ["LAB_BIND"] == LOOPBACK or environ["LAB_PASSWORD"]:
        return environ
    return {**environ, "LAB_PASSWORD": kept() or made_up()}


def kept() -> str:
    """That of the lab that runs; empty where it asks for none."""
    return KEPT.read_text(encoding="utf-8") if KEPT.exists() else ""


def keep(password: str) -> None:
    """Note it where only this user can read it, and where the page's process finds it."""
    forget()
    if password:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        private(KEPT).write_text(password, encoding="utf-8")


def made_up() -> str:
    """A new one."""
    password = secrets.token_urlsafe(9)
    keep(password)
    return password


def forget() -> None:
    """The next lab gets another one."""
    KEPT.unlink(missing_ok=True)

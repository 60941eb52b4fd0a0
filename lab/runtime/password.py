"""The dashboard's password: asked for as soon as others than this machine can reach it."""

import secrets
from collections.abc import Mapping

from lab.runtime import RUN

USER = "lab"
LOOPBACK = "127.0.0.1"
KEPT = RUN.with_name(f"{RUN.name}-password")  # until `make down`, for the next `make up`


def with_password(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The settings with a password where one is needed and none is set."""
    if environ["LAB_BIND"] == LOOPBACK or environ["LAB_PASSWORD"]:
        return environ
    return {**environ, "LAB_PASSWORD": kept() or made_up()}


def kept() -> str:
    """The one that was made up for the lab that runs; empty where there is none."""
    return KEPT.read_text(encoding="ascii") if KEPT.exists() else ""


def made_up() -> str:
    """A new one, kept where only this user can read it."""
    password = secrets.token_urlsafe(9)
    KEPT.touch(mode=0o600)
    KEPT.write_text(password, encoding="ascii")
    return password


def forget() -> None:
    """The next lab gets another one."""
    KEPT.unlink(missing_ok=True)

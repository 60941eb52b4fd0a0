"""The page behind a password, where a whole room can reach it.

Asked for with LAB_PASSWORD, by Locust's own login form. Whoever has not logged in
gets the form, its assets and the health check, and nothing else.
"""

import hmac
import os
import secrets
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gevent
from flask import jsonify, redirect, request, session, url_for
from flask_login import UserMixin, current_user, login_user
from gevent.lock import BoundedSemaphore
from locust.env import Environment
from werkzeug.wrappers import Response

from lab.runtime.password import LOOPBACK, USER

OPEN_TO_ALL = frozenset({"locust.login", "locust.send_assets", "log_in", "healthz"})
PAUSE_S = 1.0  # after a wrong password, for whoever else wants in: guessing takes long
PATIENCE_S = 5.0  # how long one who wants in waits for the others
AT_ONCE = 20  # addresses from which a password is looked at: so many guesses a second in all


class Attendee(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """Whoever knows the password: there is one."""

    id = USER


def password(environ: Mapping[str, str]) -> str:
    """LAB_PASSWORD, or what is in LAB_PASSWORD_FILE; empty where none is asked for."""
    file = Path(environ.get("LAB_PASSWORD_FILE", os.devnull))
    return environ.get("LAB_PASSWORD") or (file.read_text("utf-8") if file.exists() else "")


def refuse_open_page(environ: Mapping[str, str]) -> None:
    """End the process, rather than let a room in without a password."""
    bind = environ.get("LAB_BIND", LOOPBACK)
    if bind != LOOPBACK and not password(environ):
        sys.stderr.write(
            f"locust: LAB_BIND={bind!r} without LAB_PASSWORD: set one, or start the lab with "
            "`make up`, which makes one up\n"
        )
        sys.exit(2)


def register(environment: Environment, wanted: str) -> None:
    """Ask for the password `wanted` before every request to the page."""
    web_ui: Any = environment.web_ui
    app = web_ui.app
    app.config["SECRET_KEY"] = secrets.token_hex()  # whoever is logged in stays so until a restart
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    web_ui.auth_args = {"username_password_callback": "/log-in", "title": "Flask or FastAPI lab"}

    @web_ui.login_manager.user_loader  # type: ignore[untyped-decorator]
    def load(_: str) -> Attendee:
        return Attendee()

    @app.before_request  # type: ignore[untyped-decorator]
    def refuse() -> Response | tuple[Response, int] | None:
        if request.endpoint in OPEN_TO_ALL or current_user.is_authenticated:
            return None
        if request.method == "GET":
            return redirect(url_for("locust.login"))
        return jsonify({"success": False, "message": "Log in first."}), 401

    # Guesses from one address are heard one after another, and those from all of them in a room
    # a few at a time: whoever guesses keeps nobody else out.
    doors: dict[str | None, BoundedSemaphore] = defaultdict(lambda: BoundedSemaphore(1))
    house = BoundedSemaphore(AT_ONCE)

    def turned_away() -> Response:
        session["auth_error"] = "Too many wrong passwords at once: try again in a moment."
        return redirect(url_for("locust.login"))

    @app.post("/log-in", endpoint="log_in")  # type: ignore[untyped-decorator]
    def log_in() -> Response:
        given = f"{request.form.get('username')}:{request.form.get('password')}"
        door = doors[request.remote_addr]
        if not door.acquire(timeout=PATIENCE_S):
            return turned_away()
        if not house.acquire(timeout=PATIENCE_S):
            door.release()
            return turned_away()
        try:
            if hmac.compare_digest(given.encode(), f"{USER}:{wanted}".encode()):
                session["auth_error"] = None
                login_user(Attendee())
                return redirect(url_for("locust.index"))
            gevent.sleep(PAUSE_S)
        finally:
            house.release()
            door.release()
        session["auth_error"] = "User name or password is wrong."
        return redirect(url_for("locust.login"))

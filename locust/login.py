"""The login of Locust's page, for a page that a whole room can reach.

LAB_PASSWORD switches it on; the form is Locust's own. Without a login the page serves the form, its
assets and the health check, and nothing else.
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

PAGES = frozenset({"locust.index", "lab.page", "lab.phones"})
"""The login leads back to these, so that a phone comes to the page whose code it scanned."""

OPEN_TO_ALL = frozenset({"locust.login", "locust.send_assets", "log_in", "healthz"})
PAUSE_S = 1.0  # after a wrong password, so that guessing takes long
PATIENCE_S = 5.0  # longest wait for the login attempts of others
AT_ONCE = 20  # attempts checked at once; with PAUSE_S also the wrong guesses per second


class Attendee(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The page's only user: everybody who knows the password."""

    id = USER


def password(environ: Mapping[str, str]) -> str:
    """Return LAB_PASSWORD, or the content of the file that LAB_PASSWORD_FILE names.

    Empty where the page needs no password.
    """
    file = Path(environ.get("LAB_PASSWORD_FILE", os.devnull))
    return environ.get("LAB_PASSWORD") or (file.read_text("utf-8") if file.exists() else "")


def refuse_open_page(environ: Mapping[str, str]) -> None:
    """End the process with code 2 where other machines could reach the page without a password."""
    bind = environ.get("LAB_BIND", LOOPBACK)
    if bind != LOOPBACK and not password(environ):
        sys.stderr.write(
            f"locust: LAB_BIND={bind!r} without LAB_PASSWORD: set one, or start the lab with "
            "`make up`, which makes one up\n"
        )
        sys.exit(2)


def register(environment: Environment, wanted: str) -> None:
    """Require the password `wanted` for every request to the page."""
    web_ui: Any = environment.web_ui
    app = web_ui.app
    app.config["SECRET_KEY"] = secrets.token_hex()  # new per start: a restart ends every login
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
            if request.endpoint in PAGES:
                session["wanted"] = request.endpoint
            return redirect(url_for("locust.login"))
        return jsonify({"success": False, "message": "Log in first."}), 401

    # One attempt at a time per address, and AT_ONCE over all addresses: guessing from one address
    # does not keep the others out.
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
                return redirect(url_for(session.pop("wanted", "locust.index")))
            gevent.sleep(PAUSE_S)
        finally:
            house.release()
            door.release()
        session["auth_error"] = "User name or password is wrong."
        return redirect(url_for("locust.login"))

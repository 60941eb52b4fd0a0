"""The guard on Locust's page: it refuses requests that Locust would accept.

Without it, anyone who can post to /swarm could point the load at any host, set any option of
Locust, or get an error without a message. Every web page open in the same browser could do
so too, also one whose host name resolves to this machine. The page shows a refusal as a
sentence only where the status is 200 and "success" is false; for any other client a refusal
is an error status.
"""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

import swarm_form
from flask import Request, Response, jsonify, request
from locust.env import Environment
from werkzeug.datastructures import ImmutableMultiDict

from lab.addresses import may_ask

# Locust's page has inline scripts and styles, and Vega compiles its expressions.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'self'",  # the booklet, where a browser shows PDF by a plugin of its own
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def register(environment: Environment, has_database: Callable[[], bool]) -> None:
    """Check every request to the page, and tell browsers what the page may do.

    `has_database` tells whether the lab has a database now.
    """
    assert environment.web_ui is not None
    assert environment.web_ui.app is not None

    @environment.web_ui.app.before_request
    def refuse() -> tuple[Response, int] | None:
        if not may_ask(request.headers.get("Host", ""), os.environ.get("LAB_HOSTS", "")):
            return _refusal(
                f"Host: {request.headers.get('Host', '')!r}: expected an address, localhost or a "
                "name in LAB_HOSTS."
            ), 421
        if _is_foreign(request):
            return _refusal("Only the lab's own page may ask for this."), 403
        if request.endpoint == "locust.update_user":
            return _refusal("The settings of a user class are fixed."), 403
        if request.endpoint == "locust.swarm":
            return _check_form(environment, has_database)
        return None

    @environment.web_ui.app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def _check_form(
    environment: Environment, has_database: Callable[[], bool]
) -> tuple[Response, int] | None:
    state = swarm_form.State.of(environment, has_database)
    fields = dict(request.form.lists())
    try:
        swarm_form.check(fields, state)
    except swarm_form.RefusedError as error:
        is_browser = "Origin" in request.headers  # a browser sends it with every POST
        return _refusal(str(error)), 200 if is_browser else 400
    if state.running:
        # Locust would take the classes from the form, although the run does not know them.
        request.form = ImmutableMultiDict(fields | {"user_classes": sorted(state.running)})
    return None


def _refusal(sentence: str) -> Response:
    return jsonify({"success": False, "message": sentence})


def _is_foreign(sent: Request) -> bool:
    """Whether a page of another origin sent this request.

    A browser sends Origin with every POST and with every fetch across origins. To localhost and
    over TLS it also sends Sec-Fetch-Site, how that origin relates to the page's, which stays
    true behind a proxy that changes the host.
    """
    origin = sent.headers.get("Origin")
    if origin is None or sent.headers.get("Sec-Fetch-Site") == "same-origin":
        return False
    return urlsplit(origin).netloc != sent.host

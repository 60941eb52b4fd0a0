"""HEAD and OPTIONS, which Flask answers by itself; a health checker may ask so.

HEAD is GET without its body. OPTIONS, and a 405, name all methods of a path: FastAPI has a
route for each of them, and would name those of the first.
"""

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def register(app: FastAPI) -> None:
    """Answer HEAD wherever the app answers GET."""
    app.add_middleware(HeadAsGet)


class HeadAsGet:
    """Plain ASGI: the server leaves out the body, since to it the request stays a HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


def allowed(scope: Scope) -> str:
    """The methods of the path that was asked for, as `Allow` has them."""
    routes: list[BaseRoute] = scope["app"].routes
    found = {
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    }
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted({*found, "OPTIONS"}))

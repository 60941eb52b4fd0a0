"""HEAD and OPTIONS, which Flask answers by itself; a health checker may use them.

HEAD is GET without a body. The answer to OPTIONS, and a 405, list all methods of a path:
FastAPI has a separate route for each method, and would list only those of the first.
"""

from contextlib import suppress

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def register(app: FastAPI) -> None:
    """Answer HEAD wherever the app answers GET."""
    app.add_middleware(HeadAsGet)


class HeadAsGet:
    """ASGI middleware that passes HEAD on as GET.

    The server omits the body, because it still sees a HEAD request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            is_stream = message.get("more_body", False)
            await send({**message, "more_body": False} if is_stream else message)
            if is_stream:
                raise Enough

        with suppress(Enough):
            await self._app({**scope, "method": "GET"}, receive, send_head)


class Enough(Exception):
    """The head of a stream is sent; what would follow it for seconds is for no one."""


def allowed(scope: Scope) -> str:
    """Return the methods of the requested path, in the form of the Allow header."""
    routes: list[BaseRoute] = scope["app"].routes
    # Mounted files, which have come to refuse by themselves, have put their place into it.
    asked = {**scope, "root_path": scope.get("app_root_path", scope.get("root_path", ""))}
    found = {
        method
        for method in METHODS
        if any(
            route.matches({**asked, "method": method})[0] is Match.FULL
            for route in routes
            if method == "GET" or not isinstance(route, Mount)
        )
    }
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted({*found, "OPTIONS"}))

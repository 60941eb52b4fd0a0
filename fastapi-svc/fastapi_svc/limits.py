"""How big a body may be and how long it may take: 413 and 408 instead of an endless wait.

Every body is read, whole, before the app is called, so no route ever waits for
a client. Until then a slow one costs a coroutine and its connection.
"""

import asyncio

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi_svc.problems import ContentTooLarge, Problem, RequestTimeout
from fastapi_svc.settings import Settings


def register(app: FastAPI, settings: Settings) -> None:
    """Refuse bodies of more than `body_max_bytes`, or not complete within `body_timeout_s`."""
    # Innermost, so that a refusal tells where its time went, as every answer does.
    app.user_middleware.append(Middleware(Limited, settings=settings))


def too_large(settings: Settings) -> ContentTooLarge:
    """What is said to a body of too many bytes."""
    return ContentTooLarge(f"the body has more than BODY_MAX_BYTES={settings.body_max_bytes} bytes")


def too_slow(settings: Settings) -> RequestTimeout:
    """What is said to a body that is not complete in time."""
    return RequestTimeout(
        f"the body did not arrive within BODY_TIMEOUT_S={settings.body_timeout_s:g} s"
    )


class Limited:
    """Plain ASGI: a request without a body passes straight through."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (length := announced(scope)) is None:
            await self._app(scope, receive, send)
            return
        try:
            body = await self.read(length, receive)
        except Problem as problem:
            # What is still under way is not the next request.
            answer = JSONResponse(problem.body(), problem.status, {"Connection": "close"})
            await answer(scope, receive, send)
        else:
            if body is not None:
                await self._app(scope, replaying(body, receive), send)

    async def read(self, length: int, receive: Receive) -> bytes | None:
        """The whole body; None where the client left; ContentTooLarge or RequestTimeout."""
        if length > self._settings.body_max_bytes:
            raise too_large(self._settings)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return None
                    body += message["body"]
                    if len(body) > self._settings.body_max_bytes:
                        raise too_large(self._settings)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise too_slow(self._settings) from None


def announced(scope: Scope) -> int | None:
    """The length of the body to come, 0 where only its end will tell; None where there is none.

    The server has checked both headers.
    """
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) or None
        if name == b"transfer-encoding":
            return 0
    return None


def replaying(body: bytes, receive: Receive) -> Receive:
    """`receive`, with the body as its first message."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay

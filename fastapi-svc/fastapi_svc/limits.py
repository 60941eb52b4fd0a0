"""Limits on the size of a body and the time to receive it: 413 and 408 instead of a long wait.

The service reads every body completely before it calls the app, so no route waits for a
client. Meanwhile a slow client costs only a coroutine and its connection.
"""

import asyncio

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi_svc.problems import BadRequest, ContentTooLarge, Problem, RequestTimeout
from fastapi_svc.settings import Settings


def register(app: FastAPI, settings: Settings) -> None:
    """Refuse bodies of more than `body_max_bytes`, or incomplete after `body_timeout_s` seconds.

    Call this before `timing.register`, so that a refusal also gets the timing headers.
    """
    app.add_middleware(Limited, settings=settings)


def too_large(settings: Settings) -> ContentTooLarge:
    """Return the problem for a body with too many bytes."""
    return ContentTooLarge(f"the body has more than BODY_MAX_BYTES={settings.body_max_bytes} bytes")


def too_slow(settings: Settings) -> RequestTimeout:
    """Return the problem for a body that is not complete in time."""
    return RequestTimeout(
        f"the body did not arrive within BODY_TIMEOUT_S={settings.body_timeout_s:g} s"
    )


class Limited:
    """ASGI middleware that reads the body first; a request without a body passes through."""

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
            # The rest of the refused body may still arrive; it must not be parsed as a request.
            answer = JSONResponse(problem.body(), problem.status, {"Connection": "close"})
            await answer(scope, receive, send)
        else:
            await self._app(scope, replaying(body, receive), send)

    async def read(self, length: int, receive: Receive) -> bytes:
        """Return the whole body. `length` is the announced length in bytes, 0 if unknown.

        Raises ContentTooLarge, RequestTimeout, or BadRequest where the body broke off. A client
        that has left does not get the answer; one whose chunks granian cannot read does.
        """
        if length > self._settings.body_max_bytes:
            raise too_large(self._settings)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise BadRequest("the body broke off, or its chunks are not well formed")
                    body += message["body"]
                    if len(body) > self._settings.body_max_bytes:
                        raise too_large(self._settings)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise too_slow(self._settings) from None


def announced(scope: Scope) -> int | None:
    """Return the announced length of the body in bytes, 0 for chunked; None without a body.

    The server has already validated both headers.
    """
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) or None
        if name == b"transfer-encoding":
            return 0
    return None


def replaying(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body as its first message, then the original messages."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay

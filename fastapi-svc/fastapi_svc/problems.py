"""The errors that a client gets: a status, one word, one sentence.

Problem
+-- BadRequest            400 bad_request
|   +-- InvalidInput      400 bad_request, with a list of the fields at fault
+-- NotFound              404 not_found
+-- RequestTimeout        408 request_timeout: the body did not arrive in time
+-- ContentTooLarge       413 content_too_large
+-- UpstreamError         502 upstream_error: it answered with another status than 200
+-- UpstreamUnreachable   502 upstream_unreachable: refused or reset
+-- TooManySockets        503 too_many_sockets
+-- StorageBusy           503 storage_busy: other writers held the file too long
+-- DatabaseBusy          503 database_busy: no free connection in time
+-- DatabaseUnreachable   503 database_unreachable: refused or broken
+-- DatabaseReadOnly      503 database_read_only
+-- UpstreamTimeout       504 upstream_timeout
+-- DatabaseTimeout       504 database_timeout: a statement took too long
+-- StorageFull           507 storage_full
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import (
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from fastapi_svc import methods, timing


class Problem(Exception):
    """An error that the service answers with {"error": word, "detail": sentence}."""

    status = 500
    error = "internal_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def body(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return body(self.error, self.detail)


class BadRequest(Problem):
    """The client asked for something that this service does not do."""

    status = 400
    error = "bad_request"


class InvalidInput(BadRequest):
    """Fields or parameters are not as they must be: what is wrong with each, by its path."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__(": ".join(filter(None, fields[0])))
        self.fields = fields

    def body(self) -> dict[str, Any]:
        """Return the body with the list of fields."""
        fields = [{"field": field, "problem": problem} for field, problem in self.fields]
        return {**super().body(), "fields": fields}


class NotFound(Problem):
    """There is no user or job of that id."""

    status = 404
    error = "not_found"


class RequestTimeout(Problem):
    """The body did not arrive in time."""

    status = 408
    error = "request_timeout"


class ContentTooLarge(Problem):
    """The body has more bytes than this service takes."""

    status = 413
    error = "content_too_large"


class UpstreamError(Problem):
    """The upstream answered, with a status other than 200."""

    status = 502
    error = "upstream_error"


class UpstreamUnreachable(Problem):
    """The upstream refused the connection or broke it."""

    status = 502
    error = "upstream_unreachable"


class TooManySockets(Problem):
    """This worker holds as many WebSockets as it may."""

    status = 503
    error = "too_many_sockets"


class StorageBusy(Problem):
    """Other writers kept the file longer than a request waits."""

    status = 503
    error = "storage_busy"


class DatabaseBusy(Problem):
    """A free connection to the database did not come in time."""

    status = 503
    error = "database_busy"


class DatabaseUnreachable(Problem):
    """The database refused the connection or broke it, or there is none."""

    status = 503
    error = "database_unreachable"


class DatabaseReadOnly(Problem):
    """The database takes no writes at present."""

    status = 503
    error = "database_read_only"


class UpstreamTimeout(Problem):
    """The upstream, or a free connection to it, did not come in time."""

    status = 504
    error = "upstream_timeout"


class DatabaseTimeout(Problem):
    """A statement took longer than it may."""

    status = 504
    error = "database_timeout"


class StorageFull(Problem):
    """The file has the size it may have, or its disk is full."""

    status = 507
    error = "storage_full"


NO_OBJECT = "Input should be a JSON object"


def body(error: str, detail: str) -> dict[str, str]:
    """Return the body that every error has, on both services."""
    return {"error": error, "detail": detail}


def field_problem(error: Mapping[str, Any]) -> tuple[str, str]:
    """Return `(field path, problem)` for one of Pydantic's errors."""
    path = () if error["type"] == "json_invalid" else error["loc"][1:]  # without "body" or "query"
    if not path or error["type"] in ("model_type", "model_attributes_type"):
        return ".".join(map(str, path)), NO_OBJECT
    return ".".join(map(str, path)), error["msg"]


def register(app: FastAPI) -> None:
    """Answer every error of the app with that body."""

    @app.exception_handler(Problem)
    async def problem(request: HTTPConnection, error: Problem) -> JSONResponse | None:
        answer = JSONResponse(error.body(), error.status)
        if isinstance(request, WebSocket):  # answer in place of the handshake
            await request.send_denial_response(answer)
            return None
        return answer

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(WebSocketRequestValidationError)
    async def invalid(request: HTTPConnection, error: ValidationException) -> JSONResponse | None:
        # FastAPI validates by itself; its 422 becomes the 400 of both services.
        fields = [field_problem(each) for each in error.errors()]
        return await problem(request, InvalidInput(fields))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        # 404, 405, OPTIONS, and 400 for a body that FastAPI cannot parse as JSON.
        if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI could not parse the body
            unread = InvalidInput([("", NO_OBJECT)])
            return JSONResponse(unread.body(), unread.status)
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allow = {"Allow": methods.allowed(request.scope)}
            if request.method == "OPTIONS":
                return Response(headers=allow)
            return answer_to(request, HTTPStatus.METHOD_NOT_ALLOWED, allow)
        return answer_to(request, HTTPStatus(error.status_code), error.headers)

    @app.exception_handler(Exception)
    async def exception(request: Request, error: Exception) -> JSONResponse:
        # After this answer, Starlette raises the exception again and uvicorn logs it. This
        # handler runs outside all middleware, so it adds the timing headers itself.
        return answer_to(request, HTTPStatus.INTERNAL_SERVER_ERROR, timing.current.get().headers())


def refuse_handshakes(app: FastAPI) -> None:
    """Answer a WebSocket handshake on any other path with 400, 404 or 405, as Flask does.

    Call this last: its route matches every path.
    """

    @app.websocket("/{path:path}")
    async def refuse(websocket: WebSocket, path: str) -> None:
        known = methods.allowed({**websocket.scope, "type": "http"})
        status, headers = HTTPStatus.NOT_FOUND, None
        if "GET" in known:
            status = HTTPStatus.BAD_REQUEST
        elif known != "OPTIONS":  # which any path has
            status, headers = HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": known}
        detail = f"GET {websocket.url.path}: {status.description}"
        answer = JSONResponse(body(status.name.lower(), detail), status, headers)
        await websocket.send_denial_response(answer)


def answer_to(
    request: Request, status: HTTPStatus, headers: Mapping[str, str] | None
) -> JSONResponse:
    """Return an error answer for a status without its own Problem class."""
    detail = f"{request.method} {request.url.path}: {status.description}"
    return JSONResponse(body(status.name.lower(), detail), status, headers)

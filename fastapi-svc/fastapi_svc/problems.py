"""Errors as the client sees them: a status, one word, one sentence.

Problem
+-- BadRequest            400 bad_request
+-- UpstreamError         502 upstream_error: it answered, with a failure
+-- UpstreamUnreachable   502 upstream_unreachable: refused or reset
+-- UpstreamTimeout       504 upstream_timeout
"""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fastapi_svc import timing


class Problem(Exception):
    """An error with an answer: {"error": word, "detail": sentence}."""

    status = 500
    error = "internal_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadRequest(Problem):
    """The client asked for something that this service does not do."""

    status = 400
    error = "bad_request"


class UpstreamError(Problem):
    """The upstream answered, with a status other than 200."""

    status = 502
    error = "upstream_error"


class UpstreamUnreachable(Problem):
    """The upstream refused the connection or broke it."""

    status = 502
    error = "upstream_unreachable"


class UpstreamTimeout(Problem):
    """The upstream, or a free connection to it, did not come in time."""

    status = 504
    error = "upstream_timeout"


def body(error: str, detail: str) -> dict[str, str]:
    """The body that every error has, on both services."""
    return {"error": error, "detail": detail}


def register(app: FastAPI) -> None:
    """Give every error of the app that body."""

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        return JSONResponse(body(error.error, error.detail), error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        """FastAPI checks parameters by itself; its 422 becomes the 400 of both services."""
        first = error.errors()[0]
        detail = f"{first['loc'][-1]}={first['input']!r}: {first['msg']}"
        return JSONResponse(body(BadRequest.error, detail), BadRequest.status)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        """No such route, no such method."""
        return answer_to(request, HTTPStatus(error.status_code), error.headers)

    @app.exception_handler(Exception)
    async def exception(request: Request, error: Exception) -> JSONResponse:
        """Once this has answered, Starlette passes the exception on and uvicorn logs it."""
        # This runs outside of all middleware, so it has to tell the time itself.
        return answer_to(request, HTTPStatus.INTERNAL_SERVER_ERROR, timing.current.get().headers())


def answer_to(
    request: Request, status: HTTPStatus, headers: Mapping[str, str] | None
) -> JSONResponse:
    """The body for a status that has no Problem of its own."""
    detail = f"{request.method} {request.url.path}: {status.description}"
    return JSONResponse(body(status.name.lower(), detail), status, headers)

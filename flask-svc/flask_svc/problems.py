"""Errors as the client sees them: a status, one word, one sentence.

Problem
+-- BadRequest            400 bad_request
+-- UpstreamError         502 upstream_error: it answered, with a failure
+-- UpstreamUnreachable   502 upstream_unreachable: refused or reset
+-- UpstreamTimeout       504 upstream_timeout
"""

from http import HTTPStatus

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException


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


def register(app: Flask) -> None:
    """Give every error of the app that body."""

    @app.errorhandler(Problem)
    def problem(error: Problem) -> ResponseReturnValue:
        return body(error.error, error.detail), error.status

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        """No such route, no such method; and 500, once Flask has logged the exception."""
        status = HTTPStatus(error.code or 500)
        answer = error.get_response()
        answer.data = app.json.dumps(
            body(status.name.lower(), f"{request.method} {request.path}: {status.description}")
        )
        answer.content_type = "application/json"
        return answer

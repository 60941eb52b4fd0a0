"""The errors that a client gets: a status, one word, one sentence.

Problem
+-- BadRequest            400 bad_request
|   +-- InvalidInput      400 bad_request, with a list of the fields at fault
+-- NotFound              404 not_found
+-- RequestTimeout        408 request_timeout: the body did not arrive in time
+-- ContentTooLarge       413 content_too_large
+-- NoSockets             501 not_implemented
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

from http import HTTPStatus
from typing import Any, NoReturn

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException


class Problem(HTTPException):
    """An error that the service answers with {"error": word, "detail": sentence}."""

    status = 500
    error = "internal_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        # For extensions that read it. On the class, Flask would prefer a handler of the status.
        self.code = self.status
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


class NoSockets(Problem):
    """This server shape has no WebSockets."""

    status = 501
    error = "not_implemented"


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


def field_problem(error: ErrorDetails) -> tuple[str, str]:
    """Return `(field path, problem)` for one of Pydantic's errors."""
    path = error["loc"]
    if not path or error["type"] in ("model_type", "model_attributes_type"):
        return ".".join(map(str, path)), NO_OBJECT
    return ".".join(map(str, path)), error["msg"]


def invalid_input(error: ValidationError) -> NoReturn:
    """Raise InvalidInput in place of the extension's own 422 with Pydantic's list."""
    raise InvalidInput([field_problem(each) for each in error.errors()])


def register(app: Flask) -> None:
    """Answer every error of the app with that body."""

    @app.before_request
    def refuse_empty_parts() -> None:
        # Werkzeug would serve /io for //io, and answer other such paths with an HTML redirect.
        if "//" in request.environ["PATH_INFO"]:  # request.path always begins with one slash
            abort(HTTPStatus.NOT_FOUND)

    @app.errorhandler(Problem)
    def problem(error: Problem) -> ResponseReturnValue:
        return error.body(), error.status

    @app.errorhandler(RecursionError)
    def too_deep(error: RecursionError) -> ResponseReturnValue:
        # Python's JSON parser raises this for about a thousand nested brackets; Flask does not
        # handle it.
        return problem(InvalidInput([("", NO_OBJECT)]))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        # 404 and 405; also 500, after Flask has logged the exception.
        status = HTTPStatus(error.code or 500)
        answer = error.get_response()
        answer.data = app.json.dumps(
            body(status.name.lower(), f"{request.method} {request.path}: {status.description}")
        )
        answer.content_type = "application/json"
        return answer

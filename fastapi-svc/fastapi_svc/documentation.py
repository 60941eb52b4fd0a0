"""The OpenAPI document and the pages that show it; their scripts come from here.

FastAPI writes the document of every route by itself, but for the errors: those are told.
"""

from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from fastapi_svc.models import ErrorBody
from fastapi_svc.problems import Problem


def documented_app(**options: Any) -> FastAPI:
    """An app with its document at /openapi.json, and shown at /docs and /redoc."""
    app = FastAPIOffline(
        title="fastapi-svc",
        version="1",
        description="The FastAPI service of the lab.",
        **options,
    )
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        """Without the 422 that FastAPI gives each route: here a bad request is a 400."""
        document = generate()
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for schema in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(schema, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Errors that a route answers with, for its decorator."""
    return {
        problem.status: {"model": ErrorBody, "description": problem.__doc__} for problem in problems
    }

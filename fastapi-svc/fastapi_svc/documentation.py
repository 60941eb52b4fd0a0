"""The OpenAPI document and the pages that show it; their scripts come from here.

FastAPI writes the document of every route by itself, but for the errors: those are told.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html
from fastapi.responses import HTMLResponse
from fastapi_offline import FastAPIOffline

from fastapi_svc.models import ErrorBody
from fastapi_svc.problems import Problem


def documented_app(**options: Any) -> FastAPI:
    """An app with its document at /openapi.json, and shown at /docs and /redoc."""
    app = FastAPIOffline(
        title="fastapi-svc",
        version="1",
        description="The FastAPI service of the lab.",
        redoc_url=None,
        **options,
    )

    @app.get("/redoc", include_in_schema=False)
    async def redoc() -> HTMLResponse:
        """As fastapi-offline has it, but for the policy: ReDoc would fetch its maker's logo."""
        page = get_redoc_html(
            openapi_url="/openapi.json",
            title="fastapi-svc - ReDoc",
            redoc_js_url="/static-offline-docs/redoc.standalone.js",
            redoc_favicon_url="/static-offline-docs/favicon.png",
            with_google_fonts=False,
        )
        page.headers["Content-Security-Policy"] = "img-src 'self' data:"
        return page

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

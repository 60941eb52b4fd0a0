"""The OpenAPI document and its pages, whose scripts come from this service, not from a CDN.

FastAPI documents every route by itself, but not its errors: `documented` declares them.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html
from fastapi.responses import HTMLResponse
from fastapi_offline import FastAPIOffline

from fastapi_svc.models import ErrorBody
from fastapi_svc.problems import Problem


def documented_app(**options: Any) -> FastAPI:
    """Create an app with its OpenAPI document at /openapi.json, and pages at /docs and /redoc.

    `options` are FastAPI's.
    """
    app = FastAPIOffline(
        title="fastapi-svc",
        version="1",
        description="The FastAPI service of the lab.",
        redoc_url=None,
        **options,
    )

    @app.get("/redoc", include_in_schema=False)
    async def redoc() -> HTMLResponse:
        """As fastapi-offline has it, except for the policy: ReDoc would fetch its maker's logo."""
        page = get_redoc_html(
            openapi_url="/openapi.json",
            title="fastapi-svc - ReDoc",
            redoc_js_url="/static-offline-docs/redoc.standalone.js",
            redoc_favicon_url="/static-offline-docs/favicon.png",
            with_google_fonts=False,
        )
        page.headers["Content-Security-Policy"] = "img-src 'self' data:"
        return page

    @app.get("/", include_in_schema=False)
    async def index() -> dict[str, str]:
        """Say what this is, and where its routes are documented."""
        return {"service": "fastapi-svc", "docs": "/docs"}

    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = titled(without_422(generate()))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def without_422(document: dict[str, Any]) -> dict[str, Any]:
    """Return FastAPI's document without its 422: in this service a bad request is a 400.

    No option of FastAPI removes it, except for documenting a "4XX" or a "default" on each route,
    which would allow every status.
    """
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    for schema in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(schema, None)
    return document


def titled(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with each docstring's first line as title, and a group for each route.

    FastAPI makes a title from the function's name: "Io", "Async Io". ReDoc does not draw a long
    list of routes without a group before somebody scrolls to it.
    """
    for path in document["paths"].values():
        for operation in path.values():
            operation["summary"], _, rest = operation.pop("description").partition("\n")
            if rest:
                operation["description"] = rest.strip()
            asks = "asks" if "504" in operation["responses"] else "does not ask"
            operation.setdefault("tags", [f"{asks} the upstream"])
    return document


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a route, for its decorator: model and text by status."""
    return {
        problem.status: {"model": ErrorBody, "description": problem.__doc__} for problem in problems
    }

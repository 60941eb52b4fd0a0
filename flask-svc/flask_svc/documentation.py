"""The OpenAPI document and the pages that show it; their scripts come from here.

The extension documents the routes that are written with it, and no other: those of
app.py are plain Flask, and so is what is written by hand.
"""

from typing import Any

from flask_openapi import Info, OpenAPI

from flask_svc.models import ErrorBody
from flask_svc.problems import Problem, invalid_input


def documented_app(import_name: str) -> OpenAPI:
    """An app with its document at /openapi.json, and shown at /docs and /redoc."""
    app = OpenAPI(
        import_name,
        info=Info(title="flask-svc", version="1", description="The Flask service of the lab."),
        doc_prefix="",
        validation_error_status=400,
        validation_error_model=ErrorBody,
        validation_error_callback=invalid_input,
    )
    app.openapi_version = "3.1.0"  # what the extension writes is valid as that, too
    # The extension has it at /swagger.
    app.add_url_rule("/docs", view_func=app.view_functions["swagger.swagger"])
    return app


def documented(*problems: type[Problem]) -> dict[str | int, Any]:
    """Errors that a route answers with, for its decorator."""
    return {problem.status: ErrorBody for problem in problems}

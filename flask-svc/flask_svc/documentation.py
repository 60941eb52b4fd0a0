"""The OpenAPI document and its pages, whose scripts come from this service, not from a CDN.

The extension documents only routes written with its blueprints. `manual_documentation` adds the
routes of app.py; those of manual_users.py are in no document.
"""

from typing import Any

from flask_openapi import Info

from flask_svc.manual_documentation import OpenAPIFlask
from flask_svc.models import ErrorBody
from flask_svc.problems import Problem, invalid_input

# Replaces the extension's own page, which does not load this script as the module that it is.
# The policy keeps ReDoc from fetching its maker's logo from the internet.
REDOC = """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="img-src 'self' data:">
  <title>flask-svc - ReDoc</title>
  <link rel="shortcut icon" href="redoc/images/redoc.svg">
  <style>body { margin: 0; }</style>
</head>
<body>
  <div id="redoc"></div>
  <script type="module">
    import { init } from "./redoc/js/redoc.standalone.js";
    init("openapi.json", {}, document.getElementById("redoc"));
  </script>
</body>
</html>
"""


def documented_app(import_name: str) -> OpenAPIFlask:
    """Create an app with its OpenAPI document at /openapi.json, and pages at /docs and /redoc."""
    app = OpenAPIFlask(
        import_name,
        info=Info(title="flask-svc", version="1", description="The Flask service of the lab."),
        doc_prefix="",
        validation_error_status=400,
        validation_error_model=ErrorBody,
        validation_error_callback=invalid_input,
    )
    app.openapi_version = "3.1.0"  # the extension's document is also valid as 3.1.0
    app.config["REDOC_HTML_STRING"] = REDOC
    # The extension serves this page at /swagger; FastAPI has it at /docs.
    app.add_url_rule("/docs", view_func=app.view_functions["swagger.swagger"])
    # The extension has a page of links at /; both services answer this instead.
    app.view_functions["openapi.openapi"] = index
    return app


def index() -> dict[str, str]:
    """Say what this is, and where its routes are documented."""
    return {"service": "flask-svc", "docs": "/docs"}


def documented(*problems: type[Problem]) -> dict[str | int, Any]:
    """Return the error responses of a route, for its decorator: a model by status."""
    return {problem.status: ErrorBody for problem in problems}

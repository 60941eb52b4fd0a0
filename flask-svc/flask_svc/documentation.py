"""The OpenAPI document and the pages that show it; their scripts come from here.

The extension documents the routes that are written with it, and no other: those of
app.py are plain Flask, and so is what is written by hand.
"""

from typing import Any

from flask_openapi import Info, OpenAPI

from flask_svc.models import ErrorBody
from flask_svc.problems import Problem, invalid_input

# The extension's own page loads this script as no module, which it is. The policy keeps
# ReDoc from fetching its maker's logo.
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
    app.config["REDOC_HTML_STRING"] = REDOC
    # The extension has it at /swagger.
    app.add_url_rule("/docs", view_func=app.view_functions["swagger.swagger"])
    return app


def documented(*problems: type[Problem]) -> dict[str | int, Any]:
    """Errors that a route answers with, for its decorator."""
    return {problem.status: ErrorBody for problem in problems}

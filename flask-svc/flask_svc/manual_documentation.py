"""The OpenAPI operations of app.py and database.py, by hand: plain Flask documents nothing.

A view's docstring gives the summary, its return annotation the schema of its answer. Its
parameters and errors are repeated here; a contract test compares them with FastAPI's document.
"""

import inspect
from typing import Any, get_args, get_origin, get_type_hints

from flask import Flask
from flask_openapi import OpenAPI
from flask_openapi.models import OPENAPI3_REF_TEMPLATE
from pydantic import TypeAdapter

from flask_svc import cpu
from flask_svc.database import MAX_AMOUNT, MAX_ITEM
from flask_svc.problems import (
    BadRequest,
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseTimeout,
    DatabaseUnreachable,
    NotFound,
    Problem,
    StorageFull,
    UpstreamError,
    UpstreamTimeout,
)

PARTS = {"type": "integer", "minimum": 1, "maximum": 64}
MS = {"type": "integer", "minimum": 0, "maximum": cpu.MAX_MS, "default": 20}
ID = {"type": "integer", "minimum": 1, "maximum": MAX_ITEM, "default": 1}
AMOUNT = {"type": "integer", "minimum": 1, "maximum": MAX_AMOUNT, "default": 1}
TEXT = {"type": "string"}
CITY = {"type": "string", "minLength": 1, "maxLength": 100, "default": "London"}

PARAMETERS: dict[str, dict[str, Any]] = {
    "/io": {"parts": {**PARTS, "default": 1}},
    "/async-io": {},
    "/async-io-multi": {"parts": {**PARTS, "default": 2}},
    "/blocking-io": {},
    "/weather": {"city": CITY},
    "/json": {},
    "/cpu": {"ms": MS},
    "/async-cpu": {"ms": MS},
    "/healthz": {},
    "/server": {},
    "/db-wait": {},
    "/async-db-wait": {},
    "/blocking-db-wait": {},
    "/db-dependency": {},
    "/db-stream": {
        "n": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10},
        "every_ms": {"type": "integer", "minimum": 0, "maximum": 10_000, "default": 100},
    },
    "/db-read": {"id": ID},
    "/db-write": {"id": ID, "amount": AMOUNT},
    "/orm-read": {"id": ID},
}
WAITING = ("/io", "/async-io", "/async-io-multi", "/blocking-io", "/weather")
DATABASE = (DatabaseBusy, DatabaseUnreachable, DatabaseTimeout)
PROBLEMS: dict[str, tuple[type[Problem], ...]] = {
    **dict.fromkeys(WAITING, (UpstreamError, UpstreamTimeout)),
    **dict.fromkeys(("/db-wait", "/async-db-wait", "/blocking-db-wait"), DATABASE),
    **dict.fromkeys(("/db-dependency", "/db-stream"), DATABASE),
    **dict.fromkeys(("/db-read", "/orm-read"), (*DATABASE, NotFound)),
    "/db-write": (*DATABASE, DatabaseReadOnly, StorageFull),
}
POSTS = ("/db-write",)
TEXTS = ("/db-stream",)


class OpenAPIFlask(OpenAPI):
    """The extension's app with Flask's own `get`, so that the routes of app.py are plain Flask."""

    get = Flask.get


def add_operations(app: OpenAPIFlask) -> None:
    """Add the paths of PARAMETERS to the document. Call this after their views are registered."""
    views = {rule.rule: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    for path in PARAMETERS:
        if path in TEXTS:
            app.paths[path] = {"get": operation(path, views[path], "")}
            continue
        told = get_type_hints(views[path])["return"]
        # A view that creates something returns its status, too.
        adapter: TypeAdapter[Any] = TypeAdapter(
            get_args(told)[0] if get_origin(told) is tuple else told
        )
        schema = adapter.json_schema(ref_template=OPENAPI3_REF_TEMPLATE, mode="serialization")
        app.components_schemas |= schema.pop("$defs", {})
        app.components_schemas[schema["title"]] = schema
        method = "post" if path in POSTS else "get"
        app.paths[path] = {method: operation(path, views[path], schema["title"])}


def operation(path: str, view: Any, model: str) -> dict[str, Any]:
    """Return the operation of a view, whose answer has the schema of the name `model`."""
    summary, _, description = (inspect.getdoc(view) or "").partition("\n")
    problems: tuple[type[Problem], ...] = (BadRequest, *PROBLEMS.get(path, ()))
    return {
        "operationId": view.__name__,
        "tags": [_tag(path)],
        "summary": summary,
        "description": description.strip() or None,
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in PARAMETERS[path].items()
        ],
        "responses": {
            "201" if path in POSTS else "200": answer("OK", model),
            **{str(each.status): answer(each.__doc__, "ErrorBody") for each in problems},
        },
    }


def _tag(path: str) -> str:
    if path in WAITING:
        return "asks the upstream"
    return "asks the database" if path in PROBLEMS else "does not ask the upstream"


def answer(description: str | None, model: str) -> dict[str, Any]:
    """Return an answer of an operation: JSON with the schema of the name `model`; "" for a text."""
    if not model:
        return {"description": description, "content": {"text/plain": {"schema": TEXT}}}
    schema = {"$ref": OPENAPI3_REF_TEMPLATE.format(model=model)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}

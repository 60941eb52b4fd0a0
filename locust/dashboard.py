"""The Lab tab on Locust's page, and the routes under /lab that it asks; see docs/state.md.

The tab is an entry of `extended_tabs`, for which web/tab.js provides the drawing before
Locust's own script runs. Where that fails, Locust shows the plain table of the same key.
"""

import json
from pathlib import Path
from typing import Any

import gevent
import qr
import room
import runs
from flask import Blueprint, Response, request, send_from_directory
from locust.env import Environment
from passing import passed_on, problem
from watching import Watch

from lab import server_shape
from lab.live import plain_table

KEY = "lab"
WEB = Path(__file__).with_name("web")
PATIENCE_S = 3.0


def register(environment: Environment, watch: Watch) -> None:
    """Add the tab, and all routes under /lab."""
    web_ui: Any = environment.web_ui
    web_ui.template_args["extended_tabs"] = [{"key": KEY, "title": "Lab"}]
    web_ui.template_args["extended_tables"] = [{"key": KEY, "structure": plain_table.STRUCTURE}]
    web_ui.app.register_blueprint(_blueprint(watch), url_prefix="/lab")


def _blueprint(watch: Watch) -> Blueprint:
    # Imported here, because a load worker has no use for it and the import takes a second.
    from lab import charts

    pages = Blueprint("lab", __name__)
    gevent.spawn(charts.javascript)  # made now, since the first page may ask under load
    specs = charts.specs_json()

    @pages.get("/")
    def page() -> Response:
        return send_from_directory(WEB, "lab.html")

    @pages.get(f"/{qr.PAGE}")
    def phones() -> Response:
        return send_from_directory(WEB, qr.PAGE)

    @pages.get("/qr.svg")
    def code() -> Response:
        answer = Response(qr.svg(qr.address(request.base_url)), mimetype="image/svg+xml")
        answer.headers["Cache-Control"] = "no-store"  # it is another one under another address
        return answer

    @pages.get("/static/<name>")
    def static_file(name: str) -> Response:
        return send_from_directory(WEB, name)

    @pages.get("/vega.js")
    def vega() -> Response:
        answer = Response(charts.javascript(), mimetype="text/javascript")
        answer.headers["Cache-Control"] = "no-cache"
        answer.add_etag()
        answer.make_conditional(request)  # a browser loads the 0.9 MB only once
        return answer

    @pages.get("/charts")
    def figures() -> Response:
        return Response(specs, mimetype="application/json")

    @pages.get("/state")
    def show_state() -> Response:
        answer = Response(json.dumps(watch.state), mimetype="application/json")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @pages.route("/behaviour", methods=["GET", "PUT", "DELETE"])
    def behaviour() -> Response:
        # The upstream's dial. The page passes it on, because a browser reaches no other server.
        return passed_on(
            "mock-upstream",
            lambda: watch.gauge.client.request(
                request.method, "/behaviour", content=request.get_data(), timeout=PATIENCE_S
            ),
        )

    @pages.get("/server/<name>")
    def server(name: str) -> Response:
        if name not in watch.servers.urls:
            return _unknown(name, watch)
        return passed_on(name, lambda: watch.servers.introduce(name))

    @pages.get("/shapes")
    def shapes() -> Response:
        return Response(json.dumps(server_shape.form()), mimetype="application/json")

    @pages.route("/shape/<name>", methods=["GET", "PUT", "DELETE"])
    def shape(name: str) -> Response:
        # The target's dial: its supervisor replaces the server.
        if name not in watch.servers.urls:
            return _unknown(name, watch)
        method, body = request.method, request.get_data()
        answer = passed_on(
            f"the supervisor of {name}",
            lambda: watch.servers.shape(name, method, body),
            refused=f"{name} has no supervisor that answers: its shape stays as it is",
        )
        if method != "GET":
            watch.servers.ask_supervisor(name)  # so that the next state has the new slots
        return answer

    runs.add_to(pages, watch)
    room.add_to(pages)
    return pages


def _unknown(name: str, watch: Watch) -> Response:
    known = ", ".join(watch.servers.urls)
    return problem(404, "not_found", f"no target {name!r}: expected one of {known}")

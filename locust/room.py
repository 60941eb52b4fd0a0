"""Routes of the room: who passed which exercise.

GET, POST /lab/passes       the passes; a POST sends `name` and `exercise`
GET /lab/room.html          the page that shows them
"""

import time
from pathlib import Path

from flask import Blueprint, Response, jsonify, request, send_from_directory
from passes import Passes, RefusedError
from passing import problem

WEB = Path(__file__).with_name("web")


def add_to(pages: Blueprint) -> None:
    """Add the routes to the pages under /lab."""
    passes = Passes()

    @pages.get("/room.html")
    def room() -> Response:
        return send_from_directory(WEB, "room.html")

    @pages.get("/passes")
    def show_passes() -> Response:
        answer = jsonify(passes.described())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @pages.post("/passes")
    def take_pass() -> Response:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            return problem(400, "invalid_value", "expected a JSON object: name, exercise")
        try:
            passes.add(sent.get("name"), sent.get("exercise"), time.time())
        except RefusedError as error:
            return problem(400, "invalid_value", str(error))
        return Response(status=204)

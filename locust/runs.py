"""Routes about runs: those that are over, what is foreseen for the next one, and guesses of it.

    GET /lab/runs                                    the runs that are over, the oldest first
    GET /lab/runs/compare?a=1&b=2                    two of them, by the rule of `make compare`
    GET /lab/next?load=burst&burst_size=100          what theory predicts, while nothing is changed
    GET, POST, PUT /lab/guesses                      what the room guesses of the next run

The fields of /lab/next are those of the form that is posted to /swarm, and are checked alike; what
is left out stays as it is.
"""

from collections.abc import Mapping
from typing import Any

import swarm_form
from flask import Blueprint, Response, jsonify, request
from guesses import RefusedError
from passing import problem
from watching import Watch

from lab.live import kept
from lab.live.kept import KeptRun

FIELDS = ("load", "user_count", "burst_size", "arrival_rate")


def add_to(pages: Blueprint, watch: Watch) -> None:
    """Add the routes to the pages under /lab."""

    @pages.get("/runs")
    def runs() -> Response:
        return jsonify([each.described() for each in watch.kept])

    @pages.get("/runs/compare")
    def compare() -> Response:
        found = [_run(watch, request.args.get(name, "")) for name in ("a", "b")]
        if None in found:
            known = ", ".join(str(each.number) for each in watch.kept) or "none yet"
            return problem(404, "not_found", f"a and b: expected numbers of kept runs: {known}")
        a, b = (each for each in found if each)
        return jsonify({"unlike": kept.unlike(a, b), "differences": kept.compared(a, b)})

    @pages.get("/next")
    def predicted() -> Response:
        try:
            chosen = _chosen(request.args)
        except swarm_form.RefusedError as error:
            return problem(400, "invalid_value", str(error))
        return jsonify(watch.foreseen(chosen))

    @pages.get("/guesses")
    def guesses() -> Response:
        return jsonify(watch.guesses.described())

    @pages.post("/guesses")
    def guess() -> Response:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            return problem(
                400, "invalid_value", "expected a JSON object: target, guesser, number, unit"
            )
        name = sent.get("target")
        if name not in watch.histories:
            known = ", ".join(watch.histories)
            return problem(404, "not_found", f"no target {name!r}: expected one of {known}")
        try:
            watch.guesses.add(
                name,
                str(sent.get("guesser", "")),
                sent.get("number"),
                sent.get("unit"),
                is_on=watch.driving.is_on,
            )
        except RefusedError as error:
            return problem(400, "invalid_value", str(error))
        return jsonify(watch.guesses.described())

    @pages.put("/guesses")
    def ask() -> Response:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            return problem(400, "invalid_value", "expected a JSON object: unit")
        try:
            watch.guesses.ask(sent.get("unit"), is_on=watch.driving.is_on)
        except RefusedError as error:
            return problem(400, "invalid_value", str(error))
        return jsonify(watch.guesses.described())


def _run(watch: Watch, number: str) -> KeptRun | None:
    return next((each for each in watch.kept if str(each.number) == number), None)


def _chosen(arguments: Mapping[str, str]) -> dict[str, Any]:
    """Return the values by name. Raises RefusedError for one that START would refuse."""
    chosen: dict[str, Any] = {}
    for name, text in arguments.items():
        if name not in FIELDS:
            raise swarm_form.RefusedError(f"{name[:100]!r}: expected one of {', '.join(FIELDS)}.")
        swarm_form.check_value(name, [text])
        chosen[name] = text if name == "load" else float(text)
    return chosen

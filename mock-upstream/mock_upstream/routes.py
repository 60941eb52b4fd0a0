"""The routes of the upstream.

    GET /delay/{duration}        waits exactly that long; ignores the dial
    GET /call?share=0.5          waits the dial's delay times share (default 1)
    GET /weather/{city}          the same wait; answers with weather
    GET /healthz                 answers at once
    GET PUT DELETE /behaviour    read, change or restore the dial; answers with the whole dial
    GET DELETE /stats            read or reset the ledger; DELETE answers with the reset ledger
    GET /stats/timeline?seconds=30    requests held, lateness of answers and injected faults, per
                                      100 ms; and the requests that hang now

A route refuses an unknown query parameter instead of ignoring it. The dial and the statistics
also refuse a foreign host name (hosts.py).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from mock_upstream import hosts, target, waits
from mock_upstream.decimals import whole
from mock_upstream.dial import Dial
from mock_upstream.ledger import Ledger
from mock_upstream.message import Answer, Request
from mock_upstream.problems import Problem, bad_request, shown
from mock_upstream.timeline import MAX_S, Timeline
from mock_upstream.waits import Wait


class Asked(NamedTuple):
    """The parts of a request that an answer depends on.

    `last` is the last segment of the path, decoded; `parameters` is the query by name.
    """

    last: str
    parameters: Mapping[str, str]
    body: bytes


class Route(NamedTuple):
    """The handlers of a route by method, and the query parameters that it accepts.

    `is_own` marks a route for the lab alone: it refuses a foreign Host header.
    """

    methods: Mapping[str, Callable[[Asked], Answer | Wait]]
    parameters: frozenset[str] = frozenset()
    is_own: bool = False


class Routes:
    """The route table, over the dial, the ledger and the timeline.

    `names` are the host names with a dot that may reach the lab's own routes.
    """

    def __init__(
        self,
        dial: Dial,
        ledger: Ledger,
        timeline: Timeline,
        names: frozenset[str] = frozenset(),
    ) -> None:
        self._dial = dial
        self._ledger = ledger
        self._timeline = timeline
        self._names = names
        share = frozenset({"share"})
        # `_whole`: exact paths. `_under`: paths whose last segment is a parameter.
        self._whole = {
            b"/call": Route({"GET": lambda asked: waits.call(dial, asked.parameters)}, share),
            b"/healthz": Route({"GET": lambda asked: Answer(200, {"status": "ok"})}),
            b"/behaviour": Route(
                {
                    "GET": lambda asked: Answer(200, dial.behaviour.as_dict()),
                    "PUT": self._change_behaviour,
                    "DELETE": lambda asked: Answer(200, dial.restore().as_dict()),
                },
                is_own=True,
            ),
            b"/stats": Route(
                {
                    "GET": lambda asked: Answer(200, ledger.as_dict()),
                    "DELETE": self._reset_stats,
                },
                is_own=True,
            ),
            b"/stats/timeline": Route(
                {"GET": self._show_timeline}, frozenset({"seconds"}), is_own=True
            ),
        }
        self._under = {
            b"/delay": Route({"GET": lambda asked: waits.delay(asked.last)}),
            b"/weather": Route(
                {"GET": lambda asked: waits.weather(dial, asked.last, asked.parameters)}, share
            ),
        }

    def answer(self, request: Request) -> Answer | Wait:
        """Return the answer to a request, or the wait before it.

        Raises Problem if the request is refused.
        """
        path, query = target.split(request.target)
        parent, _, last = path.rpartition(b"/")
        route = self._whole.get(path) or self._under.get(parent)
        if route is None:
            raise Problem(404, "not_found", f"no route {shown(path.decode('latin-1'))}")
        if route.is_own:
            hosts.refuse_foreign(request.host, self._names)
        act = route.methods.get("GET" if request.method == "HEAD" else request.method)
        if act is None:
            _refuse_method(request.method, route)
        parameters = target.parameters(query, route.parameters)
        return act(Asked(target.plain(last, "path"), parameters, request.body))

    def _change_behaviour(self, asked: Asked) -> Answer:
        return Answer(200, self._dial.change(_json_object(asked.body)).as_dict())

    def _reset_stats(self, asked: Asked) -> Answer:
        self._ledger.reset()
        return Answer(200, self._ledger.as_dict())

    def _show_timeline(self, asked: Asked) -> Answer:
        text = asked.parameters.get("seconds", "30")
        seconds = whole(text)
        if seconds is None or not 1 <= seconds <= MAX_S:
            raise bad_request("seconds", text, f"a whole number from 1 to {MAX_S}")
        return Answer(200, self._timeline.as_dict(seconds) | {"hung": self._ledger.hung()})


def _refuse_method(method: str, route: Route) -> NoReturn:
    known = [*route.methods, "HEAD"]
    allow = ", ".join(sorted(known))
    raise Problem(405, "method_not_allowed", f"{method}: expected one of {allow}", allow)


def _json_object(body: bytes) -> dict[str, Any]:
    # RecursionError: Python's parser raises it for deeply nested brackets.
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "bad_request", f"body: expected a JSON object: {error}") from None
    if not isinstance(value, dict):
        raise bad_request("body", value, "a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

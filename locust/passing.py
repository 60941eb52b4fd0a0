"""Questions of the page that others answer: passed on, and so is why there is no answer."""

from collections.abc import Callable

import httpx
from flask import Response, jsonify


def passed_on(name: str, ask: Callable[[], httpx.Response]) -> Response:
    """What `name` answered, with its status; 504 or 502 with a sentence where it did not."""
    try:
        answer = ask()
    except httpx.TimeoutException:
        return problem(504, "upstream_timeout", f"{name} gives no answer: frozen, or very busy")
    except httpx.HTTPError as error:
        return problem(502, "upstream_unreachable", f"{name} cannot be reached: {error}")
    return Response(answer.content, answer.status_code, mimetype="application/json")


def problem(status: int, error: str, detail: str) -> Response:
    """The lab's common form of an error: a word for programs, a sentence for people."""
    answer = jsonify({"error": error, "detail": detail})
    answer.status_code = status
    return answer

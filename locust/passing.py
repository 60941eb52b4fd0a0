"""Pass the page's questions on to other servers, and say why where no answer comes."""

from collections.abc import Callable

import httpx
from flask import Response, jsonify


def passed_on(
    name: str, ask: Callable[[], httpx.Response], *, refused: str | None = None
) -> Response:
    """Return what `name` answered, with its status.

    Without an answer: 504 after a timeout, 502 otherwise, each with a sentence; `refused` is that
    for a port where nothing listens. 502 also where `ask` raises ValueError or KeyError: the answer
    is that of another program.
    """
    try:
        answer = ask()
    except httpx.TimeoutException:
        return problem(504, "upstream_timeout", f"{name} gives no answer: frozen, or very busy")
    except httpx.HTTPError as error:
        detail = f"{name} cannot be reached: {error}"
        if refused and isinstance(error, httpx.ConnectError):
            detail = refused
        return problem(502, "upstream_unreachable", detail)
    except (ValueError, KeyError):
        return problem(502, "upstream_error", f"what answers is not {name}: another program?")
    return Response(answer.content, answer.status_code, mimetype="application/json")


def problem(status: int, error: str, detail: str) -> Response:
    """Return an error in the lab's common form: a word for programs, a sentence for people."""
    answer = jsonify({"error": error, "detail": detail})
    answer.status_code = status
    return answer

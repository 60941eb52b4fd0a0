"""What counts as an answer: status 200, a JSON body, and the pid of the worker that gave it."""

import json
from typing import Any

from locust.contrib.fasthttp import FAILURE_EXCEPTIONS, FastResponse

LONGEST = 200


def fault(answer: FastResponse, error: Exception | None) -> str | None:
    """What is wrong with an answer, in one sentence; None where nothing is.

    `error` is what Locust's client met while it waited. The sentence has no number
    that changes from one request to the next, since equal ones are counted together.
    """
    status = answer.status_code
    if not status:
        return _short(f"no answer: {error}")
    content = _json(answer)
    if status != 200:
        return _short(f"answered {status}{_reason(content)}")
    if error:
        return _short(f"the answer could not be read: {error}")
    if content is None:
        return "answered 200, but not with JSON"
    if answer.headers is None or "X-Worker-Pid" not in answer.headers:
        return "answered 200, but without X-Worker-Pid: not one of the lab's services"
    return None


def _json(answer: FastResponse) -> Any:
    try:
        return json.loads(answer.content or b"")
    except (ValueError, *FAILURE_EXCEPTIONS):  # what cannot be unpacked fails each time
        return None


def _reason(content: Any) -> str:
    """The services say {"error": word, "detail": sentence}."""
    if not isinstance(content, dict) or "error" not in content:
        return ""
    return f" {content['error']}: {content.get('detail', '')}"


def _short(sentence: str) -> str:
    return " ".join(sentence.split())[:LONGEST]

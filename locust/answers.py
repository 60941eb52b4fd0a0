"""What counts as an answer: status 200, a JSON body, and the pid of the worker that gave it."""

import json
from typing import Any

from asking import Answer

LONGEST = 200


def fault(answer: Answer) -> str | None:
    """What is wrong with an answer, in one sentence; None where nothing is.

    The sentence has no number that changes from one request to the next, since equal
    ones are counted together.
    """
    if not answer.status:
        return _short(f"no answer: {answer.error}")
    content = _json(answer.content)
    if answer.status != 200:
        return _short(f"answered {answer.status}{_reason(content)}")
    if answer.error:
        return _short(f"the answer could not be read: {answer.error}")
    if content is None:
        return "answered 200, but not with JSON"
    if not answer.worker_pid:
        return "answered 200, but without X-Worker-Pid: not one of the lab's services"
    return None


def pid(answer: Answer) -> int:
    """The worker that gave it; 0 where no worker is named."""
    text = answer.worker_pid
    return int(text) if text.isascii() and text.isdigit() else 0


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _reason(content: Any) -> str:
    """The services say {"error": word, "detail": sentence}."""
    if not isinstance(content, dict) or "error" not in content:
        return ""
    return f" {content['error']}: {content.get('detail', '')}"


def _short(sentence: str) -> str:
    return " ".join(sentence.split())[:LONGEST]

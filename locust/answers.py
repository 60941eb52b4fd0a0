"""What counts as an answer: the expected status, a JSON body and a worker's PID."""

import json
from typing import Any

from http_client import Answer

LONGEST = 200  # characters of a sentence


def fault(answer: Answer, status: int = 200, *, with_json: bool = True) -> str | None:
    """Return what is wrong with an answer, in one sentence; None where nothing is.

    `with_json` is false for an answer whose content has not been read. The sentence contains no
    number that changes from one request to the next, because equal sentences are counted
    together.
    """
    if not answer.status:
        return _short(f"no answer: {answer.error}")
    told = content(answer)
    if answer.status != status:
        return _short(f"answered {answer.status}{_reason(told)}")
    if answer.error:
        return _short(f"the answer could not be read: {answer.error}")
    if told is None and with_json:
        return f"answered {status}, but not with JSON"
    if not answer.worker_pid:
        return f"answered {status}, but without X-Worker-Pid: not one of the lab's services"
    return None


def pid(answer: Answer) -> int:
    """PID of the worker that answered; 0 where the answer names none."""
    text = answer.worker_pid
    return int(text) if text.isascii() and text.isdigit() else 0


def content(answer: Answer) -> Any:
    """Return the JSON of an answer; None where its content is not JSON."""
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _reason(told: Any) -> str:
    # The services answer an error with {"error": word, "detail": sentence}.
    if not isinstance(told, dict) or "error" not in told:
        return ""
    return f" {told['error']}: {told.get('detail', '')}"


def _short(sentence: str) -> str:
    return " ".join(sentence.split())[:LONGEST]

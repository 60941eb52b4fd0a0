"""START, STOP and the server's dial of the dashboard, through the URLs of its buttons."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from lab.runtime.health import DIRECT

CLASSES = "FlaskSvc,FastapiSvc"
"""User classes that are ticked in a fresh form."""
POLL_S = 0.5
ASK_S = 30.0
STOP_S = 90.0


class DashboardProblem(Exception):
    """A run could not be started, or requests failed; one sentence."""


def run(page: str, fields: Mapping[str, str], seconds: float) -> str:
    """Run the load for `seconds`; return a sentence with the answers of each target.

    `page` is Locust's base URL. `fields` are fields of START's form by name, several values
    separated by commas; other fields keep the form's values. Raises DashboardProblem where START is
    refused, a request failed, or a target answered nothing.
    """
    form: dict[str, str | list[str]] = {"user_count": "40", "spawn_rate": "100", **fields}
    form["user_classes"] = fields.get("user_classes", CLASSES).split(",")
    told = _ask(f"{page}/swarm", urllib.parse.urlencode(form, doseq=True).encode())
    if not told.get("success"):
        raise DashboardProblem(f"START was refused: {told.get('message', told)}")
    time.sleep(seconds)
    # Read before STOP, while the targets are still active.
    state = _ask(f"{page}/lab/state")
    _stop(page)
    counts = {each["name"]: each["measured"] for each in state["targets"] if each["active"]}
    idle = [name for name, measured in counts.items() if not measured["answered"]]
    failed = [name for name, measured in counts.items() if measured["failed"]]
    if idle or failed:
        raise DashboardProblem(f"answered nothing: {idle}; failed requests: {failed}")
    return ", ".join(f"{name} answered {each['answered']}" for name, each in counts.items())


def shape(page: str, target: str, fields: Mapping[str, str]) -> str:
    """Give the server of `target` another shape, or that of its start where there are no `fields`.

    Returns a sentence. Raises DashboardProblem where the shape is refused.
    """
    body = json.dumps(
        {name: int(each) if each.isdigit() else each for name, each in fields.items()}
    )
    told = _ask(
        f"{page}/lab/shape/{target}",
        body.encode() if fields else None,
        method="PUT" if fields else "DELETE",
        limit_s=STOP_S,
    )
    return f"{target}: {told['shape']}, replaced in {told['took_s']} s"


def _stop(page: str) -> None:
    _ask(f"{page}/stop", b"", is_json=False)
    until = time.monotonic() + STOP_S
    while _ask(f"{page}/lab/state")["run"]["state"] not in ("ready", "stopped"):
        if time.monotonic() > until:
            raise DashboardProblem(f"the run did not stop within {STOP_S:.0f} s")
        time.sleep(POLL_S)


def _ask(
    url: str,
    data: bytes | None = None,
    *,
    method: str | None = None,
    is_json: bool = True,
    limit_s: float = ASK_S,
) -> Any:
    headers = {"Content-Type": "application/json"} if method else {}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with DIRECT.open(request, timeout=limit_s) as answer:
            return json.load(answer) if is_json else None
    except urllib.error.HTTPError as refused:
        raise DashboardProblem(f"{url} answered {refused.code}: {_said(refused)}") from None
    except (OSError, ValueError) as problem:
        raise DashboardProblem(f"{url}: {problem}: is the lab up?") from problem


def _said(refused: urllib.error.HTTPError) -> str:
    """The sentence of a refusal; the lab's own page would show it."""
    try:
        said = json.load(refused)
        return str(said.get("message") or said["detail"])
    except (OSError, ValueError, KeyError, TypeError):
        return str(refused.reason)

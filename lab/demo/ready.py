"""What the demo asks the lab's parts, and when it declines to begin."""

from collections.abc import Mapping
from typing import Any

import httpx

from lab.demo.cells import Server

ASK_TIMEOUT_S = 5.0


class NotReadyError(Exception):
    """The demo cannot begin; a sentence that says what to do."""


def ask(client: httpx.Client, method: str, url: str, name: str) -> dict[str, Any]:
    """The JSON object that a part of the lab answers; NotReadyError where it answers none."""
    try:
        answer = client.request(method, url)
    except httpx.TimeoutException as error:
        raise NotReadyError(
            f"{name} gave no answer at {url} within {ASK_TIMEOUT_S:g} s: "
            "stop whatever else it serves, then start the demo again."
        ) from error
    except httpx.HTTPError as error:
        raise NotReadyError(
            f"{name} does not answer at {url} ({error}): start the lab with `make up` first."
        ) from error
    try:
        told = answer.raise_for_status().json() if answer.content else {}
    except (httpx.HTTPStatusError, ValueError) as error:
        raise NotReadyError(
            f"{url} answered {answer.status_code}, which is not how {name} answers: "
            "see what else listens on that port."
        ) from error
    return told if isinstance(told, dict) else {}


def fixed_delay_ms(behaviour: Mapping[str, Any], upstream: str) -> float:
    """The delay to predict from; NotReadyError unless every request is to wait exactly so long."""
    restore = f"put it back with `curl -X DELETE {upstream}/behaviour` or in the dashboard."
    if (distribution := behaviour.get("distribution")) != "fixed":
        raise NotReadyError(
            f"the upstream's delays are spread out ({distribution}), which no prediction "
            f"here is made for: {restore}"
        )
    for name in ("error_rate", "hang_rate", "reset_rate"):
        if rate := behaviour.get(name):
            raise NotReadyError(f"the upstream fails on purpose ({name}={rate:g}): {restore}")
    delay_ms = float(behaviour.get("delay_ms", 0))
    if delay_ms <= 0:
        raise NotReadyError(f"the upstream does not wait (delay_ms={delay_ms:g}): {restore}")
    return delay_ms


def server(name: str, told: Mapping[str, Any]) -> Server:
    """What the demo needs of /server; NotReadyError where another service answered."""
    if told.get("target") != name:
        raise NotReadyError(
            f"{told.get('target')!r} answers where {name} is expected: compare the ports in .env."
        )
    return Server(slots=told["slots"], workers=told["workers"])


def peak_calls(stats: Mapping[str, Any], caller: str) -> int:
    """The most calls that the upstream held for a caller since the last reset; 0 for none."""
    return int(stats["callers"].get(caller, {"peak": 0})["peak"])


def refuse_company(stats: Mapping[str, Any]) -> None:
    """NotReadyError while the upstream holds requests: somebody else is measuring."""
    if held := stats["all"]["in_flight"]:
        raise NotReadyError(
            f"the upstream still holds requests ({held}): stop the load in the dashboard, "
            "wait until no slot is busy, then start the demo again."
        )

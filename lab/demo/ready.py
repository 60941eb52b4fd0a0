"""Preconditions of the demo: questions to the lab's programs, and the checks of their answers."""

from collections.abc import Mapping
from typing import Any

import httpx

from lab.demo.demo_cells import DemoServer

ASK_TIMEOUT_S = 5.0


class NotReadyError(Exception):
    """The demo cannot begin; the message is a sentence that says what to do."""


def ask(client: httpx.Client, method: str, url: str, name: str) -> dict[str, Any]:
    """Send one request; return the JSON object in the answer.

    Raises NotReadyError for a bad answer.
    """
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
            f"{url} gave an unexpected answer (status {answer.status_code}), so it is probably "
            f"not {name}: find out which program listens on that port."
        ) from error
    return told if isinstance(told, dict) else {}


def fixed_delay_ms(behaviour: Mapping[str, Any], upstream: str) -> float:
    """The upstream's delay in ms.

    Raises NotReadyError unless every request waits exactly that long.
    """
    restore = f"restore it with `curl -X DELETE {upstream}/behaviour` or in the dashboard."
    # The predictions use one fixed delay; a distribution would need another arithmetic.
    if (distribution := behaviour.get("distribution")) != "fixed":
        raise NotReadyError(
            f"the upstream's delay varies ({distribution}), but the demo predicts for a fixed "
            f"delay only: {restore}"
        )
    # The predictions contain no failures.
    for name in ("error_rate", "hang_rate", "reset_rate"):
        if rate := behaviour.get(name):
            raise NotReadyError(f"the upstream fails on purpose ({name}={rate:g}): {restore}")
    delay_ms = float(behaviour.get("delay_ms", 0))
    if delay_ms <= 0:
        raise NotReadyError(f"the upstream does not wait (delay_ms={delay_ms:g}): {restore}")
    return delay_ms


def server(name: str, told: Mapping[str, Any]) -> DemoServer:
    """Slots and workers from /server. Raises NotReadyError where another service answered."""
    if told.get("target") != name:
        raise NotReadyError(
            f"{told.get('target')!r} answers where {name} is expected: compare the ports in .env."
        )
    return DemoServer(slots=told["slots"], workers=told["workers"])


def peak_calls(stats: Mapping[str, Any], caller: str) -> int:
    """Largest number of calls the upstream held for a caller since the last reset; 0 for none."""
    # The upstream lists a caller only after its first request.
    return int(stats["callers"].get(caller, {"peak": 0})["peak"])


def refuse_company(stats: Mapping[str, Any]) -> None:
    """Raise NotReadyError while the upstream holds requests: another load is running."""
    if held := stats["all"]["in_flight"]:
        raise NotReadyError(
            f"the upstream still holds requests ({held}): stop the load in the dashboard, "
            "wait until no slot is busy, then start the demo again."
        )

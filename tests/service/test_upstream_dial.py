"""The dial of the mock upstream, live."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

START = {
    "delay_ms": 20.0,
    "distribution": "fixed",
    "spread_ms": 0.0,
    "sigma": 0.0,
    "error_rate": 0.0,
    "error_status": 503,
    "hang_rate": 0.0,
    "reset_rate": 0.0,
    "seed": None,
}


def test_the_dial_starts_where_the_settings_say(upstream: httpx.Client) -> None:
    """The delay comes from UPSTREAM_DELAY_MS, and nothing goes wrong by itself."""
    assert upstream.get("/behaviour").json() == START


def test_a_change_answers_the_whole_behaviour(upstream: httpx.Client) -> None:
    """What was left out has kept its value, from one change to the next."""
    upstream.put("/behaviour", json={"sigma": 1})
    changed = upstream.put("/behaviour", json={"delay_ms": 5, "seed": 3}).json()

    assert changed == START | {"sigma": 1.0, "delay_ms": 5.0, "seed": 3}
    assert upstream.get("/behaviour").json() == changed
    assert upstream.get("/call").json() == {"delay_ms": 5.0}


def test_delete_restores_the_start(upstream: httpx.Client) -> None:
    """And answers it."""
    upstream.put("/behaviour", json={"delay_ms": 5, "error_rate": 1})

    assert upstream.delete("/behaviour").json() == START


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"delay_ms": 5, "sigma": 4}', "sigma=4: expected a number from 0 to 3"),
        ('{"delay_ms": 5, "typo": 1}', "'typo' is no field: expected delay_ms, distribution"),
        ('{"delay_ms": true}', "delay_ms=True: expected a number from 0 to 60000"),
        ('{"delay_ms": NaN}', "NaN is not JSON"),
        ('{"delay_ms": Infinity}', "Infinity is not JSON"),
        ('{"delay_ms": 1e999}', "delay_ms=inf: expected"),
        ('{"delay_ms": ' + "9" * 5000 + "}", "body: expected a JSON object"),
        ('{"error_rate": 0.6, "hang_rate": 0.6}', "expected rates that add up to 1 at most"),
        ("", "body: expected a JSON object"),
        ("{", "body: expected a JSON object"),
        ("[]", "body=[]: expected a JSON object"),
        ("5", "body=5: expected a JSON object"),
        ("[" * 60_000, "body: expected a JSON object"),
        ('{"delay_ms": "\udcff"}', "body: expected a JSON object"),
    ],
)
def test_a_bad_change_is_refused_whole(upstream: httpx.Client, body: str, sentence: str) -> None:
    """A sentence says why, and none of the fields has changed."""
    answer = upstream.put("/behaviour", content=body.encode(errors="surrogateescape"))

    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"
    assert sentence in answer.json()["detail"]
    assert upstream.get("/behaviour").json() == START


def test_an_error_rate_of_one_fails_every_call(upstream: httpx.Client) -> None:
    """After the wait, with the dialled status, and counted as an error."""
    upstream.put("/behaviour", json={"error_rate": 1, "error_status": 599})
    answers = [upstream.get("/call"), upstream.get("/weather/Rome")]

    assert [answer.status_code for answer in answers] == [599, 599]
    assert [answer.json()["error"] for answer in answers] == ["injected_error"] * 2
    assert all(float(each.headers["Server-Timing"].partition("=")[2]) >= 20 for each in answers)
    tally = upstream.get("/stats").json()["all"]
    assert (tally["errors"], tally["served"]) == (2, 0)


def test_a_reset_rate_of_one_resets_every_call(
    upstream: httpx.Client, connect: Callable[[httpx.Client], socket.socket]
) -> None:
    """The client sees a reset, which is not the same as a closed connection."""
    upstream.put("/behaviour", json={"reset_rate": 1})
    client = connect(upstream)
    client.sendall(b"GET /call HTTP/1.1\r\nHost: x\r\n\r\n")

    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert upstream.get("/stats").json()["all"]["errors"] == 1


def test_a_hang_rate_of_one_holds_until_the_client_leaves(
    upstream: httpx.Client,
    connect: Callable[[httpx.Client], socket.socket],
    eventually: Callable[[Callable[[], object]], None],
) -> None:
    """No answer ever; the slot is free once the client has gone."""

    def tally() -> Any:
        return upstream.get("/stats").json()["all"]

    upstream.put("/behaviour", json={"hang_rate": 1, "delay_ms": 0})
    client = connect(upstream)
    client.sendall(b"GET /call HTTP/1.1\r\nHost: x\r\n\r\n")
    begun_s = time.time()
    eventually(lambda: tally()["in_flight"] == 1)
    # A request that came later and does not hang has been answered: so would this one have been.
    assert upstream.get("/delay/50ms").status_code == 200
    assert (tally()["in_flight"], tally()["hung"]) == (1, 1)
    hung = upstream.get("/stats/timeline?seconds=1").json()["hung"]["unknown"]
    assert hung["calls"] == 1
    assert begun_s - 1 < hung["oldest_at"] == hung["newest_at"] <= time.time()

    client.close()
    eventually(lambda: tally()["in_flight"] == 0)
    assert (tally()["cancelled"], tally()["hung"]) == (1, 0)
    eventually(lambda: sum(timeline(upstream)["faults"].get("unknown", [])) == 1)
    assert timeline(upstream)["hung"] == {}


@pytest.mark.parametrize("fault", ["error_rate", "reset_rate"])
def test_a_fault_is_in_the_timeline_of_its_caller(
    upstream: httpx.Client, eventually: Callable[[Callable[[], object]], None], fault: str
) -> None:
    """Once for each call, and for no call that was served."""
    caller = {"X-Caller": fault.replace("_", "-")}
    upstream.get("/call", headers=caller)
    upstream.put("/behaviour", json={fault: 1})
    for _ in range(3):
        with suppress(httpx.ReadError):  # the reset
            upstream.get("/call", headers=caller)

    eventually(lambda: sum(timeline(upstream)["faults"].get(caller["X-Caller"], [])) == 3)


def timeline(upstream: httpx.Client) -> Any:
    return upstream.get("/stats/timeline?seconds=5").json()


def outcome(client: httpx.Client) -> float | int | str:
    try:
        answer = client.get("/call")
    except httpx.RemoteProtocolError as error:
        return type(error).__name__
    except httpx.ReadError as error:
        return type(error).__name__
    if answer.status_code != 200:
        return answer.status_code
    delay_ms: float = answer.json()["delay_ms"]
    return delay_ms


def test_the_same_seed_gives_the_same_sequence(upstream: httpx.Client) -> None:
    """Delays, errors and resets alike, as the clients see them."""
    dial = {"distribution": "uniform", "delay_ms": 2, "spread_ms": 2, "seed": 11}
    dial |= {"error_rate": 0.3, "reset_rate": 0.2}
    sequences = []
    for _ in range(2):
        upstream.put("/behaviour", json=dial)
        sequences.append([outcome(upstream) for _ in range(40)])

    assert sequences[0] == sequences[1]
    assert {503, "ReadError"} < set(sequences[0])
    assert len(set(sequences[0])) > 10

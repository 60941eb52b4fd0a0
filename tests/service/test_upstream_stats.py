"""The ground truth of the mock upstream, as it is asked for over HTTP."""

import re
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

BURST = 200


def send(client: socket.socket, target: str, caller: str) -> None:
    client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nX-Caller: {caller}\r\n\r\n".encode())


def stats(upstream: httpx.Client) -> Any:
    return upstream.get("/stats").json()


def test_waits_are_counted_per_caller_and_in_all(upstream: httpx.Client) -> None:
    """By the X-Caller header; without a usable one under "unknown"."""
    for caller in ("flask-svc", "flask-svc", "fastapi-svc", "not a name"):
        upstream.get("/delay/0", headers={"X-Caller": caller})
    upstream.get("/weather/Rome?share=0.1")

    found = stats(upstream)
    served = {name: tally["served"] for name, tally in found["callers"].items()}
    assert served == {"fastapi-svc": 1, "flask-svc": 2, "unknown": 2}
    assert found["all"]["served"] == 5
    assert found["all"].keys() == {
        "in_flight", "peak", "served", "held_ms", "cancelled", "errors", "hung", "late_ms",
    }  # fmt: skip
    late_ms = found["all"]["late_ms"]
    assert 0 <= late_ms["p50"] <= late_ms["p99"] <= late_ms["max"]


def test_the_time_that_answers_were_held_adds_up(upstream: httpx.Client) -> None:
    """What was asked for and what it was late, for each that was served."""
    for duration in ("30ms", "50ms"):
        upstream.get(f"/delay/{duration}", headers={"X-Caller": "a"})

    found = stats(upstream)["callers"]["a"]
    assert 80 <= found["held_ms"] <= 80 + 2 * found["late_ms"]["max"] + 0.02


def test_a_fresh_ledger_has_no_lateness(upstream: httpx.Client) -> None:
    """Null, because there is no answer that could have been late."""
    assert upstream.delete("/stats").json() == {
        "all": {
            "in_flight": 0,
            "peak": 0,
            "served": 0,
            "held_ms": 0.0,
            "cancelled": 0,
            "errors": 0,
            "hung": 0,
            "late_ms": None,
        },
        "callers": {},
    }


def test_a_burst_is_held_all_at_once_and_nobody_is_answered_early(
    upstream: httpx.Client, connect: Callable[[httpx.Client], socket.socket]
) -> None:
    """200 requests of 1 s: a peak of 200, 200 answers, none before its second is over."""
    clients = [connect(upstream) for _ in range(BURST)]
    sent_s = []
    for client in clients:
        sent_s.append(time.perf_counter())
        send(client, "/delay/1", "burst")
    for client, since_s in zip(clients, sent_s, strict=True):
        answer = client.recv(4096)
        assert time.perf_counter() - since_s >= 1
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        timing = re.search(rb"Server-Timing: delay;dur=([0-9.]+)\r\n", answer)
        assert timing
        assert float(timing[1]) >= 1000

    tally = stats(upstream)["callers"]["burst"]
    assert (tally["peak"], tally["served"], tally["in_flight"]) == (BURST, BURST, 0)


def test_a_reset_keeps_requests_that_are_still_held(
    upstream: httpx.Client,
    connect: Callable[[httpx.Client], socket.socket],
    eventually: Callable[[Callable[[], object]], None],
) -> None:
    """They stay in flight, are the new peak, and are served into the new count."""
    clients = [connect(upstream) for _ in range(3)]
    for client in clients:
        send(client, "/delay/1", "held")
    eventually(lambda: stats(upstream)["all"]["in_flight"] == 3)
    upstream.get("/delay/0", headers={"X-Caller": "done"})

    reset = upstream.delete("/stats").json()
    assert reset["callers"].keys() == {"held"}
    assert (reset["all"]["in_flight"], reset["all"]["peak"], reset["all"]["served"]) == (3, 3, 0)
    for client in clients:
        client.recv(4096)
    assert stats(upstream)["callers"]["held"]["served"] == 3


@pytest.mark.parametrize("query", ["", "?seconds=1", "?seconds=300"])
def test_the_timeline_shows_what_was_held_and_when(
    upstream: httpx.Client,
    connect: Callable[[httpx.Client], socket.socket],
    eventually: Callable[[Callable[[], object]], None],
    query: str,
) -> None:
    """Equally long lists in steps of 100 ms, the last of them at a time of day."""

    def timeline() -> Any:
        return upstream.get(f"/stats/timeline{query}").json()

    clients = [connect(upstream) for _ in range(2)]
    for number, client in enumerate(clients):
        send(client, "/delay/60", f"line{len(query)}-{number}")
    names = {f"line{len(query)}-{number}" for number in range(2)}
    eventually(lambda: names <= timeline()["callers"].keys())

    found = timeline()
    assert found["step_ms"] == 100
    assert abs(found["ended_at"] - time.time()) < 60
    assert found["all"][-1] == 2
    assert all(found["callers"][name][-1] == 1 for name in names)
    lengths = {len(found["all"])} | {len(each) for each in found["callers"].values()}
    lengths.add(len(found["late_ms"]))
    assert len(lengths) == 1
    assert lengths.pop() <= {"": 300, "?seconds=1": 10, "?seconds=300": 3000}[query]


def test_the_timeline_shows_how_late_answers_were(
    upstream: httpx.Client, eventually: Callable[[Callable[[], object]], None]
) -> None:
    """In the step in which they were written, and in no other."""

    def late() -> list[float]:
        shown = upstream.get("/stats/timeline?seconds=1").json()["late_ms"]
        return [each for each in shown if each is not None]

    eventually(lambda: not late())
    upstream.get("/delay/0.02")
    eventually(late)
    [late_ms] = set(late())

    assert late_ms == pytest.approx(stats(upstream)["all"]["late_ms"]["max"], abs=0.011)
    eventually(lambda: not late())

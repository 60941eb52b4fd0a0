"""What is read off the upstream's answers, in ticks that load processes count in too."""

from typing import Any

import gauge
import httpx
import pytest

from lab.live import tick
from lab.live.dead_calls import DeadCalls

DIAL = {"delay_ms": 1000.0}


def timeline(**changes: Any) -> dict[str, Any]:
    """Five steps of a tenth of a second that end at 100.05 s."""
    return {
        "step_ms": 100,
        "ended_at": 100.05,
        "all": [4, 4, 5, 4, 4],
        "callers": {"flask-svc": [4, 4, 4, 4, 3], "fastapi-svc": [0, 0, 1, 0, 1]},
        "faults": {"fastapi-svc": [0, 2, 0, 0, 1]},
        "hung": {"flask-svc": {"calls": 3, "oldest_at": 96.0, "newest_at": 97.5}},
        "late_ms": [None, 0.5, 80.0, None, 0.7],
    } | changes


@pytest.fixture
def upstream() -> "Upstream":
    return Upstream()


class Upstream:
    """Answers as it is told to, or not at all."""

    def __init__(self) -> None:
        self.timeline: dict[str, Any] | None = timeline()

    def gauge(self) -> gauge.Gauge:
        made = gauge.Gauge("http://upstream")
        made.client = httpx.Client(
            base_url="http://upstream", transport=httpx.MockTransport(self.answer)
        )
        return made

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.timeline is None:
            raise httpx.ReadTimeout("frozen", request=request)
        return httpx.Response(200, json=self.timeline if "timeline" in request.url.path else DIAL)


def test_steps_become_ticks(upstream: Upstream) -> None:
    """The last step lies in the tick of its time of day; who holds nothing has zeros."""
    seen = upstream.gauge()
    seen.ask()

    last = tick.number(100.05)
    assert seen.held_for("flask-svc") == {
        last - 4: 4,
        last - 3: 4,
        last - 2: 4,
        last - 1: 4,
        last: 3,
    }
    assert set(seen.held_for("flask-gevent").values()) == {0}
    assert (seen.held_now("flask-svc"), seen.held_now("flask-gevent")) == (3, 0)
    assert seen.behaviour == DIAL


def test_faults_are_counted_in_ticks_and_dead_calls_are_there_now(upstream: Upstream) -> None:
    """Per caller; a caller without any has zeros, and no dead call."""
    seen = upstream.gauge()
    assert seen.dead_for("flask-svc") == DeadCalls(0)
    seen.ask()

    last = tick.number(100.05)
    assert list(seen.faults_for("fastapi-svc").items())[1:2] == [(last - 3, 2)]
    assert sum(seen.faults_for("fastapi-svc").values()) == 3
    assert set(seen.faults_for("flask-svc")) == set(seen.held_for("flask-svc"))
    assert set(seen.faults_for("flask-svc").values()) == {0}
    assert seen.dead_for("flask-svc") == DeadCalls(3, oldest_at_s=96.0, newest_at_s=97.5)
    assert seen.dead_for("fastapi-svc") == DeadCalls(0)

    # None is left.
    upstream.timeline = timeline(hung={})
    seen.ask()
    assert seen.dead_for("flask-svc") == DeadCalls(0)


def test_one_hiccup_is_no_lateness(upstream: Upstream) -> None:
    """A tenth of the ticks may be late; more, and the upstream is."""
    for late_ms, expected in (
        ([0.5] * 10 + [80.0], 0.5),
        ([0.5] * 8 + [80.0] * 3, 80.0),
        ([None] * 5, None),
        ([70.0], 70.0),
    ):
        upstream.timeline = timeline(late_ms=late_ms)
        seen = upstream.gauge()
        seen.ask()
        assert seen.late_ms == expected


def test_silence_is_counted_from_the_last_answer(upstream: Upstream) -> None:
    """And only while a question stays without one; what was known before stays."""
    seen = upstream.gauge()
    seen.ask()
    answered_s = seen.answered_at_s
    assert seen.silent_s(answered_s + 9.0) == 0.0

    upstream.timeline = None
    seen.ask()
    assert seen.silent_s(answered_s + 9.0) == 9.0
    assert seen.held_now("flask-svc") == 3

    upstream.timeline = timeline()
    seen.ask()
    assert seen.silent_s(answered_s + 9.0) == 0.0


def test_before_the_first_answer_nothing_is_held(upstream: Upstream) -> None:
    """Nor is anything known of the dial."""
    upstream.timeline = None
    seen = upstream.gauge()
    seen.ask()

    assert (seen.held_for("flask-svc"), seen.held_now("flask-svc")) == ({}, 0)
    assert seen.behaviour is None
    assert seen.silent_s(seen.answered_at_s + 2.0) == 2.0

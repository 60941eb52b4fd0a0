"""What is read off the upstream's answers, in ticks that load processes count in too."""

from typing import Any

import gauge
import httpx
import pytest

from lab.live import tick

DIAL = {"delay_ms": 1000.0}


def timeline(**changes: Any) -> dict[str, Any]:
    """Five steps of a tenth of a second that end at 100.05 s."""
    return {
        "step_ms": 100,
        "ended_at": 100.05,
        "all": [4, 4, 5, 4, 4],
        "callers": {"flask-svc": [4, 4, 4, 4, 3], "fastapi-svc": [0, 0, 1, 0, 1]},
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

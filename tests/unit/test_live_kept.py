"""Runs of the page that are kept: their windows, and two of them compared."""

from typing import Any

import pytest

from lab.live import kept
from lab.live.history import History
from lab.live.kept import KeptRun, KeptTarget
from lab.live.record import RecordReport
from lab.live.tick import Tick

BEGAN_S = 1000
OPTIONS: dict[str, Any] = {
    "think_s": 0.0,
    "burst_size": 100,
    "burst_every_s": 5.0,
    "arrival_rate": 8.0,
    "arrivals": "even",
    "step_s": 15.0,
}


def history(*latencies_s: float) -> History:
    """Four answers in each second; one second for each latency."""
    found = History()
    for number, latency_s in enumerate(latencies_s):
        at = BEGAN_S * 10 + 10 * number + 5
        tick = Tick(started=4, ended=4, answered=4, times={latency_s * 1000: 4})
        found.take("one", RecordReport({at: tick}, 0, at / 10))
        found.close(
            BEGAN_S + number + 1,
            parts=1,
            asks_upstream=False,
            slots=4,
            predicted_rps=4.0,
            predicted_s=latency_s,
        )
    return found


def run(number: int, *rates: float, load: str = "20 users", shape: str = "4 workers") -> KeptRun:
    """A kept run of one target with these windows, answered in a second."""
    target = KeptTarget("flask-svc", shape, 4, rates, (1.0,) * len(rates))
    return KeptRun("closed", number, float(BEGAN_S), 20.0, load, "1,000 ms", "It was so", (target,))


def test_windows_are_whole_and_begin_when_the_run_has_settled() -> None:
    """Four a second: of eleven seconds the first five belong to a queue that grows."""
    told = history(*[1.0] * 5, *[5.0] * 6)

    rates, times = kept.windows(told, width_s=2, settled_at_s=BEGAN_S + 5)

    assert rates == pytest.approx((4, 4, 4))
    assert times[-1] == 5
    assert len(times) == 3


def test_a_run_that_ended_early_has_its_last_window() -> None:
    """Two seconds of three, although five were needed; of no second there is none."""
    rates, times = kept.windows(history(1.0, 2.0, 3.0), width_s=2, settled_at_s=BEGAN_S + 5)

    assert len(rates) == len(times) == 1
    assert kept.windows(History(), width_s=2, settled_at_s=BEGAN_S) == ((), ())


def test_runs_that_differ_are_said_to_differ() -> None:
    """B against A, with the range of the difference."""
    a, b = run(1, 4.0, 4.1, 3.9, 4.0), run(2, 8.0, 8.1, 7.9, 8.0)

    told, of_latency = kept.compared(a, b)

    assert (told["target"], told["metric"]) == ("flask-svc", "throughput_rps")
    assert told["differs"]
    assert told["part"] == pytest.approx(1.0)
    assert told["low"] < told["part"] < told["high"]
    assert not of_latency["differs"]


def test_runs_that_do_not_differ_significantly_are_not() -> None:
    """In the words of `make compare`."""
    told, _ = kept.compared(run(1, 4.0, 4.4, 3.6, 4.1), run(2, 4.2, 3.8, 4.3, 4.0))

    assert not told["differs"]
    assert told["answer"] == "no significant difference"


def test_what_is_not_alike_is_named() -> None:
    """A comparison of other settings is one of the settings."""
    told = kept.unlike(run(1, 4.0), run(2, 4.0, load="40 users", shape="8 workers"))

    assert told == [
        "load: 20 users in 1, 40 users in 2",
        "flask-svc: 4 workers in 1, 8 workers in 2",
    ]
    assert kept.unlike(run(1, 4.0), run(2, 5.0)) == []


@pytest.mark.parametrize(
    ("load", "changed", "words"),
    [
        ("closed", {}, "40 users"),
        ("closed", {"think_s": 2.0}, "40 users, 2 s between"),
        ("burst", {}, "bursts of 100 every 5 s"),
        ("open", {}, "8 arrivals a second, even"),
        ("steps", {}, "steps of 15 s"),
    ],
)
def test_a_load_is_told_in_words(load: str, changed: dict[str, float], words: str) -> None:
    """Each kind by the numbers that it has."""
    told = {"load": load, "options": OPTIONS | changed, "form": {"user_count": 40}}

    assert kept.load_in_words(told) == words


def test_a_described_run_has_the_means_of_its_windows() -> None:
    """And no number where nothing was measured."""
    told = run(3, 4.0, 5.0).described()

    assert told["number"] == 3
    assert told["targets"][0]["throughput_rps"] == 4.5
    assert run(4).described()["targets"][0]["latency_s"] is None

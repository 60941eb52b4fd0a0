"""What a request costs in processor time, from counts, and for which programs it holds."""

import copy
from typing import Any

import pytest

from lab.live.calibration import RequestCost, calibrated, fingerprint
from lab.live.counters import Counters

TOLD: dict[str, Any] = {
    "target": "flask-svc",
    "framework": {"name": "flask", "version": "3.1"},
    "server": {"name": "gunicorn", "version": "23.0"},
    "python": "3.13.1",
    "packages": {"werkzeug": "3.1"},
    "worker_class": "sync",
    "workers": 4,
    "slots": {"io": 4},
    "settings": {
        "workers": 4,
        "threads": 1,
        "listen_port": 8001,
        "client_transport": "httpx",
        "access_log": False,
    },
}


def bounds(*spans: tuple[int, float], first_s: float = 10.0) -> list[Counters]:
    """Counts half a second apart; each span has answers and processor seconds."""
    found = [counts(100.0, 0, first_s)]
    for answers, processor_s in spans:
        last = found[-1]
        assert last.processor_s is not None
        found.append(
            counts(last.at_s + 0.5, last.answered + answers, last.processor_s + processor_s)
        )
    return found


def counts(at_s: float, answered: int, processor_s: float | None) -> Counters:
    return Counters(
        at_s=at_s,
        workers={},
        accept_queue=0,
        answered=answered,
        processor_s=processor_s,
        memory_bytes=None,
    )


SPANS = ((10, 0.030), (10, 0.020), (20, 0.042), (10, 0.050), (10, 0.021))
"""They cost 3.0, 2.0, 2.1, 5.0 and 2.1 ms a request."""


def test_the_cost_is_the_median_of_the_spans_and_its_spread_their_least_and_most() -> None:
    """One span with something else in it, such as a new worker, moves the spread alone."""
    assert calibrated(bounds(*SPANS), idle_cores=0.0) == RequestCost(
        held_s=pytest.approx(0.0021),
        least_s=pytest.approx(0.0020),
        most_s=pytest.approx(0.0050),
        requests=60,
        at_s=102.5,
    )


def test_what_an_idle_target_uses_is_no_cost_of_a_request() -> None:
    """Two thousandths of a core are 1 ms in half a second, for ten requests 0.1 ms each."""
    found = calibrated(bounds(*SPANS), idle_cores=0.002)

    assert found is not None
    assert found.least_s == pytest.approx(0.0020 - 0.0001)
    assert found.held_s == pytest.approx(0.0021 - 0.00005)


@pytest.mark.parametrize(
    "found",
    [
        bounds(*SPANS[:4]),
        bounds(*SPANS, (0, 0.01)),
        bounds(*SPANS, (-5, 0.01)),
        bounds(*SPANS, (10, -3.0)),
        [counts(100.0 + n, 10 * n, None) for n in range(6)],
        [],
    ],
    ids=["four spans", "no answer", "other workers", "ended processes", "no clock", "no count"],
)
def test_a_span_that_tells_nothing_makes_no_calibration(found: list[Counters]) -> None:
    """It is none at all rather than one of the spans that are left."""
    assert calibrated(found, idle_cores=0.0) is None


def test_a_cost_below_that_of_an_idle_target_is_none() -> None:
    """A cost of 0 would have no limit."""
    assert calibrated(bounds(*SPANS), idle_cores=0.05) is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("settings", "client_transport"), "aiohttp"),
        (("settings", "access_log"), True),
        (("settings", "threads"), 25),
        (("settings", "of_tomorrow"), 1),
        (("worker_class",), "gthread"),
        (("server", "version"), "23.1"),
        (("packages", "werkzeug"), "3.2"),
        (("python",), "3.14.0"),
        (("target",), "flask-gthread"),
    ],
)
def test_what_changes_the_cost_changes_the_fingerprint(path: tuple[str, ...], value: Any) -> None:
    """Also a setting that nobody thought of here."""
    assert fingerprint(changed(path, value), "io") != fingerprint(TOLD, "io")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("settings", "workers"), 8),
        (("workers",), 8),
        (("slots", "io"), 8),
        (("settings", "listen_port"), 9001),
    ],
)
def test_more_workers_cost_a_request_the_same(path: tuple[str, ...], value: Any) -> None:
    """And so does another address."""
    assert fingerprint(changed(path, value), "io") == fingerprint(TOLD, "io")


def test_each_route_has_a_cost_of_its_own() -> None:
    """/json does less than /io."""
    assert fingerprint(TOLD, "json") != fingerprint(TOLD, "io")


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The answer of /server with another value at this path."""
    told = copy.deepcopy(TOLD)
    inner = told
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return told

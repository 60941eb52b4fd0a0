"""One table over both services: the same question gets the same answer."""

import re

import pytest

ANSWERS = [
    ("/io", {"answers": [{"delay_ms": 100.0}]}),
    ("/io?parts=2", {"answers": [{"delay_ms": 50.0}] * 2}),
    ("/async-io", {"answers": [{"delay_ms": 100.0}]}),
    ("/async-io-multi", {"answers": [{"delay_ms": 50.0}] * 2}),
    ("/async-io-multi?parts=4", {"answers": [{"delay_ms": 25.0}] * 4}),
    ("/async-io-multi?parts=1", {"answers": [{"delay_ms": 100.0}]}),
    ("/blocking-io", {"answers": [{"delay_ms": 100.0}]}),
    ("/json", {"message": "hello"}),
    ("/cpu", {"ms": 20}),
    ("/cpu?ms=0", {"ms": 0}),
    ("/async-cpu?ms=5", {"ms": 5}),
    ("/healthz", {"status": "ok"}),
]
TIMING = re.compile(r"upstream;dur=(\d+\.\d+), app;dur=(\d+\.\d+)")


def timing_of(answer):
    """Milliseconds waited for the upstream and spent in the service."""
    found = TIMING.fullmatch(answer.headers["Server-Timing"])
    assert found, answer.headers["Server-Timing"]
    return float(found[1]), float(found[2])


@pytest.mark.parametrize(("path", "expected"), ANSWERS)
def test_an_answer_is_the_one_in_the_table(twin, path, expected):
    """Status, body, type and the two headers, on both services."""
    answer = twin.get(path)

    assert answer.status_code == 200
    assert answer.json() == expected
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Worker-Pid"].isdigit()
    assert timing_of(answer)


@pytest.mark.parametrize("city", ["London", "São Paulo", "a/b?c#d%20", "x" * 100])
def test_the_weather_is_the_same_from_both(twins, city):
    """A city's name reaches the upstream whole, whatever is in it."""
    flask, fastapi = (each.get("/weather", params={"city": city}) for each in twins)

    assert flask.json() == fastapi.json()
    assert flask.json()["city"] == city


def test_london_is_the_city_nobody_named(twin):
    """The default is written in both signatures."""
    assert twin.get("/weather").json()["city"] == "London"


@pytest.mark.parametrize(
    ("path", "least_ms"),
    [("/io", 100), ("/io?parts=4", 100), ("/async-io", 100), ("/async-io-multi?parts=4", 25)],
)
def test_server_timing_tells_waiting_from_working(twin, path, least_ms):
    """Parts in a row wait for the whole delay, parts at once for their share of it."""
    upstream_ms, app_ms = timing_of(twin.get(path))

    assert upstream_ms >= least_ms
    assert app_ms < 1000


def test_nothing_waits_where_nothing_is_asked(twin):
    """A route without the upstream says that it waited for 0 ms."""
    assert timing_of(twin.get("/json"))[0] == 0


def test_cpu_is_burnt_and_not_slept(twin):
    """60 ms of processor time cannot pass in less."""
    for path in ("/cpu?ms=60", "/async-cpu?ms=60"):
        assert timing_of(twin.get(path))[1] >= 60


def test_the_upstream_counts_each_service_under_its_name(twin, upstream):
    """X-Caller carries the target's name, once for each part."""
    twin.get("/io?parts=3")
    twin.get("/async-io-multi?parts=2")
    name = twin.get("/server").json()["target"]

    callers = upstream.get("/stats").json()["callers"]
    assert callers[name]["served"] == 5
    assert set(callers) == {name}


def test_parts_at_once_are_held_at_once(twin, upstream):
    """The upstream sees four in flight for one request in four concurrent parts, one in a row."""
    name = twin.get("/server").json()["target"]
    upstream.put("/behaviour", json={"delay_ms": 2000})

    twin.get("/async-io-multi?parts=4")
    assert upstream.get("/stats").json()["callers"][name]["peak"] == 4
    upstream.delete("/stats")
    twin.get("/io?parts=4")
    assert upstream.get("/stats").json()["callers"][name]["peak"] == 1

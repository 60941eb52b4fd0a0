"""What each route of the mock upstream answers."""

import re

import httpx
import pytest


def held_ms(answer: httpx.Response) -> float:
    """What the Server-Timing header says about the wait."""
    found = re.fullmatch(r"delay;dur=(\d+\.\d{1,3})", answer.headers["Server-Timing"])
    assert found, answer.headers["Server-Timing"]
    return float(found[1])


def test_health_is_answered_at_once(upstream: httpx.Client) -> None:
    """It waits for nothing and is no entry in the ledger."""
    answer = upstream.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "Server-Timing" not in answer.headers
    assert upstream.get("/stats").json()["callers"] == {}


@pytest.mark.parametrize("duration", ["0", "0.05", "50ms", "0.05s", "7.3ms"])
def test_a_delay_is_never_shorter_than_asked(upstream: httpx.Client, duration: str) -> None:
    """However it is written, and by the client's clock as well as by the server's."""
    answer = upstream.get(f"/delay/{duration}")

    asked_ms = answer.json()["delay_ms"]
    assert answer.status_code == 200
    assert asked_ms <= held_ms(answer) < asked_ms + 10_000
    assert answer.elapsed.total_seconds() * 1000 >= asked_ms


def test_a_call_waits_as_dialled(upstream: httpx.Client) -> None:
    """The whole delay, unless a share of it is asked for."""
    whole, half = upstream.get("/call"), upstream.get("/call?share=0.5")

    assert (whole.json(), half.json()) == ({"delay_ms": 20.0}, {"delay_ms": 10.0})
    assert held_ms(whole) >= 20
    assert held_ms(half) >= 10


def test_a_city_has_one_weather(upstream: httpx.Client) -> None:
    """The same each time and in any case, and the city comes back as it was given."""
    first, again = upstream.get("/weather/São Paulo"), upstream.get("/weather/SÃO PAULO?share=0.1")

    assert first.json().keys() == {"city", "temp_c"}
    assert first.json()["city"] == "São Paulo"
    assert first.json()["temp_c"] == again.json()["temp_c"]
    assert held_ms(first) >= 20
    assert held_ms(again) >= 2


def test_the_dial_does_not_touch_exact_delays(upstream: httpx.Client) -> None:
    """/delay is the ruler: neither the dialled delay nor a fault applies to it."""
    upstream.put("/behaviour", json={"delay_ms": 60_000, "error_rate": 1})

    assert upstream.get("/delay/1ms").status_code == 200


BAD = [
    ("GET", "/delay/", "duration='': expected a number from 0 to 60"),
    ("GET", "/delay/nan", "duration='nan'"),
    ("GET", "/delay/inf", "duration='inf'"),
    ("GET", "/delay/-1", "duration='-1'"),
    ("GET", "/delay/1e3", "duration='1e3'"),
    ("GET", "/delay/60.1", "duration='60.1'"),
    ("GET", "/delay/60001ms", "duration='60001ms'"),
    ("GET", "/delay/1?share=1", "'share' is an unknown query parameter: expected none here"),
    ("GET", "/call?share=0", "share='0': expected a number above 0 and up to 1"),
    ("GET", "/call?share=1.1", "share='1.1'"),
    ("GET", "/call?share=nan", "share='nan'"),
    ("GET", "/call?share=", "share=''"),
    ("GET", "/call?share", "share=''"),
    ("GET", "/call?share=1&share=1", "share is given twice"),
    ("GET", "/call?shar=1", "'shar' is an unknown query parameter: expected only share"),
    ("GET", "/weather/", "city='': expected a name of 1 to 100 characters"),
    ("GET", "/weather/" + "x" * 101, "city='xxx"),
    ("GET", "/weather/%FF", "expected percent-encoded UTF-8"),
    ("GET", "/weather/%zz", "expected percent-encoded UTF-8"),
    ("GET", "/weather/Rome?share=2", "share='2'"),
    ("GET", "/stats/timeline?seconds=0", "seconds='0': expected a whole number from 1 to 300"),
    ("GET", "/stats/timeline?seconds=301", "seconds='301'"),
    ("GET", "/stats/timeline?seconds=1.5", "seconds='1.5'"),
    ("GET", "/stats/timeline?minutes=1", "'minutes' is an unknown query parameter"),
]


@pytest.mark.parametrize(("method", "target", "sentence"), BAD)
def test_a_bad_request_is_told_what_would_do(
    upstream: httpx.Client, method: str, target: str, sentence: str
) -> None:
    """400 in the shape of all services, at once, and without an entry in the ledger."""
    answer = upstream.request(method, target)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json().keys() == {"error", "detail"}
    assert answer.json()["error"] == "bad_request"
    assert sentence in answer.json()["detail"]
    assert upstream.get("/stats").json()["callers"] == {}


@pytest.mark.parametrize("path", ["/", "/delay", "/delay/1/2", "/Call", "/call/", "/stats/x"])
def test_an_unknown_path_is_not_found(upstream: httpx.Client, path: str) -> None:
    """404 in the same shape."""
    answer = upstream.get(path)

    assert answer.status_code == 404
    assert answer.json() == {"error": "not_found", "detail": f"no route {path!r}"}


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/call", "GET, HEAD"),
        ("PUT", "/delay/1", "GET, HEAD"),
        ("DELETE", "/healthz", "GET, HEAD"),
        ("POST", "/behaviour", "DELETE, GET, HEAD, PUT"),
        ("PUT", "/stats", "DELETE, GET, HEAD"),
        ("OPTIONS", "/stats/timeline", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    upstream: httpx.Client, method: str, path: str, allow: str
) -> None:
    """405 with Allow."""
    answer = upstream.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == allow
    assert answer.json()["error"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/healthz", "/behaviour", "/delay/1ms", "/nowhere"])
def test_head_is_get_without_the_body(upstream: httpx.Client, path: str) -> None:
    """The same status and length, and the connection stays usable."""
    head, get = upstream.head(path), upstream.get(path)

    assert head.content == b""
    assert head.status_code == get.status_code
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


OWN_HOSTS = [
    "127.0.0.1:8003",
    "10.0.0.5",
    "[::1]:8003",
    "localhost",
    "mock-upstream:8003",
    "a.localhost",
]
FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:8003",
    "127.0.0.1.evil.example",
    "localhost.",
    "::1.x",
]


@pytest.mark.parametrize("host", OWN_HOSTS)
@pytest.mark.parametrize("path", ["/behaviour", "/stats", "/stats/timeline"])
def test_the_dial_answers_to_names_of_the_lab(upstream: httpx.Client, path: str, host: str) -> None:
    """Addresses, and names that no stranger can have."""
    assert upstream.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/behaviour"),
        ("PUT", "/behaviour"),
        ("DELETE", "/behaviour"),
        ("GET", "/stats"),
        ("DELETE", "/stats"),
        ("GET", "/stats/timeline"),
    ],
)
def test_the_dial_answers_to_no_other_name(
    upstream: httpx.Client, method: str, path: str, host: str
) -> None:
    """A web page whose name leads here (DNS rebinding) turns nothing and learns nothing."""
    before = upstream.get("/behaviour").json()

    answer = upstream.request(method, path, headers={"Host": host}, json={"delay_ms": 1})

    assert answer.status_code == 421
    assert answer.json() == {
        "error": "misdirected_request",
        "detail": f"Host: {host!r}: expected an address, localhost or a name in LAB_HOSTS",
    }
    assert upstream.get("/behaviour").json() == before

"""The client's pool: whose it is, what a limit does, and the limits that tutorials print."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

import fastapi_svc.httpx2_transport
import fastapi_svc.settings
import fastapi_svc.upstream
import flask_svc.httpx2_transport
import flask_svc.settings
import flask_svc.upstream

# What httpx's clients have where nobody says otherwise.
PRINTED = {
    "CLIENT_CONNECTIONS": "100",
    "CLIENT_POOL_TIMEOUT_S": "5",
    "CLIENT_KEEP_ALIVE_S": "5",
    "UPSTREAM_TIMEOUT_S": "5",
    "UPSTREAM_CONNECT_TIMEOUT_S": "5",
}
IDS = ["flask", "fastapi"]
SERVICES = [
    (flask_svc.settings.Settings, flask_svc.upstream),
    (fastapi_svc.settings.Settings, fastapi_svc.upstream),
]


@pytest.mark.parametrize(("settings", "upstream"), SERVICES, ids=IDS)
def test_the_limits_of_a_client_as_tutorials_print_it_can_be_had(settings, upstream):
    """A hundred connections of which twenty stay idle, and five seconds for everything."""
    told = settings.from_env(PRINTED)
    with httpx.Client() as printed:
        assert upstream.timeouts(told) == printed.timeout
    assert upstream.limits(told) == httpx.Limits(
        max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0
    )


@pytest.mark.parametrize(("settings", "upstream"), SERVICES, ids=IDS)
def test_a_transport_has_the_pool_that_it_is_called_after(settings, upstream, transport):
    """Whatever is told, answers are the same: so this looks inside."""
    kinds = {
        "aiohttp": AiohttpTransport,
        "httpx": httpx.AsyncHTTPTransport,
        "httpx2": (
            flask_svc.httpx2_transport.Httpx2Transport,
            fastapi_svc.httpx2_transport.Httpx2Transport,
        ),
    }
    told = settings.from_env({"CLIENT_TRANSPORT": transport})

    assert isinstance(upstream.async_transport(told, verify=True), kinds[transport])


@pytest.mark.parametrize("library", ["httpx2", "requests", "granian"])
@pytest.mark.parametrize("service", ["flask_svc", "fastapi_svc"])
def test_a_worker_has_no_library_in_memory_that_it_does_not_use(service, library):
    """Idle workers are weighed; a library that none of them uses must not be in the scale."""
    code = f"import sys, {service}.app, {service}.__main__; sys.exit({library!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


@pytest.mark.parametrize(("settings", "upstream"), SERVICES, ids=IDS)
def test_a_pool_without_limit_has_none_in_any_sense(settings, upstream):
    """Neither of the connections nor of the idle ones among them."""
    limits = upstream.limits(settings.from_env({}))

    assert (limits.max_connections, limits.max_keepalive_connections) == (None, None)


@pytest.mark.parametrize("path", ["/io", "/async-io"])
def test_who_gets_no_connection_is_told_how_long_was_waited(odd_twin, upstream, transport, path):
    """Two connections and five requests: 504 for three, with the pool's time-out in the sentence.

    Flask's async views have a client each, and so nothing to wait for.
    """
    threads = {"FLASK_WORKER_CLASS": "gthread", "FLASK_THREADS": "5"}
    limits = {"CLIENT_CONNECTIONS": "2", "CLIENT_POOL_TIMEOUT_S": "0.3"}
    client = odd_twin(CLIENT_TRANSPORT=transport, **threads, **limits)
    framework = client.get("/server").json()["framework"]["name"]
    # Long enough that no connection comes back within the time-out.
    upstream.put("/behaviour", json={"delay_ms": 2000})
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: client.get(path), range(5)))

    told = Counter((each.status_code, each.json().get("detail")) for each in answers)
    if (framework, path) == ("flask", "/async-io"):
        assert told == {(200, None): 5}
    else:
        assert told == {
            (200, None): 2,
            (504, "no free connection to the upstream in 0.3 s"): 3,
        }

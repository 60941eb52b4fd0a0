"""The behaviour in time that the lab is about: who serves how many, in how many waves."""

import asyncio
from pathlib import Path

import httpx
import pytest

from lab import burst, lanes, theory
from lab.targets import ROUTES

DELAY_S = 0.1
REQUESTS = 16
# Long enough that even a busy machine has all requests of a wave waiting before one is answered.
LONG = {"delay_ms": 1500}


def send(client, route, requests=REQUESTS):
    """A burst at one route; every request is answered."""
    url = str(client.base_url).rstrip("/") + ROUTES[route].path
    samples = asyncio.run(burst.send(url, requests, target="", route=route, timeout_s=60))
    assert [each.error for each in samples if each.error] == []
    return samples


@pytest.mark.parametrize("route", ROUTES)
def test_flask_serves_sixteen_in_four_waves_of_four(start_twin, upstream, route):
    """Four sync workers: four answers after each delay, by four processes, on every route."""
    client = start_twin("flask")
    send(client, route)  # a worker's first request takes longer, and its neighbours would take over
    upstream.put("/behaviour", json={"delay_ms": 400})
    upstream.delete("/stats")
    samples = send(client, route)
    service_s = 0.4 / (2 if ROUTES[route].in_parts else 1)

    by_worker = lanes.lanes(samples)
    assert [lane.count for lane in by_worker] == [4, 4, 4, 4]
    assert lanes.waves(by_worker) == 4
    for position, sample in enumerate(sorted(samples, key=lambda each: each.end_s), start=1):
        predicted_s = theory.answer_s(position=position, slots=4, service_s=service_s)
        assert predicted_s <= sample.end_s < predicted_s + 2.0
    assert peak(upstream, "flask-svc") == 4 * (2 if ROUTES[route].in_parts else 1)


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("fastapi-svc", "async-io"),
        ("fastapi-svc", "async-io-multi"),
        ("fastapi-granian", "async-io"),
        ("fastapi-granian", "async-io-multi"),
        ("starlette-svc", "async-io"),
    ],
)
def test_fastapi_serves_sixteen_in_one_wave(start_target, upstream, name, route):
    """All sixteen wait at once, whatever worker accepted them, on either server."""
    upstream.put("/behaviour", json=LONG)
    samples = send(start_target(name), route)

    assert lanes.waves(lanes.lanes(samples)) == 1
    assert peak(upstream, name) == 16 * (2 if ROUTES[route].in_parts else 1)


def test_a_blocking_call_in_a_coroutine_stops_its_worker(start_twin, upstream):
    """The trap: never more calls at once than there are workers."""
    client = start_twin("fastapi")
    samples = send(client, "blocking-io")

    by_worker = lanes.lanes(samples)
    assert peak(upstream, "fastapi-svc") == len(by_worker) <= 4
    for worker in by_worker:
        ends_s = sorted(each.end_s for each in samples if each.worker_pid == worker.worker_pid)
        # A client that is busy sees an answer late, so only the earliest times count.
        began_s = min(each.start_s for each in samples)
        for rank, end_s in enumerate(ends_s, start=1):
            assert end_s - began_s >= 0.9 * rank * DELAY_S


def test_the_threads_of_plain_def_are_limited(start_target, upstream):
    """Forty tokens in one worker: sixty requests take two waves."""
    client = start_target("fastapi-solo")
    upstream.put("/behaviour", json=LONG)

    samples = send(client, "io", requests=60)
    assert peak(upstream, "fastapi-solo") == 40
    assert lanes.waves(lanes.lanes(samples)) == 2


def test_the_number_of_threads_is_the_number_of_slots(odd_twin, upstream):
    """Seven, on threads of gunicorn or on tokens of the pool behind plain `def`."""
    seven = {"FLASK_WORKER_CLASS": "gthread", "FLASK_THREADS": "7", "FASTAPI_THREADS": "7"}
    client = odd_twin(**seven)
    told = client.get("/server").json()
    upstream.delete("/stats")
    upstream.put("/behaviour", json=LONG)

    send(client, "io", requests=21)
    assert peak(upstream, told["target"]) == told["slots"]["io"] == 7


@pytest.mark.parametrize(
    ("name", "requests"),
    [("flask-gthread", 100), ("flask-gevent", 100), ("flask-asgi", 40)],
)
def test_a_variant_holds_more_than_its_workers(start_target, upstream, name, requests):
    """Threads and greenlets are slots too; 100 fill every thread of gthread."""
    upstream.put("/behaviour", json=LONG)
    send(start_target(name), "io", requests=requests)

    full = {"flask-gthread": 100, "flask-gevent": 100, "flask-asgi": 25}
    assert peak(upstream, name) >= full[name]


def test_granian_has_no_more_slots_than_threads(start_target, upstream):
    """All of them are filled; the next twenty wait in the listening socket, where any worker finds
    them. With a hundred requests one may wait behind a full worker while another has a thread."""
    client = start_target("flask-granian")
    upstream.put("/behaviour", json=LONG)
    samples = send(client, "io", requests=120)

    assert peak(upstream, "flask-granian") == client.get("/server").json()["slots"]["io"] == 100
    assert lanes.waves(lanes.lanes(samples)) == 2


def test_granian_has_no_hidden_limit_for_coroutines(run_target, upstream):
    """Its own default would let as many wait as the backlog has places, divided by the workers."""
    upstream.put("/behaviour", json={"delay_ms": 4000})
    program = run_target("fastapi-granian", FASTAPI_WORKERS="1", LISTEN_BACKLOG="128")
    with httpx.Client(base_url=program.url) as client:
        send(client, "async-io", requests=200)

    assert peak(upstream, "fastapi-granian") == 200


def test_a_limited_pool_is_a_limit_of_slots(odd_twin, upstream, transport):
    """With one worker and three connections, no more than three calls are in flight."""
    client = odd_twin(CLIENT_CONNECTIONS="3", CLIENT_TRANSPORT=transport)
    told = client.get("/server").json()
    if told["framework"]["name"] == "flask":
        assert told["slots"]["async-io"] == 1  # one sync worker; no pool can raise that
    else:
        assert told["slots"]["async-io"] == 3
    upstream.delete("/stats")

    send(client, "async-io", requests=12)
    assert peak(upstream, told["target"]) == told["slots"]["async-io"]


def test_a_client_per_request_works_too(odd_twin, upstream, transport):
    """As tutorials print it: slower, and right."""
    client = odd_twin(CLIENT_LIFETIME="request", CLIENT_TRANSPORT=transport)

    for route in ROUTES:
        send(client, route, requests=3)


@pytest.mark.linux
@pytest.mark.alone
@pytest.mark.parametrize("framework", ["flask", "fastapi"])
def test_a_thousand_connections_at_once_are_all_taken(start_twin, framework):
    """The kernel turns none away: a full backlog would show as steps of a whole second."""
    client = start_twin(framework)
    url = f"{str(client.base_url).rstrip('/')}/json"
    before = turned_away()
    samples = asyncio.run(burst.send(url, 1000, target="", route="json", timeout_s=60))

    assert [each.error for each in samples if each.error] == []
    assert turned_away() == before


def turned_away():
    """Connections that found a listen backlog full, on this machine since it started."""
    names, values = (
        line.split()
        for line in Path("/proc/net/netstat").read_text().splitlines()
        if line.startswith("TcpExt:")
    )
    counted = dict(zip(names, values, strict=True))
    return {name: counted[name] for name in ("ListenOverflows", "ListenDrops")}


def peak(upstream, caller):
    """The most calls of a target that the upstream held at once."""
    return upstream.get("/stats").json()["callers"][caller]["peak"]

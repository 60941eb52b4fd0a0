"""What a target is, in words, from what it tells of itself."""

import re

import pytest

from fastapi_svc import server as fastapi_server
from fastapi_svc.settings import Settings as FastapiSettings
from flask_svc import server as flask_server
from flask_svc.settings import Settings as FlaskSettings
from lab.live.server_words import words


def told(**environ: str) -> tuple[str, str, str]:
    """The shape of a target with these settings, its server, and how it calls the upstream."""
    is_flask = not any(name.startswith("FASTAPI_") for name in environ)
    said = words(
        flask_server.describe(FlaskSettings.from_env(environ))
        if is_flask
        else fastapi_server.describe(FastapiSettings.from_env(environ))
    )
    found = re.fullmatch(
        r"(?:flask|fastapi)-svc is (\w+ \d+\.\d+ on \w+) \d+\.\d+: (.*)\. "
        r"It calls the upstream with (.*)\.",
        said,
    )
    assert found, said
    return found[2], re.sub(r" [\d.]+", "", found[1]), found[3]


@pytest.mark.parametrize(
    ("environ", "shape"),
    [
        ({}, "4 sync workers, so 4 requests at a time; a 5th waits in the accept queue"),
        (
            {"FLASK_WORKERS": "1"},
            "1 sync worker, so 1 request at a time; a 2nd waits in the accept queue",
        ),
        (
            {"FLASK_WORKERS": "10"},
            "10 sync workers, so 10 requests at a time; an 11th waits in the accept queue",
        ),
        (
            {
                "FLASK_WORKER_CLASS": "gthread",
                "FLASK_THREADS": "25",
                "FLASK_CONNECTIONS": "25",
            },
            "4 workers with 25 threads each, so 100 requests at a time; "
            "a 101st waits in the accept queue",
        ),
        (
            {"FLASK_WORKER_CLASS": "gthread", "FLASK_WORKERS": "1", "FLASK_THREADS": "7"},
            "1 worker with 7 threads, so 7 requests at a time; an 8th waits in a worker",
        ),
        (
            {"FLASK_WORKER_CLASS": "gevent", "FLASK_CONNECTIONS": "250"},
            "4 workers with 250 greenlets each, so 1,000 requests at a time; "
            "a 1,001st waits in the accept queue",
        ),
        (
            {"FLASK_WORKER_CLASS": "asgi", "FLASK_THREADS": "3"},
            "4 workers with an event loop before 3 threads each, so 12 requests at a time; "
            "a 13th waits in a worker",
        ),
        (
            {"FASTAPI_WORKERS": "1"},
            "1 worker with an event loop, without a limit of requests; "
            "plain def routes have 40 threads, so 40 requests at a time",
        ),
        (
            {"FASTAPI_WORKERS": "4"},
            "4 workers with an event loop each, without a limit of requests; "
            "plain def routes have 40 threads in each worker, so 160 requests at a time",
        ),
        (
            {"FASTAPI_APP": "starlette"},
            "4 workers with an event loop each, without a limit of requests",
        ),
    ],
)
def test_the_shape_says_how_many_and_where_the_next_one_waits(
    environ: dict[str, str], shape: str
) -> None:
    """Slots, and the waiting room in front of them."""
    assert told(**environ)[0] == shape


def test_framework_and_server_have_their_names() -> None:
    """With the two first parts of their versions."""
    assert told()[1] == "Flask on gunicorn"
    assert told(FLASK_WORKER_CLASS="asgi")[1] == "Flask on uvicorn"
    assert told(FASTAPI_WORKERS="1")[1] == "FastAPI on uvicorn"
    assert told(FASTAPI_APP="starlette")[1] == "Starlette on uvicorn"
    assert told(FASTAPI_WORKER_CLASS="granian")[1] == "FastAPI on granian"


@pytest.mark.parametrize(
    ("environ", "client"),
    [
        ({}, "httpx over aiohttp, without a limit of connections"),
        (
            {"CLIENT_TRANSPORT": "httpx", "CLIENT_CONNECTIONS": "100"},
            "httpx, 100 connections for each worker, so 400 calls at a time",
        ),
        (
            {"CLIENT_TRANSPORT": "requests", "CLIENT_LIFETIME": "request"},
            "requests, which connects again for each request",
        ),
    ],
)
def test_the_client_says_what_it_connects_with(environ: dict[str, str], client: str) -> None:
    """Its pool is a limit of its own, inside of the slots."""
    assert told(**environ)[2] == client


def test_another_program_is_no_target() -> None:
    """The page says so then."""
    with pytest.raises(KeyError):
        words({"status": "ok"})

"""Starlette without FastAPI: two routes that answer the same, among as many paths."""

import json
from collections.abc import Iterable, Iterator

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, WebSocketRoute

from fastapi_svc import bare, storage_file
from fastapi_svc.app import create_app
from fastapi_svc.settings import Settings

BOTH = ["/json", "/async-io", "/healthz"]


@pytest.fixture
def both(start_target, upstream) -> list[httpx.Client]:
    """The service without FastAPI and with it."""
    return [start_target(name) for name in ("starlette-svc", "fastapi-svc")]


def paths(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """The paths with which a request is compared, in that order."""
    for route in routes:
        if included := getattr(route, "original_router", None):  # FastAPI's for include_router
            yield from paths(included.routes)
        elif isinstance(route, Mount):
            yield f"{route.path}/{{path:path}}"
        elif not isinstance(route, WebSocketRoute):
            yield route.path


def test_a_request_is_compared_with_the_same_paths(tmp_path):
    """Or a third of what FastAPI seems to cost would be the length of its table."""
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})
    storage_file.create(settings)

    fastapi, starlette = create_app(settings), bare.create_app(settings)
    assert list(paths(starlette.routes)) == list(paths(fastapi.routes)) == list(bare.PATHS)


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_is_the_same_to_the_byte(both, method, path):
    """And has the same headers, whose values differ only where time and process do."""
    starlette, fastapi = (client.request(method, path) for client in both)

    assert (starlette.status_code, starlette.content) == (200, fastapi.content)
    differ = {"date", "x-worker-pid", "server-timing"}
    assert starlette.headers.keys() == fastapi.headers.keys()
    for name in starlette.headers.keys() - differ:
        assert starlette.headers[name] == fastapi.headers[name], name


def test_the_wrappers_are_the_same_in_the_same_order(tmp_path):
    """What FastAPI is compared without is FastAPI alone."""
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})
    storage_file.create(settings)

    fastapi, starlette = create_app(settings), bare.create_app(settings)
    assert [(each.cls, each.kwargs) for each in starlette.user_middleware] == [
        (each.cls, each.kwargs) for each in fastapi.user_middleware
    ]


@pytest.mark.parametrize(
    "behaviour", [{"error_rate": 1, "error_status": 507}, {"reset_rate": 1}], ids=str
)
def test_a_failure_of_the_upstream_is_the_same_error(both, upstream, behaviour):
    """Status, word and sentence."""
    upstream.put("/behaviour", json=behaviour)
    starlette, fastapi = (client.get("/async-io") for client in both)

    assert starlette.status_code == fastapi.status_code == 502
    assert starlette.json() == fastapi.json()


@pytest.mark.parametrize("path", ["/io", "/users", "/users/1", "/docs", "/ws", "/nowhere"])
def test_what_is_not_there_is_not_found(both, path):
    """Whether or not the path stands in the table, in the common form."""
    answer = both[0].get(path)

    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"
    assert path in answer.json()["detail"]


def test_a_wrong_method_is_refused_in_the_common_form(both):
    """405, with the methods that there are."""
    answer = both[0].post("/json", json={})

    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


def test_a_body_has_its_limit_here_too(both):
    """The same wrapper refuses it."""
    starlette, fastapi = (
        client.request("GET", "/json", content=json.dumps("x" * 70_000)) for client in both
    )

    assert starlette.status_code == fastapi.status_code == 413
    assert starlette.json() == fastapi.json()


def test_it_runs_on_granian_as_well(run_target, upstream):
    """The same server code starts either app."""
    program = run_target("starlette-svc", FASTAPI_WORKER_CLASS="granian")

    told = httpx.get(program.url + "/server").json()
    assert (told["framework"]["name"], told["server"]["name"]) == ("starlette", "granian")
    assert httpx.get(program.url + "/async-io").json() == {"answers": [{"delay_ms": 100.0}]}
    assert httpx.get(program.url + "/io").status_code == 404

"""Every error has one shape on both services: a status, a word, a sentence."""

import httpx
import pytest

BAD_PARAMETERS = [
    ("/io", "parts", "0"),
    ("/io", "parts", "65"),
    ("/io", "parts", "-1"),
    ("/io", "parts", "two"),
    ("/io", "parts", "1.5"),
    ("/io", "parts", ""),
    ("/io", "parts", "1e1"),
    ("/io", "parts", "9" * 30),
    ("/io", "parts", "٣"),
    ("/async-io-multi", "parts", "0"),
    ("/async-io-multi", "parts", "65"),
    ("/cpu", "ms", "-1"),
    ("/cpu", "ms", "2001"),
    ("/async-cpu", "ms", "x"),
    ("/weather", "city", ""),
    ("/weather", "city", "x" * 101),
]
WAITING = ("/io", "/async-io", "/async-io-multi", "/blocking-io", "/weather")


def assert_problem(answer: httpx.Response, status: int, word: str, *more: str) -> str:
    """The common shape, with these members more; returns the sentence."""
    assert (answer.status_code, answer.json()["error"]) == (status, word)
    assert set(answer.json()) == {"error", "detail", *more}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Worker-Pid"].isdigit()
    assert "upstream;dur=" in answer.headers["Server-Timing"]
    return answer.json()["detail"]


@pytest.mark.parametrize(("path", "name", "value"), BAD_PARAMETERS)
def test_a_bad_parameter_is_refused_by_name(twin, path, name, value):
    """400, never FastAPI's own 422, with the parameter as the one field at fault."""
    answer = twin.get(path, params={name: value})
    [field] = answer.json()["fields"]

    detail = assert_problem(answer, 400, "bad_request", "fields")
    assert (field["field"], f"{name}: {field['problem']}") == (name, detail)
    assert set(field) == {"field", "problem"}


@pytest.mark.parametrize("name", ["flask-asgi", "fastapi-svc"])
def test_a_number_of_5000_digits_is_a_bad_parameter(start_target, name):
    """Python converts at most 4300 digits; gunicorn refuses so long a line before that."""
    answer = start_target(name).get("/io", params={"parts": "9" * 5000})

    assert assert_problem(answer, 400, "bad_request", "fields").startswith("parts: ")


def test_a_bad_parameter_never_reaches_the_upstream(twin, upstream):
    """The upstream counts nothing for a refused request."""
    twin.get("/io", params={"parts": "0"})

    assert upstream.get("/stats").json()["all"]["served"] == 0


@pytest.mark.parametrize("path", ["/nope", "/io/", "/users/", "/docs/", "/openapi.json/"])
def test_no_such_route(twin, path):
    """404, without a redirect to a route that resembles it."""
    assert path in assert_problem(twin.get(path), 404, "not_found")


METHODS = {
    "/io": {"GET", "HEAD", "OPTIONS"},
    "/healthz": {"GET", "HEAD", "OPTIONS"},
    "/users": {"GET", "HEAD", "OPTIONS", "POST"},
    "/users/1": {"GET", "HEAD", "OPTIONS"},
    "/jobs": {"OPTIONS", "POST"},
    "/jobs/1": {"GET", "HEAD", "OPTIONS"},
    "/stream": {"GET", "HEAD", "OPTIONS"},
    "/openapi.json": {"GET", "HEAD", "OPTIONS"},
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for path, known in METHODS.items()
        for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE")
        if method not in known
    ],
)
def test_no_such_method(twin, method, path):
    """405 says which methods there are: all of the path, however many routes it has."""
    answer = twin.request(method, path)

    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == METHODS[path]


@pytest.mark.parametrize("path", METHODS)
def test_options_names_the_methods(twin, path):
    """As a 405 does, with 200 and nothing else."""
    answer = twin.options(path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert set(answer.headers["Allow"].split(", ")) == METHODS[path]


@pytest.mark.parametrize("path", ["/healthz", "/json", "/io", "/users", "/openapi.json", "/docs"])
def test_head_is_get_without_a_body(twin, path):
    """A health checker may ask so."""
    head, get = twin.head(path), twin.get(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert int(head.headers["Content-Length"]) == len(get.content)
    assert "X-Worker-Pid" in head.headers


def test_head_of_a_stream_is_over_with_its_head(twin):
    """It would last for hours; and the next request of the connection is answered."""
    head = twin.head("/stream", params={"n": 1000, "every_ms": 10000})

    assert (head.status_code, head.content) == (200, b"")
    assert twin.get("/json").status_code == 200


def test_files_of_the_documentation_can_only_be_read(twins):
    """A mounted folder refuses by itself, and names its methods all the same."""
    path = "/static-offline-docs/redoc.standalone.js"
    answer = twins[1].post(path)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("path", "status"), [("/nope", 404), ("/jobs", 405), ("/users/4711", 404), ("/cpu?ms=x", 400)]
)
def test_head_of_what_is_refused_has_the_status(twin, path, status):
    """And no body."""
    answer = twin.head(path)

    assert (answer.status_code, answer.content) == (status, b"")


@pytest.mark.parametrize("path", ["//io", "//", "/users//1", "//users"])
def test_an_empty_part_of_a_path_is_no_route(twin, path):
    """404 as for any other, and no redirect."""
    url = twin.base_url.copy_with(raw_path=path.encode())
    answer = twin.send(twin.build_request("GET", url), follow_redirects=False)

    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("path", WAITING)
def test_an_upstream_that_answers_an_error_is_a_bad_gateway(twin, upstream, path):
    """502, and the sentence gives the upstream's status."""
    upstream.put("/behaviour", json={"error_rate": 1, "error_status": 507})

    assert "507" in assert_problem(twin.get(path), 502, "upstream_error")


@pytest.mark.parametrize("path", WAITING)
def test_an_upstream_that_resets_is_unreachable(odd_twin, upstream, transport, path):
    """502 and not 504: a connection that breaks is no time-out, whatever the transport calls it."""
    twin = odd_twin(CLIENT_TRANSPORT=transport)
    upstream.put("/behaviour", json={"reset_rate": 1})

    assert_problem(twin.get(path), 502, "upstream_unreachable")


@pytest.mark.parametrize("path", WAITING)
def test_a_request_that_fails_is_not_sent_again(odd_twin, upstream, eventually, transport, path):
    """The upstream counts one call for one request, or two where it is in two parts."""
    twin = odd_twin(CLIENT_TRANSPORT=transport)
    upstream.put("/behaviour", json={"reset_rate": 1})
    twin.get(path)

    parts = 2 if path == "/async-io-multi" else 1

    def idle_stats():
        stats = upstream.get("/stats").json()["all"]
        return stats if stats["in_flight"] == 0 else None

    eventually(idle_stats, "an idle upstream")
    assert idle_stats()["errors"] + idle_stats()["cancelled"] == parts


@pytest.mark.parametrize("path", WAITING)
def test_an_upstream_that_refuses_is_unreachable(odd_twin, closed_port, transport, path):
    """502, with the address that refused."""
    url = f"http://127.0.0.1:{closed_port}"
    answer = odd_twin(UPSTREAM_URL=url, CLIENT_TRANSPORT=transport).get(path)

    assert url in assert_problem(answer, 502, "upstream_unreachable")


@pytest.mark.parametrize("path", WAITING)
def test_an_upstream_that_hangs_times_out(odd_twin, upstream, transport, path):
    """504 after the time-out that is set, and the sentence says how long that was."""
    twin = odd_twin(UPSTREAM_TIMEOUT_S="0.3", CLIENT_TRANSPORT=transport)
    upstream.put("/behaviour", json={"hang_rate": 1})

    assert "0.3 s" in assert_problem(twin.get(path), 504, "upstream_timeout")


@pytest.mark.parametrize("path", ["/io", "/async-io"])
def test_a_service_recovers_with_its_upstream(twin, upstream, path):
    """After resets the same worker's client serves again."""
    upstream.put("/behaviour", json={"reset_rate": 1})
    for _ in range(8):
        twin.get(path)
    upstream.delete("/behaviour")

    assert [twin.get(path).status_code for _ in range(8)] == [200] * 8


def test_an_exception_nobody_expected_is_a_500(broken_twin, eventually):
    """The body tells nothing of the inside; the log has the traceback."""
    client, output = broken_twin
    detail = assert_problem(client.get("/io"), 500, "internal_server_error")

    assert "secret" not in detail
    eventually(lambda: "RuntimeError: secret" in output(), "a traceback in the log")

"""Locust's page as any HTTP client sees it: what it takes, and what it refuses, in sentences."""

import csv
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import DEADLINE_S, LOCUST, ROOT, run_headless
from running_lab import running_services

from lab.running.testbed.ports import free_port

pytestmark = pytest.mark.loads

# What the page posts when START is pressed.
FORM = {
    "user_count": "4",
    "spawn_rate": "4",
    "host": "",
    "run_time": "",
    "profile": "",
    "shape_class": "Default",
    "route": "natural",
    "load": "closed",
    "think_s": "0.05",
    "burst_size": "16",
    "burst_every_s": "5.0",
    "arrival_rate": "8.0",
    "arrivals": "even",
    "arrival_seed": "1",
    "max_in_flight": "2000",
    "step_s": "15.0",
    "user_classes": ["FastapiSvc", "FlaskSvc"],
}
EVERY_CLASS = [
    f"{target}{kind}"
    for target in ("FastapiSvc", "FlaskSvc")
    for kind in ("", "Api", "Streams", "Sockets")
]
ROUTES = ("io", "async-io", "async-io-multi", "blocking-io", "weather", "json", "cpu")

Eventually = Callable[[Callable[[], object]], None]
RunProgram = Callable[..., AbstractContextManager[Any]]
Upstream = tuple[subprocess.Popen[bytes], httpx.Client, Path]


@pytest.fixture(scope="module")
def ports(
    upstream_process: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Both services before the shared upstream, by the settings of their ports."""
    url = str(upstream_process[1].base_url)
    logs = tmp_path_factory.mktemp("services")
    with running_services(url, logs, FLASK_WORKERS="2") as services:
        yield services.own_ports


@pytest.fixture(scope="session")
def locust(run_locust: RunProgram) -> Callable[..., AbstractContextManager[httpx.Client]]:
    """A client of the page of a Locust that runs until the end of the block."""

    @contextmanager
    def locust(
        ports: dict[str, str], log: Path, *arguments: str, **settings: object
    ) -> Iterator[httpx.Client]:
        told = {name: str(value) for name, value in (ports | settings).items()}
        with (
            run_locust(told, log, *arguments) as program,
            httpx.Client(base_url=program.url, timeout=DEADLINE_S, trust_env=False) as client,
        ):
            yield client

    return locust


@pytest.fixture(scope="module")
def shared_page(
    ports: dict[str, str], locust: RunProgram, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """The one Locust that most tests share."""
    with locust(ports, tmp_path_factory.mktemp("locust") / "log") as client:
        yield client


@pytest.fixture
def page(
    shared_page: httpx.Client, upstream: httpx.Client, eventually: Eventually
) -> Iterator[httpx.Client]:
    """A client of a page without a run; what a test starts is stopped after it."""
    yield shared_page
    shared_page.post("/stop")
    eventually(lambda: state(shared_page) in ("ready", "stopped"))


def state(page: httpx.Client) -> str:
    """Of the run, as the page is told at its start; later it is told every two seconds."""
    told = re.search(r'"state": "(\w+)"', page.get("/").text)
    assert told is not None
    return told[1]


def users(page: httpx.Client) -> int:
    told = re.search(r'"user_count": (\d+)', page.get("/").text)
    assert told is not None
    return int(told[1])


def shown_fields(page: httpx.Client) -> dict[str, str]:
    """What the page has its form begin with, as it would be posted: all that may be edited."""
    told = re.search(r"window.templateArgs = (\{.*\})", page.get("/").text)
    assert told is not None
    shown = json.loads(told[1])
    own = {"user_count": "num_users", "spawn_rate": "spawn_rate", "run_time": "run_time"}
    values = {name: shown[key] for name, key in own.items()}
    values |= {name: each["default_value"] for name, each in shown["extra_options"].items()}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def rows(page: httpx.Client) -> dict[str, int]:
    """How many requests were answered, by row."""
    table = csv.DictReader(page.get("/stats/requests/csv").text.splitlines())
    counted = {each["Name"]: int(each["Request Count"]) for each in table}
    assert sum(counted.values()) == 2 * counted.pop("Aggregated")
    return counted


def failures(page: httpx.Client) -> list[str]:
    """What was wrong with answers."""
    return page.get("/stats/failures/csv").text.splitlines()[1:]


def of_browser(page: httpx.Client) -> dict[str, str]:
    """What a browser adds to a form of this page."""
    return {"Origin": str(page.base_url).rstrip("/")}


def post(page: httpx.Client, **fields: object) -> tuple[bool, str]:
    """Post START's form with `fields` put over it, None leaving one out; success and sentence."""
    form = {name: value for name, value in (FORM | fields).items() if value is not None}
    answer = page.post("/swarm", data=form, headers=of_browser(page))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    return said["success"], said["message"]


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"host": "http://example.org"}, "host='http://example.org': the load goes to the lab's own"),
    ({"host": ["", "http://example.org"]}, "host='http://example.org': the load goes"),
    ({"user_count": "ten"}, "user_count='ten': expected a whole number from 1 to 10,000."),
    ({"user_count": "10001"}, "user_count='10001': expected"),
    ({"user_count": "-1"}, "user_count='-1': expected"),
    ({"user_count": "9" * 5000}, "user_count='999"),
    ({"user_count": ["1", "2"]}, "user_count='1, 2': expected"),
    ({"user_count": None}, "user_count is missing: expected a number."),
    ({"spawn_rate": "nan"}, "spawn_rate='nan': expected a number from 0.1 to 10,000."),
    ({"spawn_rate": "inf"}, "spawn_rate='inf': expected"),
    ({"spawn_rate": "0"}, "spawn_rate='0': expected"),
    ({"spawn_rate": None}, "spawn_rate is missing: expected a number."),
    ({"run_time": "soon"}, "run_time='soon': expected 20, 20s, 3m, 2h or 1h20m, a day at most"),
    ({"run_time": "9" * 20 + "h"}, "run_time='999"),
    ({"profile": "p" * 201}, "profile='ppp"),
    ({"shape_class": "Ramp"}, "shape_class='Ramp': expected Default."),
    ({"route": "admin"}, "route='admin': expected one of natural, io, async-io"),
    ({"think_s": "long"}, "think_s='long': expected a number from 0 to 3,600."),
    ({"think_s": "nan"}, "think_s='nan': expected"),
    ({"load": "heavy"}, "load='heavy': expected one of closed, burst, open, steps."),
    ({"load": ["open", "closed"]}, "load='open, closed': expected"),
    ({"burst_size": "0"}, "burst_size='0': expected a whole number from 1 to 2,000."),
    ({"burst_size": "1.5"}, "burst_size='1.5': expected a whole number"),
    ({"burst_every_s": "0"}, "burst_every_s='0': expected a number from 0.1 to 3,600."),
    ({"arrival_rate": "many"}, "arrival_rate='many': expected a number from 0.1 to 10,000."),
    ({"arrival_rate": "inf"}, "arrival_rate='inf': expected"),
    ({"arrivals": "uniform"}, "arrivals='uniform': expected one of even, poisson."),
    ({"arrival_seed": "-1"}, "arrival_seed='-1': expected a whole number from 0 to 1,000,000."),
    ({"max_in_flight": "4001"}, "max_in_flight='4001': expected a whole number from 1 to 4,000."),
    ({"step_s": "0"}, "step_s='0': expected a number from 1 to 3,600."),
    ({"load_workers": "x"}, "'load_workers' is not a field of this page."),
    (
        {"route": "db-wait"},
        "route='db-wait': this lab has no database: `make up PROFILE=database` starts one.",
    ),
    (
        {"user_classes": ["FlaskSvc", "FlaskSvcDatabase"]},
        "FlaskSvcDatabase: this lab has no database: `make up PROFILE=database` starts one.",
    ),
    ({"user_classes": ["FlaskSvc", "Django"]}, "user_classes='Django': expected names among"),
    ({"user_classes": ""}, "user_classes='': expected names among"),
    ({"html_file": "report.html"}, "'html_file' is not a field of this page."),
    ({"stop_timeout": "0"}, "'stop_timeout' is not a field of this page."),
]


@pytest.mark.parametrize(("fields", "sentence"), REFUSED)
def test_a_form_that_will_not_do_is_refused_with_a_sentence(
    page: httpx.Client, upstream: httpx.Client, fields: dict[str, object], sentence: str
) -> None:
    """Status 200 and success false, for only then does the page show the sentence."""
    success, message = post(page, **fields)

    assert not success
    assert message.startswith(sentence)
    assert state(page) in ("ready", "stopped")
    assert upstream.get("/stats").json()["all"]["served"] == 0


def test_a_class_of_another_file_may_be_started_from_the_page(
    ports: dict[str, str], locust: RunProgram, tmp_path: Path, eventually: Eventually
) -> None:
    """It stands beside the lab's own, which start without it as well."""
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from locust import User, constant, events, task\n"
        "class Mine(User):\n"
        "    wait_time = constant(0.2)\n"
        "    @task\n"
        "    def greet(self):\n"
        "        events.request.fire(request_type='', name='mine', response_time=1.0,\n"
        "                            response_length=0, exception=None, context={})\n"
    )
    with locust(ports, tmp_path / "log", "-f", f"locust/locustfile.py,{mine}") as page:
        assert post(page) == (True, "Swarming started")
        eventually(lambda: len(rows(page)) == 2)
        page.post("/stop")
        eventually(lambda: state(page) == "stopped")
        assert post(page, user_classes=["FlaskSvc", "Mine"])[0]
        eventually(lambda: "mine" in rows(page))


def test_a_route_that_a_target_lacks_is_refused_with_a_sentence(
    ports: dict[str, str], locust: RunProgram, tmp_path: Path, eventually: Eventually
) -> None:
    """Before a run and while it lasts; the other targets have the route all the same."""
    # Which service answers does not matter here: a target without the route is not asked for it.
    more = ports | {"STARLETTE_SVC_PORT": ports["FASTAPI_SVC_PORT"]}
    targets = "fastapi-svc,starlette-svc"
    both = ["FastapiSvc", "StarletteSvc"]
    sentence = (
        "route='io': starlette-svc has no such route: expected one of natural, async-io, json, "
        "or a load without StarletteSvc."
    )
    with locust(more, tmp_path / "log", LAB_TARGETS=targets) as page:
        assert post(page, user_classes=both, route="io") == (False, sentence)
        assert state(page) == "ready"
        assert post(page, user_classes="FastapiSvc", route="io")[0]
        page.post("/stop")
        eventually(lambda: state(page) == "stopped")
        # Without the field the route is the last one.
        assert post(page, user_classes=both, route=None) == (False, sentence)
        assert post(page, user_classes=both, route="json")[0]
        assert post(page, user_classes=None, route="io") == (False, sentence)
        eventually(lambda: rows(page).keys() == {"fastapi-svc /json", "starlette-svc /json"})


def test_a_refused_form_is_an_error_to_a_program(page: httpx.Client) -> None:
    """`curl -f` ends with an error; the sentence is the same."""
    form = {name: value for name, value in FORM.items() if name != "user_classes"}

    shown, told = (page.post("/swarm", data=form, headers=each) for each in (of_browser(page), {}))

    assert (shown.status_code, told.status_code) == (200, 400)
    assert shown.json() == told.json()


def test_no_other_page_may_show_this_one_or_lend_it_scripts(page: httpx.Client) -> None:
    for path in ("/", "/lab/", "/handouts/", "/stats/requests", "/nothing-here"):
        headers = page.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'self'" in policy


def test_a_body_of_sixty_megabytes_is_not_read(page: httpx.Client) -> None:
    with socket.create_connection((page.base_url.host, page.base_url.port), 10) as client:
        client.sendall(
            b"POST /swarm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n"
        )
        answer = b"".join(iter(lambda: client.recv(4096), b""))  # none of it was sent

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"A body may have at most 65,536 bytes." in answer


def test_a_refused_form_leaves_a_run_alone(
    page: httpx.Client, upstream: httpx.Client, eventually: Eventually
) -> None:
    """None of its fields is taken over, the good ones no more than the bad."""
    assert post(page) == (True, "Swarming started")
    eventually(lambda: state(page) == "running")

    before = shown_fields(page)

    for fields, _ in REFUSED:
        harmful: dict[str, object] = {"user_count": "1", "route": "json"}
        assert not post(page, **harmful | fields)[0]

    assert shown_fields(page) == before
    served = upstream.get("/stats").json()["all"]["served"]
    eventually(lambda: upstream.get("/stats").json()["all"]["served"] > served + 10)
    assert (state(page), users(page)) == ("running", 4)
    assert set(rows(page)) == {"flask-svc /io", "fastapi-svc /async-io"}


# What is wrong in any field: no number or choice, too small, too large, or too many.
WRONG = ("two words", "-1", "9" * 5000, "1e999", "", "nan", "-inf", "\0", "<b>", "None")
# And what of that is not wrong in a field that takes more than a number or a choice.
RIGHT = {"run_time": {""}, "host": {""}, "profile": set(WRONG) - {"9" * 5000}}


def test_every_field_of_the_page_refuses_what_will_not_do(
    page: httpx.Client, upstream: httpx.Client, eventually: Eventually
) -> None:
    """Without a run and while one lasts, by its name; the run goes on as it was."""
    fields = shown_fields(page)
    assert FORM.keys() == {*fields, "host", "profile", "shape_class", "user_classes"}

    def refuse_all() -> None:
        for name, value in FORM.items():
            for wrong in set(WRONG) - RIGHT.get(name, set()):
                success, message = post(page, **{name: wrong})
                assert (success, name in message) == (False, True), (name, wrong, message)
                assert len(message) < 500
            if name not in ("host", "user_classes"):
                success, message = post(page, **{name: [value, value]})
                assert (success, name in message) == (False, True), (name, message)

    refuse_all()
    assert state(page) in ("ready", "stopped")
    assert shown_fields(page) == fields
    assert post(page)[0]
    eventually(lambda: len(rows(page)) == 2)
    before = shown_fields(page)
    refuse_all()
    assert shown_fields(page) == before
    counted = rows(page)
    eventually(lambda: all(rows(page)[name] > count + 10 for name, count in counted.items()))
    assert (state(page), users(page)) == ("running", 4)


def test_no_target_is_refused_and_not_taken_for_all(page: httpx.Client) -> None:
    """What the page posts where none is ticked; while a run lasts its own are meant."""
    missing = "user_classes is missing: tick at least one target."
    assert post(page, user_classes=None) == (False, missing)
    assert state(page) in ("ready", "stopped")

    assert post(page, user_classes="FlaskSvc")[0]
    assert post(page, user_classes=None, user_count="5")[0]
    assert set(page.get("/tasks").json()["per_class"]) == {"FlaskSvc"}


def test_the_form_shows_what_was_last_posted(page: httpx.Client) -> None:
    """Whoever loads the page, while the run lasts and after it; an empty run time is one too."""
    posted = FORM | {
        "user_count": "6",
        "spawn_rate": "3.0",
        "run_time": "20m",
        "route": "json",
        "load": "open",
        "think_s": "0.5",
        "burst_size": "7",
        "burst_every_s": "2.5",
        "arrival_rate": "3.5",
        "arrivals": "poisson",
        "arrival_seed": "5",
        "max_in_flight": "70",
        "step_s": "2.5",
    }
    expected = {name: posted[name] for name in shown_fields(page)} | {"run_time": "1200"}
    assert not [name for name, value in expected.items() if value == FORM[name]]

    assert post(page, **posted)[0]
    assert shown_fields(page) == expected
    page.post("/stop")
    assert shown_fields(page) == expected

    assert not post(page, **posted | {"user_count": "x", "run_time": "", "route": "io"})[0]
    assert shown_fields(page) == expected
    assert post(page, **posted | {"run_time": ""})[0]
    assert shown_fields(page) == expected | {"run_time": ""}


def test_every_route_has_rows_of_its_own(page: httpx.Client, eventually: Eventually) -> None:
    """The route may change while a run lasts; all of them answer well."""
    expected: set[str] = set()

    def is_complete() -> bool:
        return expected <= set(rows(page))

    for route in ROUTES:
        assert post(page, route=route)[0]
        expected |= {f"flask-svc /{route}", f"fastapi-svc /{route}"}
        eventually(is_complete)

    assert set(rows(page)) == expected
    assert failures(page) == []


def test_classes_stay_as_they_are_while_a_run_lasts(
    page: httpx.Client, eventually: Eventually
) -> None:
    """The page's "Edit" posts all classes, which then means the ones that run."""
    assert post(page, user_classes="FlaskSvc")[0]
    eventually(lambda: rows(page).get("flask-svc /io"))

    assert post(page, user_classes="FastapiSvc") == (
        False,
        "The classes cannot change while a run lasts: stop it first.",
    )
    assert post(page, user_count="6", user_classes=EVERY_CLASS)[0]

    eventually(lambda: users(page) == 6)
    assert set(page.get("/tasks").json()["per_class"]) == {"FlaskSvc"}
    assert set(rows(page)) == {"flask-svc /io"}


def test_the_load_stays_as_it_is_while_a_run_lasts(
    page: httpx.Client, eventually: Eventually
) -> None:
    """Its users would be others; what belongs to it may change, and does so at once."""
    assert post(page, load="open", arrivals="even", arrival_rate="0.1")[0]
    eventually(lambda: rows(page).get("flask-svc /io"))

    assert post(page, load="closed") == (
        False,
        "The load cannot change while a run lasts: stop it first.",
    )
    assert post(page, load="open", arrivals="even", arrival_rate="50")[0]

    eventually(lambda: rows(page)["flask-svc /io"] > 25)  # at 0.1 per second: after four minutes
    assert users(page) == 2  # one for each target, whatever the form says


def test_a_burst_has_as_many_requests_as_the_page_says_now(
    page: httpx.Client, upstream: httpx.Client, eventually: Eventually
) -> None:
    """The first has sixteen, a later one thirty; the upstream holds them all at once."""
    upstream.put("/behaviour", json={"delay_ms": 300})
    peak = {"size": 0}

    def is_peak() -> bool:
        callers = upstream.get("/stats").json()["callers"]
        return bool(callers.get("fastapi-svc", {}).get("peak") == peak["size"])

    for peak["size"] in (16, 30):
        assert post(page, load="burst", burst_size=peak["size"], burst_every_s="0.8")[0]
        eventually(is_peak)


def test_latency_counts_from_the_due_time(
    ports: dict[str, str],
    run_locust: RunProgram,
    eventually: Eventually,
    upstream: httpx.Client,
    tmp_path: Path,
) -> None:
    """A generator that stands still for a while is late, catches up, and says so."""
    told = {name: str(port) for name, port in ports.items()}
    with (
        run_locust(told, tmp_path / "log") as program,
        httpx.Client(base_url=program.url, timeout=DEADLINE_S, trust_env=False) as page,
    ):
        assert post(page, load="open", arrivals="even", arrival_rate="20", route="json")[0]
        eventually(lambda: rows(page).get("flask-svc /json"))
        program.process.send_signal(signal.SIGSTOP)
        until = time.monotonic() + 1.0
        eventually(lambda: time.monotonic() > until)
        program.process.send_signal(signal.SIGCONT)
        eventually(lambda: rows(page)["flask-svc /json"] > 25)

        table = csv.DictReader(page.get("/stats/requests/csv").text.splitlines())
        for row in table:
            assert float(row["Max Response Time"]) >= 900


def test_steps_end_a_run_by_themselves(page: httpx.Client, eventually: Eventually) -> None:
    """And the next run begins at the bottom again, also after one that was stopped."""
    form = {"load": "steps", "step_s": "1", "route": "json", "think_s": "30"}
    assert post(page, **form)[0]
    eventually(lambda: users(page) == 8)
    page.post("/stop")
    eventually(lambda: state(page) == "stopped")

    assert post(page, **form)[0]
    seen = set[int]()

    def is_over() -> bool:
        seen.add(users(page))
        return state(page) == "stopped"

    eventually(is_over)
    assert {2, 8, 32, 128, 512} <= seen


def test_a_target_s_own_address_is_no_foreign_host(
    page: httpx.Client, ports: dict[str, str], upstream: httpx.Client, eventually: Eventually
) -> None:
    """And even then each class goes to its own target."""
    assert post(page, host=f"http://127.0.0.1:{ports['FLASK_SVC_PORT']}")[0]

    eventually(lambda: len(rows(page)) == 2)
    page.post("/stop")
    callers = upstream.get("/stats").json()["callers"]
    assert rows(page)["fastapi-svc /async-io"] == callers["fastapi-svc"]["served"]


@pytest.mark.parametrize("path", ["/swarm", "/stop", "/stats/reset", "/user"])
@pytest.mark.parametrize("origin", ["http://example.org", "http://127.0.0.1:1", "null"])
def test_a_foreign_page_may_do_nothing(page: httpx.Client, path: str, origin: str) -> None:
    """A browser says of every POST which page it comes from."""
    answer = page.post(path, data=FORM, headers={"Origin": origin})

    assert answer.status_code == 403
    assert answer.json()["message"] == "Only the lab's own page may ask for this."
    assert state(page) in ("ready", "stopped")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/lab/behaviour", "/lab/shape/flask-svc"])
def test_a_foreign_page_may_turn_no_dial(page: httpx.Client, method: str, path: str) -> None:
    """Neither the upstream's nor a target's."""
    answer = page.request(method, path, json={}, headers={"Origin": "http://example.org"})

    assert answer.status_code == 403
    assert answer.json()["message"] == "Only the lab's own page may ask for this."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/stop"),
        ("POST", "/swarm"),
        ("PUT", "/lab/behaviour"),
        ("PUT", "/lab/shape/flask-svc"),
        ("GET", "/lab/state"),
        ("GET", "/"),
    ],
)
def test_a_page_whose_name_leads_here_may_do_nothing(
    page: httpx.Client, method: str, path: str
) -> None:
    """To the browser it is of the lab's origin (DNS rebinding); only its name tells."""
    rebound = {
        "Host": "evil.example:8089",
        "Origin": "http://evil.example:8089",
        "Sec-Fetch-Site": "same-origin",
    }

    answer = page.request(method, path, headers=rebound)

    assert answer.status_code == 421
    assert answer.json()["message"] == (
        "Host: 'evil.example:8089': expected an address, localhost or a name in LAB_HOSTS."
    )
    assert state(page) in ("ready", "stopped")


def test_the_lab_s_own_page_may_even_behind_a_proxy(page: httpx.Client) -> None:
    """There the host is another one, but the browser knows what it asked."""
    own = str(page.base_url).rstrip("/")
    proxied = {"Origin": "https://room.example.org", "Sec-Fetch-Site": "same-origin"}

    assert page.post("/stats/reset", headers={"Origin": own}).status_code == 200
    assert page.post("/stats/reset", headers=proxied).status_code == 200


def test_the_settings_of_a_class_are_fixed(page: httpx.Client) -> None:
    """Locust would set any attribute, the host among them."""
    wanted = {"user_class_name": "FlaskSvc", "host": "http://example.org", "url": "http://[::1]"}

    answer = page.post("/user", json=wanted)

    assert answer.status_code == 403
    assert "example.org" not in page.get("/").text


def test_a_stopped_run_has_counted_what_was_in_flight(
    page: httpx.Client, upstream: httpx.Client, eventually: Eventually
) -> None:
    """Until then the page calls it running, or it would ask for news no more."""
    upstream.put("/behaviour", json={"delay_ms": 1500})
    assert post(page, user_count="8", spawn_rate="8")[0]
    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"] == 6)

    with httpx.Client(base_url=page.base_url, trust_env=False) as impatient:
        with pytest.raises(httpx.ReadTimeout):
            impatient.post("/stop", timeout=0.3)
        refused = post(page)
        assert state(page) == "running"
        assert page.get("/stats/requests").json()["state"] == "running"

    assert refused == (
        False,
        "The last run is still waiting for its answers: try again in a moment.",
    )
    eventually(lambda: state(page) == "stopped")
    callers = upstream.get("/stats").json()["callers"]
    assert rows(page) == {
        "flask-svc /io": callers["flask-svc"]["served"],
        "fastapi-svc /async-io": callers["fastapi-svc"]["served"],
    }


def test_load_workers_are_ready_again_as_soon_as_they_have_stopped(
    ports: dict[str, str],
    locust: RunProgram,
    upstream: httpx.Client,
    eventually: Eventually,
    tmp_path: Path,
) -> None:
    """Locust alone would have them sleep for the whole of --stop-timeout, 30 s."""
    port = free_port()
    settings = {"LOCUST_MASTER_BIND_PORT": port, "LOCUST_MASTER_NODE_PORT": port}
    with locust(ports, tmp_path / "log", "--processes", "2", **settings) as page:
        for _ in range(2):
            eventually(lambda: page.get("/worker-count").json() == {"worker_count": 2})
            upstream.delete("/stats")
            assert post(page)[0]
            # Stopped in the middle of starting its users, Locust may give one up uncounted.
            eventually(lambda: state(page) == "running" and len(rows(page)) == 2)
            page.post("/stop")
            eventually(lambda: state(page) == "stopped")
            served = upstream.get("/stats").json()["callers"]
            assert sorted(rows(page).values()) == sorted(n["served"] for n in served.values())


@pytest.fixture
def locked(ports: dict[str, str], locust: RunProgram, tmp_path: Path) -> Iterator[httpx.Client]:
    """The page of a Locust with a password."""
    told = {"LAB_PASSWORD": "pass ö $1", "LAB_BIND": "0.0.0.0", "LAB_HOSTS": "room.example.org"}
    with locust(ports, tmp_path / "log", **told) as page:
        yield page


PATHS = ["/swarm", "/stop", "/stats/reset", "/user", "/nothing-here"]


def test_nobody_gets_in_without_the_password(locked: httpx.Client, upstream: httpx.Client) -> None:
    """Neither to look nor to start; a health check needs none."""
    assert locked.get("/healthz").json() == {"load_workers": 0}
    for path in PATHS:
        assert locked.post(path, data=FORM).status_code == 401
    for path in ["/", "/stats/requests", "/stats/report", "/logs", "/tasks", "/nothing-here"]:
        assert locked.get(path).headers["Location"] == "/login"

    for name, given in [("lab", "wrong"), ("lab", ""), ("", "pass ö $1"), ("lab:pass ö $1", "")]:
        answer = locked.post("/log-in", data={"username": name, "password": given})
        assert answer.headers["Location"] == "/login"
        assert "User name or password is wrong." in locked.get("/login").text
        assert locked.get("/").status_code == 302
    assert upstream.get("/stats").json()["all"]["served"] == 0


def test_guesses_of_the_password_are_heard_one_after_another(locked: httpx.Client) -> None:
    """However many are sent at once: one a second, and whoever comes too late is not heard."""

    def guess(number: int) -> str:
        with httpx.Client(base_url=locked.base_url, timeout=DEADLINE_S, trust_env=False) as client:
            client.post("/log-in", data={"username": "lab", "password": f"guess {number}"})
            return client.get("/login").text

    began = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        said = list(pool.map(guess, range(20)))
    passed_s = time.monotonic() - began

    heard = sum("User name or password is wrong." in each for each in said)
    unheard = sum("Too many wrong passwords at once" in each for each in said)
    assert (heard + unheard, unheard > 0) == (20, True)
    assert 1 <= heard <= passed_s


def test_who_guesses_keeps_nobody_else_out(locked: httpx.Client) -> None:
    """A right password from another address is heard while the guesses wait for each other."""

    def guess(number: int) -> None:
        with httpx.Client(base_url=locked.base_url, timeout=DEADLINE_S, trust_env=False) as client:
            client.post("/log-in", data={"username": "lab", "password": f"guess {number}"})

    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    right = {"username": "lab", "password": "pass ö $1"}
    with (
        ThreadPoolExecutor(12) as pool,
        httpx.Client(base_url=locked.base_url, transport=elsewhere, timeout=DEADLINE_S) as attendee,
    ):
        guesses = [pool.submit(guess, number) for number in range(12)]
        answer = attendee.post("/log-in", data=right)
        is_waited_for = any(not each.done() for each in guesses)

    assert answer.headers["Location"] == "/"
    assert is_waited_for


def test_a_phone_comes_to_the_page_whose_code_it_scanned(locked: httpx.Client) -> None:
    """After the password; and the code has the address under which the browser asked."""
    assert locked.get("/lab/qr.svg").headers["Location"] == "/login"
    assert locked.get("/lab/guess.html").headers["Location"] == "/login"
    right = {"username": "lab", "password": "pass ö $1"}

    answer = locked.post("/log-in", data=right)

    assert answer.headers["Location"] == "/lab/guess.html"
    assert "static/phone.js" in locked.get("/lab/guess.html").text
    for host in (locked.base_url.netloc.decode(), "room.example.org:8089"):
        code = locked.get(
            "/lab/qr.svg?address=http://evil.example",
            headers={"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"},
        )
        assert code.headers["Content-Type"].startswith("image/svg+xml")
        assert f"<title>http://{host}/lab/guess.html</title>" in code.text
    assert locked.get("/lab/qr.svg", headers={"Host": "evil.example"}).status_code == 421
    assert locked.post("/log-in", data=right).headers["Location"] == "/"


def test_a_name_of_the_room_may_ask(locked: httpx.Client) -> None:
    """As LAB_HOSTS has it, and no other."""
    assert locked.get("/login", headers={"Host": "room.example.org:8089"}).status_code == 200
    assert locked.get("/login", headers={"Host": "rooms.example.org:8089"}).status_code == 421


def test_the_password_lets_in(
    locked: httpx.Client, upstream: httpx.Client, eventually: Eventually
) -> None:
    """And what is refused to others, a foreign page among them, works."""
    foreign = {"Origin": "http://example.org"}
    right = {"username": "lab", "password": "pass ö $1"}
    assert locked.post("/log-in", data=right, headers=foreign).status_code == 403

    answer = locked.post("/log-in", data=right)

    assert answer.headers["Location"] == "/"
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert post(locked)[0]
    eventually(lambda: len(rows(locked)) == 2)
    assert locked.post("/stop", headers=foreign).status_code == 403
    assert locked.post("/stop").status_code == 200


def test_a_page_for_a_room_without_a_password_does_not_start(ports: dict[str, str]) -> None:
    """Exit code 2 and a sentence, whoever starts it."""
    told = os.environ | {name: str(port) for name, port in ports.items()} | {"LAB_BIND": "0.0.0.0"}
    done = subprocess.run(
        [*LOCUST, "--web-port", str(free_port())],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )

    assert done.returncode == 2, done.stderr
    assert "locust: LAB_BIND='0.0.0.0' without LAB_PASSWORD: set one, or" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_that_is_told_neither_to_calibrate_nor_not_to_does_not_start(
    ports: dict[str, str],
) -> None:
    """Exit code 2 and a sentence."""
    done = run_headless({name: str(port) for name, port in ports.items()} | {"CALIBRATE": "maybe"})

    assert done.returncode == 2, done.stderr
    assert done.stderr.endswith("locust: CALIBRATE='maybe': expected on or off\n")


def test_the_page_hides_what_has_no_effect(page: httpx.Client) -> None:
    """The rest of Locust's page is as it was, and names no address outside the lab."""
    text = page.get("/").text

    assert text.index('"load": {') < text.index('"route": {') < text.index('"arrivals": {')
    assert '"choices": ["closed", "burst", "open", "steps"]' in text
    assert re.search(r'<style>.*input\[name="host"\].*</style></head>', text, re.DOTALL)
    assert '"choices": ["natural", "io",' in text
    assert re.search(r'"more_user_classes": \["FastapiSvcApi", "FastapiSvcSockets",', text)
    assert '"option_groups": {"Bursts": "burst_size", "Arrivals: the open load": ' in text

"""Jobs over real servers: the answer first, the work afterwards, and what becomes of it."""

import os
import signal

import httpx
import pytest

from lab.targets import TARGETS

BOTH_RUNTIMES = True

ROUTE = "jobs"
NAMES = [target.name for target in TARGETS if target.has(ROUTE)]
LONG = {"delay_ms": 3000}
ENDED = ("done", "failed")


@pytest.fixture(params=NAMES)
def alone(request, serve_one, upstream):
    """Each target in turn with one worker and one slot: the program, and a client of it."""
    program = serve_one(request.param)
    # A connection that is kept would hold the slot of some.
    headers = {"Connection": "close"}
    with httpx.Client(base_url=program.url, timeout=30, headers=headers) as client:
        yield program, client


def begin(client: httpx.Client, **job: bool) -> str:
    """Start a job; where it can be asked for."""
    answer = client.post("/jobs", json=job)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


def state(client: httpx.Client, location: str) -> str:
    """How far a job is."""
    return client.get(location).json()["state"]


def in_flight(upstream: httpx.Client) -> int:
    """Requests that the upstream holds."""
    return upstream.get("/stats").json()["all"]["in_flight"]


def test_the_answer_comes_before_the_work(any_target, upstream, eventually):
    """202 and a queued job, and only then does the upstream see anything of it."""
    upstream.put("/behaviour", json=LONG)
    answer = any_target.post("/jobs", json={})

    assert answer.status_code == 202
    job = answer.json()
    assert job == {"id": job["id"], "state": "queued", "detail": ""}
    assert answer.headers["Location"] == f"/jobs/{job['id']}"
    # Had the answer waited for the work, there would be nothing left of it to see.
    eventually(lambda: in_flight(upstream) == 1, "a job that waits for the upstream")
    assert state(any_target, answer.headers["Location"]) == "running"
    eventually(
        lambda: state(any_target, answer.headers["Location"]) == "done", "a job that is done"
    )


def test_a_job_goes_from_queued_to_done(any_target, upstream, eventually):
    """Through running, never back, and in the end it says that the upstream answered."""
    location = begin(any_target, fail=False)
    seen = ["queued"]

    def done() -> bool:
        now = state(any_target, location)
        if now != seen[-1]:
            seen.append(now)
        return now in ENDED

    eventually(done, "the end of a job")
    assert seen in (["queued", "running", "done"], ["queued", "done"])
    id = int(location.removeprefix("/jobs/"))
    job = {"id": id, "state": "done", "detail": "the upstream answered"}
    assert any_target.get(location).json() == job
    stats = upstream.get("/stats").json()["all"]
    assert (stats["served"], stats["in_flight"]) == (1, 0)


def test_each_job_has_an_id_of_its_own(any_target, upstream, eventually):
    """Also of jobs that run at the same time; all of them are done."""
    locations = [begin(any_target) for _ in range(20)]

    assert len(set(locations)) == 20
    for location in locations:
        eventually(lambda at=location: state(any_target, at) == "done", location)


@pytest.mark.parametrize("name", NAMES)
def test_a_job_that_fails_says_so(run_target, upstream, eventually, name):
    """Its state has one sentence, the log has the traceback, and the worker goes on."""
    program = run_target(name, FLASK_WORKERS="1", FASTAPI_WORKERS="1")
    with httpx.Client(base_url=program.url, timeout=30) as client:
        location = begin(client, fail=True)
        eventually(lambda: state(client, location) == "failed", "a job that fails")

        assert client.get(location).json()["detail"] == "RuntimeError: the job was told to fail"
        log = program.output()
        assert f"job {location.removeprefix('/jobs/')}\n" in log
        assert log.count("Traceback") == 1
        assert log.index("Traceback") < log.index("RuntimeError: the job was told to fail")
        again = begin(client)
        eventually(lambda: state(client, again) == "done", "another job")


@pytest.mark.parametrize(
    ("behaviour", "begins"),
    [
        ({"error_rate": 1, "error_status": 507}, "upstream_error: "),
        ({"reset_rate": 1}, "upstream_unreachable: "),
    ],
)
def test_a_failure_of_the_upstream_is_the_jobs(twin, upstream, eventually, behaviour, begins):
    """The answer was 202 all the same: what a 502 would have said is in the detail."""
    upstream.put("/behaviour", json=behaviour)
    location = begin(twin)
    eventually(lambda: state(twin, location) == "failed", "a job that fails")

    detail = twin.get(location).json()["detail"]
    assert detail.startswith(begins)
    assert str(behaviour.get("error_status", "")) in detail


def test_an_upstream_that_hangs_ends_a_job(odd_twin, upstream, eventually):
    """After UPSTREAM_TIMEOUT_S, as it would end a request."""
    client = odd_twin(UPSTREAM_TIMEOUT_S="0.3")
    upstream.put("/behaviour", json={"hang_rate": 1})
    location = begin(client)

    eventually(lambda: state(client, location) == "failed", "a job that times out")
    assert client.get(location).json()["detail"].startswith("upstream_timeout: ")


@pytest.mark.parametrize("name", NAMES)
def test_every_worker_knows_every_job(start_target, upstream, eventually, name):
    """Whoever answers, it is the same job."""
    client = start_target(name)
    location = begin(client)
    eventually(lambda: state(client, location) == "done", "a job that is done")
    workers = 1 if name == "fastapi-solo" else 2
    pids: set[str] = set()

    def asked_others() -> bool:
        # A connection of its own for each, or all would go to one worker.
        answers = [httpx.get(client.base_url.join(location)) for _ in range(20)]
        assert {answer.json()["state"] for answer in answers} == {"done"}
        pids.update(answer.headers["X-Worker-Pid"] for answer in answers)
        return len(pids) >= workers

    eventually(asked_others, "an answer of another worker")


@pytest.mark.parametrize("id", ["999999999", str(2**63 - 1)])
def test_there_is_no_such_job(twin, id):
    """404, with the id that nobody has."""
    answer = twin.get(f"/jobs/{id}")

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert id in answer.json()["detail"]
    assert set(answer.json()) == {"error", "detail"}


@pytest.mark.parametrize("id", ["0", "-1", "x", "1.5", str(2**63)])
def test_an_id_is_a_whole_number(twin, id):
    """400, with the field that is wrong."""
    answer = twin.get(f"/jobs/{id}")

    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert [each["field"] for each in answer.json()["fields"]] == ["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fail": "true"}, "fail"),
        ({"fail": 1}, "fail"),
        ({"fail": None}, "fail"),
        ({"fial": True}, "fial"),
        ([], ""),
        (None, ""),
        ("fail", ""),
    ],
)
def test_a_bad_body_starts_nothing(twin, upstream, body, field):
    """400 with the field at fault, and nobody asks the upstream."""
    answer = twin.post("/jobs", json=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert [each["field"] for each in answer.json()["fields"]] == [field]
    assert upstream.get("/stats").json()["all"]["peak"] == 0


def test_a_running_job_holds_no_slot(alone, upstream, eventually):
    """With one worker and one slot, a request is answered while a job waits for the upstream."""
    _, client = alone
    upstream.put("/behaviour", json=LONG)
    location = begin(client)
    eventually(lambda: in_flight(upstream) == 1, "a job that waits for the upstream")

    assert client.get("/json").status_code == 200
    assert in_flight(upstream) == 1
    assert state(client, location) == "running"


def test_many_jobs_run_at_once(alone, upstream, eventually):
    """One worker, one slot: nothing limits how many jobs it works on."""
    _, client = alone
    upstream.put("/behaviour", json=LONG)
    locations = [begin(client) for _ in range(15)]
    eventually(lambda: in_flight(upstream) == 15, "fifteen jobs that wait for the upstream")

    for location in locations:
        eventually(lambda at=location: state(client, at) == "done", location)


@pytest.mark.parametrize("framework", ["flask", "fastapi"])
def test_a_job_is_lost_with_its_worker(serve, upstream, eventually, framework):
    """It stays as it was, the upstream's answer finds nobody, and the service goes on."""
    program = serve(f"{framework}-svc", FLASK_WORKERS="2", FASTAPI_WORKERS="2")
    upstream.put("/behaviour", json=LONG)
    answer = httpx.post(program.url + "/jobs", json={})
    location = answer.headers["Location"]
    eventually(lambda: in_flight(upstream) == 1, "a job that waits for the upstream")
    victim = int(answer.headers["X-Worker-Pid"])
    assert victim != program.process.pid
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: in_flight(upstream) == 0, "an upstream that nobody waits for")

    def asked() -> dict[str, object]:
        return httpx.get(program.url + location, timeout=30).json()

    eventually(lambda: answers(program.url), "the service")
    assert asked()["state"] == "running"
    upstream.delete("/behaviour")
    again = httpx.post(program.url + "/jobs", json={}).headers["Location"]
    eventually(lambda: httpx.get(program.url + again).json()["state"] == "done", "another job")
    assert asked() == {"id": int(location.rpartition("/")[2]), "state": "running", "detail": ""}


def answers(url: str) -> bool:
    """Whether a request is answered; one that the dead worker had accepted is not."""
    try:
        return httpx.get(url + "/json", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_sigterm_and_a_running_job(alone, upstream, eventually):
    """gunicorn's threads and the event loop's tasks are waited for, nothing else."""
    program, client = alone
    target = client.get("/server").json()["target"]
    upstream.put("/behaviour", json=LONG)
    begin(client)
    eventually(lambda: in_flight(upstream) == 1, "a job that waits for the upstream")
    client.close()

    program.process.send_signal(signal.SIGTERM)
    program.process.wait(timeout=30)
    eventually(lambda: in_flight(upstream) == 0, "an upstream that nobody waits for")
    stats = upstream.get("/stats").json()["all"]
    lost = target in ("flask-gevent", "flask-asgi", "flask-granian")
    assert (stats["served"], stats["cancelled"]) == ((0, 1) if lost else (1, 0))

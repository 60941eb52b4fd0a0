"""What each target uses, and what a health probe of it meets, as the dashboard tells them."""

from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
from programs import SUPERVISOR_ABOVE, Program
from running_lab import Services, port_of

from lab.live.counters import Counters

pytestmark = [pytest.mark.loads, pytest.mark.linux]

Lab = Any  # of conftest.py
State = dict[str, Any]


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """A lab without a run, the dial slow enough for a queue of two seconds and more."""
    shared_lab.dial(delay_ms=500)
    yield shared_lab
    shared_lab.end()


def target(state: State, name: str) -> State:
    found: State = {each["name"]: each for each in state["targets"]}[name]
    return found


def probe(state: State, name: str) -> State:
    found: State = target(state, name)["probe"]
    return found


def answered(program: Program) -> int:
    """Answers of a service since its start, as its supervisor counts them."""
    port = int(port_of(program.url)) + SUPERVISOR_ABOVE
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    return Counters.read(text, 0.0).answered


def test_a_probe_waits_where_the_load_waits(lab: Lab, services: Services) -> None:
    """Behind sixteen requests for four sync workers; an event loop answers it beside twenty."""
    before = answered(services.flask)
    lab.begin(user_count=40)
    state = lab.when(lambda state: probe(state, "flask-svc")["restarts"], "three late in a row")

    flask, fastapi = probe(state, "flask-svc"), probe(state, "fastapi-svc")
    assert flask["late"] >= 3
    assert flask["worst_s"] > 1
    assert flask["sentence"].endswith(
        f"would have failed {flask['late']} times and restarted it once"
    )
    # Each of its probes was answered within the second, and the next one asked.
    assert fastapi["restarts"] == 0
    assert fastapi["asked"] > flask["asked"]

    stopped = lab.stop()
    # All answers that the load did not get went to the probes; STOP leaves one of them alone.
    others = (
        answered(services.flask) - before - target(stopped, "flask-svc")["measured"]["answered"]
    )
    asked = probe(stopped, "flask-svc")["asked"]
    assert others in (asked - 1, asked)
    later = lab.when(lambda state: state["now_s"] > stopped["now_s"] + 2, "two seconds later")
    assert probe(later, "flask-svc") == probe(stopped, "flask-svc")


def test_a_blocked_loop_leaves_a_probe_waiting(lab: Lab) -> None:
    """With one request at a time there is a queue in the loop; the other target is not asked."""
    lab.begin(user_count=8, route="blocking-io", user_classes=["FastapiSvc"])
    state = lab.when(lambda state: probe(state, "fastapi-svc")["late"] >= 1, "a late probe")

    assert probe(state, "flask-svc") == {
        "asked": 0,
        "late": 0,
        "restarts": 0,
        "last_s": None,
        "worst_s": None,
        "sentence": "",
    }


def processes(program: Program) -> list[psutil.Process]:
    """Server and workers of a service, without the supervisor."""
    return psutil.Process(program.process.pid).children(recursive=True)


def used_s(program: Program) -> float:
    """Processor time of a service in seconds, as psutil has it."""
    return sum(sum(each.cpu_times()[:2]) for each in processes(program))


def test_processor_and_memory_are_those_of_the_processes(lab: Lab, services: Services) -> None:
    """Compared with what psutil adds up over server and workers during the same run."""
    programs = {"flask-svc": services.flask, "fastapi-svc": services.fastapi}
    lab.begin(user_count=8, route="json")
    first = lab.when(
        lambda state: all(target(state, name)["measured"]["cores_busy"] for name in programs),
        "busy cores",
    )
    before = {name: (used_s(program), answered(program)) for name, program in programs.items()}
    state = lab.when(
        lambda state: (
            state["at_s"] >= first["at_s"] + 12
            and all(target(state, name)["measured"]["processor_s"] for name in programs)
        ),
        "twelve seconds more",
    )

    for name, program in programs.items():
        spent_s, answers = used_s(program) - before[name][0], answered(program) - before[name][1]
        used = spent_s / (state["now_s"] - first["now_s"])
        rows = [
            row["cores_busy"]
            for row in state["seconds"]
            if row["target"] == name and row["t_s"] > first["at_s"] - state["at_s"]
        ]
        assert len(rows) == 12
        assert sum(rows) / len(rows) == pytest.approx(used, rel=0.3), name
        measured = target(state, name)["measured"]
        assert measured["processor_s"] == pytest.approx(spent_s / answers, rel=0.3), name
        size_mb = sum(each.memory_full_info().pss for each in processes(program)) / 1e6
        assert measured["memory_mb"] == pytest.approx(size_mb, rel=0.2), name


def test_without_its_supervisor_the_use_of_a_target_is_not_known(
    lab: Lab, services: Services
) -> None:
    """It is absent then, and not 0: in the seconds, and of the target."""
    supervisor = psutil.Process(services.flask.process.pid)
    supervisor.suspend()  # its server and workers go on
    try:
        lab.begin(user_count=8)
        state = lab.when(
            lambda state: (
                state["seconds"] and target(state, "flask-svc")["measured"]["memory_mb"] is None
            ),
            "counts that are too old",
        )
    finally:
        supervisor.resume()

    measured = target(state, "flask-svc")["measured"]
    assert (measured["cores_busy"], measured["processor_s"]) == (None, None)
    last = {row["target"]: row for row in state["seconds"]}
    assert last["flask-svc"]["cores_busy"] is None
    assert last["fastapi-svc"]["cores_busy"] is not None

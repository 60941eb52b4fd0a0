"""What the dashboard says of calls that the upstream never answers, and of errors it is asked for.

The targets give an upstream TIMEOUT_S seconds, which is longer than the silence of a target may be.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_lab import Services, running_services

pytestmark = pytest.mark.loads

Lab = Any  # of conftest.py
State = dict[str, Any]

TIMEOUT_S = 12
USERS = 12  # on each target
SLOTS = 4
PROBES = 8  # at most, those given up included, that wait while a test looks
FROZEN = {"hang_rate": 1.0}
THAWED = {"hang_rate": 0.0}
ALL = re.compile(r"dead calls hold all 4 slots for another (?:\d+ to )?(\d+) s")
WAITING = re.compile(r"12 dead calls wait for their time-out, for another (\d+) s at most: ")
UNEXPLAINED = {"silent", "errors"}


@pytest.fixture(scope="module")
def services(
    upstream_process: tuple[Any, httpx.Client, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Both services, with a short time-out for the upstream."""
    url, logs = str(upstream_process[1].base_url), tmp_path_factory.mktemp("services")
    with running_services(url, logs, UPSTREAM_TIMEOUT_S=str(TIMEOUT_S)) as both:
        yield both


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """Twelve users for each target, the dial at 0.3 s, and nothing the matter."""
    shared_lab.dial(delay_ms=300)
    shared_lab.begin(user_count=2 * USERS)
    shared_lab.when(lambda state: kinds(state) == ["slots", "clear"], "all well")
    yield shared_lab
    shared_lab.end()


def kinds(state: State) -> list[str]:
    return [each["limit"]["kind"] for each in state["targets"]]


def sentences(state: State) -> list[str]:
    return [each["limit"]["sentence"] for each in state["targets"]]


def dead(state: State) -> list[int]:
    return [each["measured"]["dead"] for each in state["targets"]]


def predicted_rps(state: State) -> list[float | None]:
    return [each["predicted"]["throughput_rps"] for each in state["targets"]]


def measured_rps(state: State) -> list[float | None]:
    return [each["measured"]["throughput_rps"] for each in state["targets"]]


def has_forgotten(state: State) -> bool:
    """Whether there are answers of the last seconds, and none that waited for a dead call."""
    latest_s = [each["measured"]["p99_s"] for each in state["targets"]]
    return all(each is not None and each < TIMEOUT_S / 2 for each in latest_s)


def said_s(state: State) -> list[int]:
    """The seconds that both sentences name."""
    found = [
        pattern.match(said) for pattern, said in zip((ALL, WAITING), sentences(state), strict=True)
    ]
    assert all(found), sentences(state)
    return [int(each[1]) for each in found if each]


def busy(state: State, *names: str) -> list[float]:
    """What stations of flask-svc hold, by their own count."""
    stations = {each["name"]: each["busy"] for each in state["targets"][0]["stations"]}
    return [stations[name] for name in names]


def hung(upstream: httpx.Client) -> dict[str, int]:
    """Calls that hang, by caller, as the upstream counts them."""
    callers = upstream.get("/stats").json()["callers"]
    return {name: each["hung"] for name, each in callers.items()}


def test_dead_calls_are_said_with_falling_seconds_while_the_upstream_is_frozen(
    lab: Lab, upstream: httpx.Client
) -> None:
    """As many as there are slots, or users; the dashboard counts them as the upstream does."""
    lab.dial(**FROZEN)
    state = lab.when(
        lambda state: dead(state) == [SLOTS, USERS] and kinds(state) == ["dead"] * 2, "all dead"
    )
    # The same by the kernel and the workers: the others wait where the kernel keeps them, and with
    # them a health probe for each ten seconds.
    lab.when(
        lambda state: (
            busy(state, "worker", "upstream") == [SLOTS, SLOTS]
            and 0 <= busy(state, "accept queue")[0] - (USERS - SLOTS) <= PROBES
        ),
        "four in the workers, and the others in the accept queue",
    )
    assert hung(upstream) == {"flask-svc": SLOTS, "fastapi-svc": USERS}
    assert predicted_rps(state) == [0.0, 0.0]
    assert [each["predicted"]["response_s"] for each in state["targets"]] == [None, None]
    assert sentences(state)[0].endswith("s, then the next calls do")
    assert sentences(state)[1].endswith("no slot limit, but each new call dies too")
    before = said_s(state)
    assert max(before) <= TIMEOUT_S

    later = lab.when(
        lambda later: later["now_s"] > state["now_s"] + 2 and measured_rps(later) == [0.0, 0.0],
        "nothing is answered",
    )
    assert kinds(later) == ["dead"] * 2
    assert all(now < then for now, then in zip(said_s(later), before, strict=True))
    for target in later["targets"]:
        assert 0 < target["measured"]["dead_for_s"] < TIMEOUT_S - 2


def test_fewer_users_than_slots_leave_some(lab: Lab) -> None:
    """Two dead calls on four slots."""
    lab.edit(user_count=4)
    lab.when(lambda state: [each["users"] for each in state["targets"]] == [2, 2], "two users each")
    lab.dial(**FROZEN)
    state = lab.when(
        lambda state: dead(state) == [2, 2] and kinds(state) == ["dead"] * 2, "both dead"
    )

    assert re.fullmatch(
        r"dead calls hold 2 of 4 slots for another (\d+ to )?\d+ s, 2 are left",
        sentences(state)[0],
    )
    assert predicted_rps(state) == [0.0, 0.0]


def test_after_a_thaw_dead_calls_hold_what_they_held_until_their_time_out(lab: Lab) -> None:
    """And neither the silence nor the errors that follow are a doubt."""
    lab.dial(**FROZEN)
    lab.when(lambda state: dead(state) == [SLOTS, USERS], "all dead")
    lab.dial(**THAWED)

    seen: list[State] = []

    def is_well(state: State) -> bool:
        seen.append(state)
        return kinds(state) == ["slots", "clear"] and has_forgotten(state)

    lab.when(lambda state: predicted_rps(state) == [0.0, 0.0] and kinds(state)[0] == "dead", "dead")
    well = lab.when(is_well, "well again")

    assert [(each["now_s"], kinds(each)) for each in seen if UNEXPLAINED & set(kinds(each))] == []
    silent_s = max(each["targets"][0]["measured"]["silent_s"] for each in seen)
    assert silent_s > 5  # which is a doubt where nothing explains it
    still_dead = [each for each in seen if dead(each)[0] == SLOTS]
    assert {kinds(each)[0] for each in still_dead} == {"dead"}
    assert {ALL.sub("", sentences(each)[0]) for each in still_dead} == {""}
    # The time-outs are failures of both, as many as there were dead calls.
    failed = [each["measured"]["failed"] for each in well["targets"]]
    assert failed == [SLOTS, USERS]


def test_dialled_errors_are_no_doubt(lab: Lab, upstream: httpx.Client) -> None:
    """A full target stays at its slots; one without a limit says who asked for the errors."""
    lab.dial(error_rate=0.2, seed=7)
    state = lab.when(
        lambda state: kinds(state)[1] == "faults" and state["targets"][0]["measured"]["failed"],
        "errors",
    )
    assert kinds(state)[0] == "slots"
    assert re.fullmatch(r"\d+ % of the answers are errors, as the dial asks", sentences(state)[1])
    assert not any(each["limit"]["is_doubt"] for each in state["targets"])

    seen: list[str] = []

    def is_well(state: State) -> bool:
        seen.extend(kinds(state))
        return kinds(state) == ["slots", "clear"]

    lab.dial(error_rate=0.0)
    lab.when(is_well, "well again")
    assert not UNEXPLAINED & set(seen)

"""What the driver is told for a cell, first requests included, and what its answer becomes."""

from typing import Any

import pytest
from made_run import burst_cell, experiment

from lab.experiments import duration
from lab.experiments.experiment import Cell, Load, Prediction
from lab.results.measurement import MEASURED, WARM_UP
from lab.rounded import minutes
from lab.running import driver_command, run_plan, settling, warming

URL = "http://127.0.0.1:9"


def cell(load: Load, **more: Any) -> Cell:
    given = {"id": "flask-svc.io.one", "path": "/io?parts=2", "load": load}
    times = {"slots": 4, "service_s": 0.5, "expected_s": 2.0}
    return burst_cell(**{**given, **times, **more})


LOADS = {
    "burst": (
        Load(kind="burst", requests=16, bursts=3),
        {"requests": 16, "bursts": 3, "method": "GET"},
    ),
    "closed": (
        Load(kind="closed", users=8, think_s=0.1, keep_alive=False, ramp_s=0.5, warmup_s=1,
             duration_s=3),
        {"users": 8, "think_s": 0.1, "keep_alive": False, "ramp_s": 0.5, "warmup_s": 1,
         "duration_s": 3, "keeps": "samples"},
    ),
    "open": (
        Load(kind="open", rate_rps=40, arrivals="random", duration_s=3, max_in_flight=100),
        {"rate_rps": 40, "arrivals": "random", "seed": 2, "duration_s": 3, "max_in_flight": 100},
    ),
    "hold": (Load(kind="hold", requests=50), {"requests": 50}),
    "sockets": (Load(kind="sockets", requests=16, hold_s=1), {"requests": 16, "hold_s": 1}),
}  # fmt: skip


@pytest.mark.parametrize("kind", LOADS)
def test_a_load_is_told_with_its_numbers(kind: str) -> None:
    """And with the path of the cell; the arrivals of each series have a seed of their own."""
    load, numbers = LOADS[kind]

    told = driver_command.command(cell(load), URL, series=2)

    assert (told["do"], told["url"]) == (kind, f"{URL}/io?parts=2")
    assert {name: told[name] for name in numbers} == numbers


def test_single_requests_have_paths_of_their_own() -> None:
    """The cell's own path would be one too many."""
    ask = {"method": "POST", "path": "/users", "body": {}}

    told = driver_command.command(cell(Load(kind="ask", requests=3, asks=(ask,))), URL, series=1)

    assert (told["url"], told["asks"], told["times"]) == (URL, [ask], 3)


def test_threads_are_asked_of_the_driver_alone() -> None:
    """There is nowhere to send anything."""
    told = driver_command.command(cell(Load(kind="threads", requests=2000)), "", series=1)

    assert told == {"do": "threads", "requests": 2000}


def test_slow_requests_have_longer_to_be_answered() -> None:
    """Three times as long as a burst is expected to take, and never less than the least."""
    fast, slow = (
        cell(Load(kind="burst", requests=16, bursts=2), expected_s=expected_s)
        for expected_s in (2.0, 60.0)
    )

    assert driver_command.timeout_s(fast) == driver_command.TIMEOUT_S
    assert driver_command.timeout_s(slow) == pytest.approx(90.0)


@pytest.mark.parametrize("kind", LOADS)
def test_the_driver_has_longer_than_all_its_requests(kind: str) -> None:
    """Whoever gave it up sooner would lose a measurement that goes on."""
    what = cell(LOADS[kind][0])

    assert driver_command.limit_s(
        what
    ) > what.expected_s + what.load.bursts * driver_command.timeout_s(what)


def test_columns_become_rows() -> None:
    """In their order, with the cell's shape and route, and None for what is not known."""
    columns = {
        "phase": ["warm-up", "measured"],
        "burst": [0, 1],
        "due_s": [0.0, 0.5],
        "start_s": [0.001, 0.502],
        "sent_s": [0.002, None],
        "latency_s": [1.0, 30.0],
        "status": [200, 0],
        "worker_pid": [7, None],
        "upstream_s": [0.9, None],
        "app_s": [0.01, None],
        "error": ["", "no answer in 30 s"],
    }

    good, bad = driver_command.rows(columns, cell(LOADS["open"][0]))

    assert (good.phase, good.burst, good.due_s) == (WARM_UP, 0, 0.0)
    assert (good.sample.target, good.sample.route) == ("flask-svc", "io")
    assert (good.sample.worker_pid, good.sample.upstream_s, good.sample.app_s) == (7, 0.9, 0.01)
    assert (bad.phase, bad.burst, bad.sample.sent_s) == (MEASURED, 1, None)
    assert bad.sample.error == "no answer in 30 s"


def test_a_column_that_is_missing_has_nothing_in_it() -> None:
    """Not every load knows everything."""
    (row,) = driver_command.rows({"start_s": [0.0], "latency_s": [0.1]}, cell(LOADS["sockets"][0]))

    assert (row.phase, row.due_s, row.sample.status, row.sample.error) == (MEASURED, None, 0, "")


def test_counts_are_kept_with_the_commonest_failure() -> None:
    """Failures that were only counted have no rows to say why."""
    answer = {
        "counts": {"latency_us": [900, 1000], "count": [3, 2]},
        "failed": 4,
        "failure": "connection lost",
        "driver": {"cpu_s": 1.0},
    }

    assert driver_command.counts(answer) == {900: 3, 1000: 2}
    assert driver_command.failed(answer) == 4
    assert driver_command.driver(answer) == {"cpu_s": 1.0, "failure": "connection lost"}


def test_first_requests_reach_the_slots_that_the_load_reaches() -> None:
    """As many, and more than a few; but no crowd that takes long."""

    def requests(slots: int | None, load: Load) -> int:
        told = warming.first_requests(cell(load, slots=slots), URL, {"workers": 4})
        return int(told["requests"])

    burst, many = Load(kind="burst", requests=100), Load(kind="closed", users=10_000)
    without = Load(kind="open", rate_rps=10)

    assert [requests(each, burst) for each in (4, 40, 1000, None)] == [16, 40, 100, 16]
    assert [requests(each, many) for each in (4, 40, 1000, None)] == [16, 40, 200, 16]
    assert requests(160, without) == 160


def test_first_requests_before_a_look_at_memory_come_one_by_one() -> None:
    """A thread that they had started would be missing from what the held ones cost."""
    told = warming.first_requests(cell(LOADS["hold"][0], slots=200), URL, {"workers": 1})

    assert (told["do"], told["requests"]) == ("burst", 1)


def test_first_sockets_are_not_held() -> None:
    """They are opened and closed again."""
    told = warming.first_requests(cell(LOADS["sockets"][0]), URL, {"workers": 4})

    assert (told["do"], told["requests"], told["hold_s"]) == ("sockets", 4, 0.0)


def test_the_dial_is_turned_back_in_every_field() -> None:
    """Fields that the experiment does not mention are as they are at the start."""
    behaviour = {"delay_ms": 200.0, "distribution": "lognormal", "sigma": 1.0}

    found = warming.behaviour(experiment(behaviour=behaviour))

    assert (found["delay_ms"], found["distribution"], found["sigma"]) == (200.0, "lognormal", 1.0)
    assert (found["error_rate"], found["hang_rate"], found["reset_rate"]) == (0, 0, 0)


def test_work_left_over_takes_wave_after_wave() -> None:
    """A hundred abandoned requests, four slots, half a second each; none where nothing limits."""
    assert settling.left_over_s(cell(LOADS["closed"][0]), 100) == 12.5
    assert settling.left_over_s(cell(LOADS["closed"][0], slots=None), 100) == 0.0


def test_requests_to_the_upstream_itself_are_counted_for_everybody() -> None:
    """The driver does not say who it is."""
    assert settling.caller(cell(LOADS["burst"][0], shape="upstream", direct=True)) == "upstream"
    assert settling.caller(cell(LOADS["burst"][0])) == "flask-svc"


def test_slots_agree_where_nobody_says_otherwise() -> None:
    """No slots in the inputs, no such route at /server, or the same number at both."""
    said = {"flask-svc": {"slots": {"io": 4}}}
    load = LOADS["burst"][0]
    silent = cell(load)
    same = cell(load, prediction=Prediction(function="waves", inputs={"slots": 4}))
    elsewhere = cell(load, route="cpu", prediction=Prediction(inputs={"slots": 2}))

    assert run_plan.disagreements(experiment(silent, same, elsewhere), said) == []


def test_slots_without_limit_are_not_slots_with_one() -> None:
    """None at /server against a number in the prediction."""
    what = cell(LOADS["burst"][0], prediction=Prediction(inputs={"slots": 4}))

    assert run_plan.disagreements(experiment(what), {"flask-svc": {"slots": {"io": None}}}) == [
        "flask-svc reports slots without limit for /io, but the prediction was made for 4 slots"
    ]


def test_ceilings_are_needed_where_answers_are_only_counted_or_a_rate_is_judged() -> None:
    """There are too many to keep, so they may be too many to send; a rate may be the driver's."""
    counted = Load(kind="closed", users=64, duration_s=2, keeps="counts")

    assert duration.needs_ceilings(experiment(cell(counted)))
    for kind, measure, expected in (
        ("closed", "throughput_rps", True),
        ("open", "throughput_rps", True),
        ("closed", "mean_s", False),
        ("burst", "throughput_rps", False),
    ):
        what = experiment(cell(LOADS[kind][0], measure=measure))
        assert duration.needs_ceilings(what) is expected, (kind, measure)


@pytest.mark.parametrize(
    ("time_s", "said"), [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (220, "3 min 40 s")]
)
def test_times_are_said_in_minutes_and_seconds(time_s: float, said: str) -> None:
    """Nobody reads 220 s."""
    assert minutes(time_s) == said


@pytest.mark.parametrize("kind", ["burst", "closed"])
def test_a_route_that_writes_is_posted(kind: str) -> None:
    """In the warm-up as well; all others are read."""
    writes = cell(LOADS[kind][0], route="db-write", path="/db-write")

    assert driver_command.command(writes, URL, series=1)["method"] == "POST"
    assert warming.first_requests(writes, URL, {"workers": 1})["method"] == "POST"
    assert driver_command.command(cell(LOADS[kind][0]), URL, series=1)["method"] == "GET"


def test_first_requests_to_the_database_fill_each_pool() -> None:
    """As many as the load has or as there are slots, whichever is more."""

    def requests(slots: int | None, load: Load, route: str = "async-db-wait") -> int:
        told = warming.first_requests(cell(load, slots=slots, route=route), URL, {"workers": 4})
        return int(told["requests"])

    burst = Load(kind="burst", requests=100)
    assert [requests(each, burst) for each in (4, 160, 1000, None)] == [100, 160, 200, 100]
    assert requests(None, Load(kind="closed", users=8), "orm-read") == 16

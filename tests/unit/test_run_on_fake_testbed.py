"""Running an experiment, on a testbed that only pretends: what is asked of it, and when."""

import contextlib
import errno
import io
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_run
import pytest
from made_run import burst_cell

from lab.experiments.experiment import Cell, Experiment, Load, Prediction, Shape
from lab.results import folder, reading, sources
from lab.results.measurement import Process
from lab.results.writing import Writer
from lab.running import machine_facts, machine_noise, run_plan, settling, warming
from lab.running import run_experiment as running
from lab.running.run_experiment import RunFailed, run
from lab.running.run_progress import RunProgress
from lab.running.signals import interruptible
from lab.running.testbed import DriverError, TestbedError

DELAY_MS = 300.0
A_FIRST = 9
"""A seed with which shape a comes before b in each series."""
PROCESS = Process(pid=7, parent=0, cpu_s=0.25, pss_bytes=31_000_000, threads=2)


class FakeTestbed:
    """Answers every load at once; `log` has what was asked, `does` what happens before that."""

    upstream_url = "http://127.0.0.1:1"

    def __init__(self, does: "Does | None" = None) -> None:
        self.log: list[Any] = []
        self.measured: list[str] = []
        self.closed = False
        self.dead = ""
        self.abandoned = 0
        self.holding = False
        self.left_over: dict[str, int] = {}
        self.busy: dict[str, int] = {}
        self.dial: dict[str, Any] = {}
        self._does = does

    def __enter__(self) -> "FakeTestbed":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def start_upstream(self, behaviour: Mapping[str, Any]) -> None:
        self.dial = dict(behaviour)

    def start_database(self, settings: Mapping[str, str]) -> None:
        self.log.append(("database", dict(settings), self.dial["delay_ms"]))

    def database_stats(self, shape_name: str) -> dict[str, Any]:
        return {"served": 16, "peak": 4, "held_ms": 3200.0, "connections": 10}

    def database(self) -> dict[str, Any]:
        counts = {name: {"connections": 10, "busy": busy} for name, busy in self.busy.items()}
        return {"max_connections": 450, "clients": counts}

    def start_fresh(self, shapes: Sequence[Shape]) -> None:
        self.left_over.clear()
        self.log.append(("start", [each.name for each in shapes]))

    def url(self, shape_name: str) -> str:
        return f"http://127.0.0.1:2/{shape_name}"

    def server(self, shape_name: str) -> dict[str, Any]:
        return {
            "target": shape_name,
            "framework": {"name": "flask", "version": "3.1"},
            "workers": 4,
            "slots": {"io": 4},
        }

    def processes(self, shape_name: str) -> list[Process]:
        self.log.append(("look", shape_name))
        return [PROCESS]

    def ended(self) -> str:
        return self.dead

    def behaviour(self, **fields: Any) -> None:
        self.dial |= fields
        self.log.append(("behaviour", fields["delay_ms"]))

    def stats(self, shape_name: str) -> dict[str, Any]:
        in_flight = self.left_over.get(shape_name, 4 if self.holding else 0)
        return {"in_flight": in_flight, "served": 16, "peak": 4}

    def reset_stats(self) -> None:
        self.log.append(("reset",))

    def restart(self, shape_name: str) -> None:
        self.left_over.pop(shape_name, None)
        self.log.append(("restart", shape_name))

    def drive(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        self.log.append(("drive", command))
        self.holding = command["do"] == "hold"
        if command["do"] == "hello":
            return {"open_files": 1024, "python": "3.13.1", "pid": 1}
        if command["do"] == "ceiling":
            rate_rps = 20_000.0 if command["url"].endswith("/healthz") else 15_000.0
            return {"rate_rps": rate_rps, "cpu_share": 0.97}
        if command["do"] != "release" and self.dial.get("delay_ms") == DELAY_MS:
            self.measured.append(command["url"].rpartition("/")[0])
            if self._does is not None:
                self._does(self, command)
        abandoned = {"abandoned": self.abandoned} if self.abandoned else {}
        rows = {"start_s": [0.0], "latency_s": [0.2], "status": [200], "worker_pid": [7]}
        return {"rows": rows, "driver": {"cpu_s": 0.1, "wall_s": 0.2} | abandoned}


Does = Callable[[FakeTestbed, Mapping[str, Any]], None]


def cell(shape: str, load: Load | None = None, **more: Any) -> Cell:
    load = load or Load(kind="burst", requests=16)
    inputs = {"requests": 16, "slots": 4, "service_s": 0.2}
    return burst_cell(
        shape=shape,
        id=f"{shape}.io.{load.kind}-{load.requests or load.users}",
        load=load,
        prediction=Prediction(function="makespan_s", inputs=inputs, value=0.8),
        tolerance=0.1,
        slots=4,
        service_s=0.2,
        expected_s=0.8,
        **more,
    )


def experiment(*cells: Cell, **more: Any) -> Experiment:
    given = {"behaviour": {"delay_ms": DELAY_MS}, "series": 2}
    return made_run.experiment(*(cells or (cell("a"), cell("b"))), **{**given, **more})


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is worth waiting for."""
    monkeypatch.setattr(machine_facts, "WATCH_S", 0.0)
    monkeypatch.setattr(machine_noise, "ROUNDS", 1)
    monkeypatch.setattr(settling, "POLL_S", 0.0)
    monkeypatch.setattr(settling, "BOUND_S", 0.01)
    monkeypatch.setattr(warming, "CONNECT_POLL_S", 0.0)
    monkeypatch.setattr(warming, "DATABASE_MS", 50.0)  # unlike DELAY_MS, which is a measurement's


@pytest.fixture
def measure(tmp_path: Path) -> Callable[..., Path]:
    """Runs an experiment on a testbed, and gives the folder, also where that raises."""

    def measured(what: Experiment, testbed: FakeTestbed, seed: int | None = A_FIRST) -> Path:
        return run(
            what,
            testbed=testbed,
            folder=tmp_path / "run",
            progress=RunProgress(what, stream=io.StringIO()),
            runtime="local",
            seed=seed,
        )

    return measured


Measure = Callable[..., Path]


def test_each_cell_is_measured_as_often_as_asked_and_in_turns(measure: Measure) -> None:
    """Two shapes, two series: A B A B, and so it stands on disk."""
    testbed = FakeTestbed()

    found = reading.read(measure(experiment(), testbed))

    assert testbed.measured == [f"http://127.0.0.1:2/{name}" for name in "abab"]
    assert found.is_complete
    order = [[each.cell, each.series] for each in found.measurements]
    assert order == found.metadata["order"]
    assert order == [
        ["a.io.burst-16", 1],
        ["b.io.burst-16", 1],
        ["a.io.burst-16", 2],
        ["b.io.burst-16", 2],
    ]
    assert testbed.closed


def test_each_series_begins_with_new_servers(measure: Measure) -> None:
    """All of them are replaced, warmed up, and only then measured."""
    testbed = FakeTestbed()

    measure(experiment(), testbed)

    said = [
        what if what != "drive" else more[0]["do"]
        for what, *more in testbed.log
        if what in ("start", "behaviour", "drive", "reset")
    ]
    one = ["start", "behaviour", *["burst"] * 2, "behaviour", *["reset", "burst"] * 2]
    # The driver says hello once.
    assert said == ["start", "hello", *one[1:], *one]
    starts = [more[0] for what, *more in testbed.log if what == "start"]
    assert starts == [["a", "b"], ["a", "b"]]


class ComputingTestbed(FakeTestbed):
    """A request takes 3 ms of processor time in a server, 0.5 ms in the upstream, 1 ms to send."""

    costs_s: Mapping[str, float] = {"a": 0.003, "upstream": 0.0005}

    def __init__(self, error: str = "") -> None:
        super().__init__()
        self.asked = 0
        self.error = error

    def processes(self, shape_name: str) -> list[Process]:
        return [replace(PROCESS, cpu_s=0.5 + self.asked * self.costs_s[shape_name])]

    def drive(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        found = super().drive(command, timeout_s)
        if command["do"] == "hello":
            return found | {"machine": {"cores": 2}}
        if command["do"] == "burst":
            self.asked += command["requests"]
            found["rows"]["error"] = [self.error]
            found["driver"]["cpu_s"] = 0.001 * command["requests"]
        return found


def many(requests: int = 100) -> Cell:
    inputs = {"requests": requests, "slots": None, "service_s": 0.2}
    return replace(
        cell("a", Load(kind="burst", requests=requests)),
        prediction=Prediction(function="makespan_s", inputs=inputs, value=0.2),
        slots=None,
    )


def test_many_at_once_are_predicted_with_the_processor(measure: Measure) -> None:
    """Two cores, 4.5 ms a request in all three programs: the last of a hundred starts 49 later."""
    found = reading.read(measure(experiment(many()), ComputingTestbed()))

    [stored] = found.experiment.cells
    assert stored.prediction.inputs == {
        "requests": 100,
        "slots": None,
        "service_s": 0.2,
        "cores": 2,
        "processor_s": 0.0045,
    }
    assert stored.prediction.value == pytest.approx(0.2 + 50 * 0.0045)
    assert found.metadata["processor"] == {
        "a /io": {
            "target_s": pytest.approx(0.003),
            "generator_s": pytest.approx(0.001),
            "upstream_s": pytest.approx(0.0005),
            "target_least_s": pytest.approx(0.003),
            "target_most_s": pytest.approx(0.003),
            "requests": 300,
        }
    }


def test_the_processor_is_measured_before_the_first_cell(measure: Measure) -> None:
    """On warm servers, at the warm-up's delay, which then is the experiment's own again."""
    testbed = ComputingTestbed()

    measure(experiment(many()), testbed)

    said = [
        what if what != "drive" else more[0]["do"]
        for what, *more in testbed.log
        if what in ("behaviour", "drive", "reset")
    ]
    warm = ["behaviour", "burst", "behaviour"]
    calibrated = ["behaviour", *["burst"] * 3, "behaviour"]
    assert said == ["hello", *warm, *calibrated, "reset", "burst", *warm, "reset", "burst"]


@pytest.mark.parametrize(
    ("asked", "testbed"),
    [
        (many(16), ComputingTestbed()),
        (replace(many(), slots=4), ComputingTestbed()),
        (replace(many(), prediction=made_run.UNPREDICTED), ComputingTestbed()),
        (many(), ComputingTestbed(error="refused")),
    ],
    ids=["few at once", "few slots", "no prediction", "a request that fails"],
)
def test_a_cell_without_need_for_the_processor_is_left_as_it_is(
    measure: Measure, asked: Cell, testbed: FakeTestbed
) -> None:
    found = reading.read(measure(experiment(asked), testbed))

    assert found.experiment.cells == (asked,)
    assert found.metadata["processor"] == {}


def test_a_container_with_a_share_of_the_cores_is_left_as_it_is(measure: Measure) -> None:
    small = Shape(name="a", target="flask-svc", settings={"SERVICE_CPUS": "0.5"})

    found = reading.read(measure(experiment(many(), shapes=(small,)), ComputingTestbed()))

    assert found.experiment.cells == (many(),)


def test_the_machine_is_looked_at_before_and_after_each_series(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the warm-up and before the first load, and when nothing of the last one is left."""
    testbed = FakeTestbed()
    busy = iter([0.1, 0.3, 0.2, 0.1])

    def probe() -> dict[str, float | None]:
        testbed.log.append(("probe",))
        return {"busy": next(busy), "work_s": 0.05}

    monkeypatch.setattr(machine_noise, "probe", probe)
    found = reading.read(measure(experiment(), testbed))

    assert found.metadata["noise"] == [
        {
            "series": 1,
            "before": {"busy": 0.1, "work_s": 0.05},
            "after": {"busy": 0.3, "work_s": 0.05},
        },
        {
            "series": 2,
            "before": {"busy": 0.2, "work_s": 0.05},
            "after": {"busy": 0.1, "work_s": 0.05},
        },
    ]
    assert found.metadata["busy_before"] == 0.3
    said = [what for what, *_ in testbed.log if what in ("start", "reset", "probe")]
    assert said == ["start", "probe", "reset", "reset", "probe"] * 2


def test_a_series_that_is_interrupted_has_no_probe_after_it(
    measure: Measure, tmp_path: Path
) -> None:
    """Null, and what is there is kept."""
    with pytest.raises(KeyboardInterrupt):
        measure(experiment(), FakeTestbed(interrupts))

    [noise] = reading.read(tmp_path / "run").metadata["noise"]
    assert noise["series"] == 1
    assert noise["before"]["work_s"] > 0
    assert noise["after"] is None


def test_the_last_of_a_series_is_waited_for_and_not_restarted(measure: Measure) -> None:
    """The machine is looked at next; the servers end with the series anyway."""

    def leave(testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
        if len(testbed.measured) == 2:
            testbed.left_over["b"] = 30

    testbed = FakeTestbed(leave)
    found = reading.read(measure(experiment(), testbed))

    assert not [each for each in testbed.log if each[0] == "restart"]
    assert found.metadata["notes"] == []


def test_the_order_is_that_of_the_seed(measure: Measure) -> None:
    """The seed is kept, so that the order can be had again."""
    what = experiment(cell("a"), cell("b"), cell("c"), cell("d"))
    found = reading.read(measure(what, FakeTestbed(), seed=7))

    assert found.metadata["seed"] == 7
    expected = [[each.id, series] for each, series in run_plan.order(what, 7)]
    assert found.metadata["order"] == expected


def test_without_a_seed_one_is_chosen_and_kept(measure: Measure) -> None:
    """With it, the same order is planned again."""
    what = experiment(cell("a"), cell("b"), cell("c"), cell("d"))
    found = reading.read(measure(what, FakeTestbed(), seed=None))

    assert 0 <= found.metadata["seed"] < 2**32
    planned = run_plan.order(what, found.metadata["seed"])
    assert found.metadata["order"] == [[each.id, series] for each, series in planned]


def test_what_the_driver_says_is_what_is_kept(measure: Measure) -> None:
    """Rows, its own account, and the upstream's, for the cell that they are of."""
    first = reading.read(measure(experiment(), FakeTestbed())).measurements[0]

    (row,) = first.rows
    assert (row.sample.target, row.sample.route, row.sample.worker_pid) == ("a", "io", 7)
    assert row.sample.latency_s == 0.2
    assert first.driver == {"cpu_s": 0.1, "wall_s": 0.2}
    assert first.upstream["peak"] == 4


def test_the_prediction_is_on_disk_before_anything_is_sent(tmp_path: Path) -> None:
    """Whoever looks while the first load runs finds it in run.json."""
    seen = []

    def look(_testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
        seen.append(json.loads((tmp_path / "run/run.json").read_text()))

    what = experiment()
    testbed = FakeTestbed(look)
    progress = RunProgress(what, stream=io.StringIO())
    run(what, testbed=testbed, folder=tmp_path / "run", progress=progress, runtime="local")

    assert seen[0]["state"] == "running"
    assert seen[0]["experiment"]["cells"][0]["prediction"]["value"] == 0.8
    assert seen[0]["servers"]["a"]["slots"] == {"io": 4}
    assert seen[0]["machine"]["cores"] >= 1
    assert seen[0]["limits"]["open_files"] == 1024
    assert seen[0]["versions"] == {"flask": "3.1"}
    assert seen[0]["sources"] == sources.of_tree(what.definition)


def test_servers_are_warmed_up_under_a_shorter_delay(measure: Measure) -> None:
    """Every shape gets requests of its route first, and the dial is turned back after them."""
    testbed = FakeTestbed()

    measure(experiment(), testbed)

    dials = [place for place, each in enumerate(testbed.log) if each[0] == "behaviour"]
    one = [("behaviour", 20.0), ("behaviour", DELAY_MS)]
    assert [testbed.log[place] for place in dials] == one * 2
    for first, last in (dials[:2], dials[2:]):
        warm = [command["url"] for _, command in testbed.log[first + 1 : last]]
        assert warm == ["http://127.0.0.1:2/a/io", "http://127.0.0.1:2/b/io"]


def test_the_upstream_counts_each_measurement_from_nothing(measure: Measure) -> None:
    """Its counts are reset before every load."""
    testbed = FakeTestbed()

    measure(experiment(), testbed)

    loads = [
        place
        for place, (what, *more) in enumerate(testbed.log)
        if what == "drive" and more[0]["do"] == "burst"
    ]
    for warming_up, measuring in ((loads[:2], loads[2:4]), (loads[4:6], loads[6:])):
        assert [testbed.log[place - 1] for place in measuring] == [("reset",)] * 2
        assert ("reset",) not in testbed.log[warming_up[0] - 1 : warming_up[-1]]


def test_work_left_over_makes_a_server_start_anew(measure: Measure) -> None:
    """It would leak into the next measurement; the run goes on, and says so."""

    def leave(testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
        if len(testbed.measured) == 1:
            testbed.left_over["a"] = 30

    testbed = FakeTestbed(leave)
    found = reading.read(measure(experiment(), testbed))

    assert testbed.log.count(("restart", "a")) == 1
    assert found.is_complete
    assert "a was restarted" in found.metadata["notes"][0]


def test_nobody_waits_for_work_that_cannot_be_done_in_time(measure: Measure) -> None:
    """A thousand abandoned requests keep four slots busy for long: a new server is faster."""
    testbed = FakeTestbed()
    testbed.abandoned = 1000

    twice = experiment(cell("a"), cell("a", Load(kind="burst", requests=8)), series=2)
    found = reading.read(measure(twice, testbed))

    # After the first of each series; after the last one nothing follows that it could disturb.
    assert testbed.log.count(("restart", "a")) == 2
    assert len(found.metadata["notes"]) == 2
    assert "a was restarted after a.io.burst-16" in found.metadata["notes"][0]


@pytest.mark.parametrize(("route", "waits"), [("cpu", True), ("io", False)])
def test_requests_that_only_compute_are_waited_for(
    measure: Measure, monkeypatch: pytest.MonkeyPatch, route: str, *, waits: bool
) -> None:
    """The upstream does not see them, so the next look at the machine would take them for others'.

    Four abandoned requests on four slots of 0.2 s.
    """
    waited_s: list[float] = []
    monkeypatch.setattr(running.time, "sleep", waited_s.append)
    testbed = FakeTestbed()
    testbed.abandoned = 4

    measure(experiment(cell("a", route=route)), testbed)

    assert (pytest.approx(0.2) in waited_s) is waits


def test_fresh_means_a_new_server_for_each_measurement(measure: Measure) -> None:
    """The first of each shape and series has one anyway."""
    testbed = FakeTestbed()
    eight = Load(kind="burst", requests=8)

    measure(
        experiment(cell("a"), cell("b"), cell("a", eight), cell("b", eight), fresh=True), testbed
    )

    assert [each for each in testbed.log if each[0] in ("restart", "start")] == [
        ("start", ["a", "b"]),
        ("restart", "a"),
        ("restart", "b"),
    ] * 2


def test_a_single_cell_can_be_fresh(measure: Measure) -> None:
    """Only its own measurements begin with a new server."""
    testbed = FakeTestbed()
    eight = Load(kind="burst", requests=8)

    measure(
        experiment(cell("a"), cell("b"), cell("a", eight), cell("b", eight, fresh=True)), testbed
    )

    assert [each for each in testbed.log if each[0] == "restart"] == [("restart", "b")] * 2


def test_processes_are_looked_at_while_requests_are_held(measure: Measure) -> None:
    """Before the load, while it is held, and after its release."""
    held = cell("a", Load(kind="hold", requests=16))
    testbed = FakeTestbed()

    found = reading.read(measure(experiment(held, series=1), testbed)).measurements[0]

    begin = testbed.log.index(("reset",)) - 1
    asked = [more[0]["do"] if what == "drive" else what for what, *more in testbed.log[begin:]]
    assert asked == ["look", "reset", "hold", "look", "release", "look"]
    assert found.before == found.held == found.after == (PROCESS,)
    assert found.figures == {"held": [4, 4]}


def test_an_idle_server_is_looked_at_and_not_asked(measure: Measure) -> None:
    """Where nothing is to be held, nothing is sent."""
    idle = cell("a", Load(kind="hold", requests=0))
    testbed = FakeTestbed()

    found = reading.read(measure(experiment(idle, series=1), testbed)).measurements[0]

    assert not testbed.measured
    assert (found.before, found.held, found.rows) == ((PROCESS,), (), ())


def test_the_ceilings_are_measured_once_before_the_first_series(measure: Measure) -> None:
    """The driver's at once, the upstream's without a delay; then the dial is as it was."""
    counted = cell("a", Load(kind="closed", users=64, duration_s=2, keeps="counts"))
    testbed = FakeTestbed()

    found = reading.read(measure(experiment(counted), testbed))

    assert found.metadata["ceiling"] == {"rate_rps": 20_000.0, "cpu_share": 0.97}
    assert found.metadata["upstream_ceiling"] == {"rate_rps": 15_000.0, "cpu_share": 0.97}
    (first, dialled, second, dialled_back, start) = testbed.log[:5]
    assert (dialled, dialled_back) == (("behaviour", 0.0), ("behaviour", DELAY_MS))
    assert (first[1]["url"], second[1]["url"]) == (
        "http://127.0.0.1:1/healthz",
        "http://127.0.0.1:1/call",
    )
    assert {name: value for name, value in first[1].items() if name != "url"} == {
        name: value for name, value in second[1].items() if name != "url"
    }
    assert start[0] == "start"
    assert [
        each for each in testbed.log[5:] if each[0] == "drive" and each[1]["do"] == "ceiling"
    ] == []


def test_no_ceiling_where_no_rate_is_judged(measure: Measure) -> None:
    """It takes seconds, and null says that it was not measured."""
    found = reading.read(measure(experiment(), FakeTestbed()))

    assert found.metadata["ceiling"] is None
    assert found.metadata["upstream_ceiling"] is None


def test_slots_that_are_not_those_predicted_with_are_noted(measure: Measure) -> None:
    """A prediction for another server than the one that was started says nothing."""
    wrong = cell("a")
    wrong = replace(wrong, prediction=replace(wrong.prediction, inputs={"slots": 8}))

    found = reading.read(measure(experiment(wrong), FakeTestbed()))

    assert found.metadata["notes"] == [
        "a reports 4 slots for /io, but the prediction was made for 8 slots"
    ]


def dies(sentence: str) -> Does:
    def die(testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
        if len(testbed.measured) == 2:
            testbed.dead = sentence

    return die


def interrupts(testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
    if len(testbed.measured) == 2:
        raise KeyboardInterrupt


def loses_its_driver(testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
    if len(testbed.measured) == 2:
        raise DriverError("the driver ended with code -9; it wrote nothing")


@pytest.mark.parametrize(
    ("does", "raised", "state", "reason"),
    [
        (dies("b ended with code 9; it wrote nothing"), RunFailed, "failed", "b ended with code 9"),
        (loses_its_driver, RunFailed, "failed", "the driver ended with code -9"),
        (interrupts, KeyboardInterrupt, "interrupted", "after 1 of 4 measurements"),
    ],
)
def test_whatever_ends_a_run_leaves_what_was_finished(
    measure: Measure,
    tmp_path: Path,
    does: Does,
    raised: type[BaseException],
    state: str,
    reason: str,
) -> None:
    """One measurement is there, the servers are stopped, and run.json says why."""
    testbed = FakeTestbed(does)

    with pytest.raises(raised):
        measure(experiment(), testbed)

    found = reading.read(tmp_path / "run")
    assert [each.cell for each in found.measurements] == ["a.io.burst-16"]
    assert found.metadata["order"] == [["a.io.burst-16", 1]]
    assert found.metadata["state"] == state
    assert reason in found.metadata["reason"]
    assert testbed.closed


def test_a_server_that_does_not_start_fails_the_run(measure: Measure, tmp_path: Path) -> None:
    """Its own sentence is the reason, and the prediction is on disk all the same."""
    testbed = FakeTestbed()

    def refuse(_shapes: Sequence[Shape]) -> None:
        raise TestbedError("a ended with code 2; its last lines:\nFLASK_WORKERS='0'")

    testbed.start_fresh = refuse  # type: ignore[method-assign]
    with pytest.raises(RunFailed, match="FLASK_WORKERS='0'"):
        measure(experiment(), testbed)

    found = reading.read(tmp_path / "run")
    assert found.metadata["state"] == "failed"
    assert not found.measurements
    assert testbed.closed


def test_a_full_disk_fails_the_run_with_a_sentence(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to do, and the measurements before it are readable."""
    adds = Writer.add

    def full(writer: Writer, measurement: Any) -> None:
        if measurement.series == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        adds(writer, measurement)

    monkeypatch.setattr(running.Writer, "add", full)
    with pytest.raises(RunFailed, match="the disk is full: make room"):
        measure(experiment(), FakeTestbed())

    found = reading.read(tmp_path / "run")
    assert len(found.measurements) == 2
    assert "the disk is full" in found.metadata["reason"]


def test_a_disk_too_full_for_its_last_word_still_leaves_a_readable_run(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """run.json then says that the run is going on, which is as good as that it never ended."""
    replaces = folder.replace

    def full(path: Path, document: Mapping[str, Any]) -> None:
        if document["state"] != "running" or len(document["order"]) < 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replaces(path, document)

    monkeypatch.setattr(folder, "replace", full)
    with pytest.raises(RunFailed, match="the disk is full"):
        measure(experiment(), FakeTestbed(loses_its_driver_when_full))

    found = reading.read(tmp_path / "run")
    assert len(found.measurements) == 1
    assert not found.is_complete


def loses_its_driver_when_full(testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
    if len(testbed.measured) == 2:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_does_not_stop_the_cleaning_up(number: signal.Signals) -> None:
    """The first one interrupts, those after it find nobody."""
    cleaned = []

    with contextlib.suppress(KeyboardInterrupt), interruptible():
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            cleaned.append(True)

    assert cleaned
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_progress_says_where_it_is_and_how_long_it_takes() -> None:
    """One line for each measurement where the output is no terminal; the time left falls."""
    stream, now_s = io.StringIO(), iter([0.0, 1.0, 5.0, 9.0])
    what = experiment(cell("a"), cell("b"), name="02-sixteen-at-once")
    progress = RunProgress(what, after_s=60.0, stream=stream, clock=lambda: next(now_s))

    progress.starting(1)
    progress.begin(what.cells[1], 1)
    progress.begin(what.cells[0], 1)
    progress.starting(2)
    progress.warming_up(2)
    progress.begin(what.cells[0], 2)

    # Four workers in each of two servers: 5.4 s beside each series of 1.8 s.
    lines = stream.getvalue().splitlines()
    assert lines[0] == "02 sixteen-at-once  starting servers  series 1/2   1 min 14 s left"
    assert lines[1] == (
        "02 sixteen-at-once  cell 1/2  b /io, 16 at once  series 1/2   1 min 09 s left"
    )
    assert lines[2].startswith(
        "02 sixteen-at-once  cell 2/2  a /io, 16 at once  series 1/2   1 min"
    )
    # They take almost three times as long as estimated, and so will the rest.
    assert lines[3] == "02 sixteen-at-once  starting servers  series 2/2   1 min 20 s left"
    assert lines[4].startswith("02 sixteen-at-once  warming up  series 2/2   1 min")
    assert lines[5].startswith("02 sixteen-at-once  cell 1/2  a /io, 16 at once  series 2/2")
    assert lines[5].endswith("   1 min 05 s left")


def of_database(**fields: Any) -> Cell:
    return cell("a", route="async-db-wait", path="/async-db-wait", **fields)


@pytest.mark.parametrize("settings", [{}, {"DB_MAX_CONNECTIONS": "20"}])
def test_an_experiment_on_the_database_gets_one_of_its_own(
    measure: Measure, settings: Mapping[str, str]
) -> None:
    """Once, after the upstream whose dial it copies, and before the first server."""
    testbed = FakeTestbed()
    shape = Shape(name="a", target="fastapi-svc", settings=settings)

    measure(experiment(of_database(), shapes=(shape,)), testbed)

    assert testbed.log[:2] == [("database", settings, DELAY_MS), ("start", ["a"])]
    assert [each[0] for each in testbed.log].count("database") == 1


def test_the_counts_of_the_database_are_kept_where_it_is_waited_for(measure: Measure) -> None:
    """Beside those of the upstream; a route that waits for the upstream alone has none."""
    both = [of_database(), cell("b")]
    found = reading.read(measure(experiment(*both, series=1), FakeTestbed())).measurements

    of = {each.cell: each for each in found}
    assert of[both[0].id].database == FakeTestbed().database_stats("a")
    assert of[both[1].id].database == {}
    assert all(each.upstream["served"] == 16 for each in found)


@pytest.mark.parametrize(("asked", "delay_ms"), [(of_database(), 50.0), (cell("a"), 20.0)])
def test_pools_are_opened_under_a_longer_delay(
    measure: Measure, asked: Cell, delay_ms: float
) -> None:
    """So that each connection of a pool gets a query; without a pool the short one does."""
    testbed = FakeTestbed()

    measure(experiment(asked, series=1), testbed)

    dials = [each for each in testbed.log if each[0] == "behaviour"]
    assert dials == [("behaviour", delay_ms), ("behaviour", DELAY_MS)]


def test_an_experiment_without_the_database_starts_none(measure: Measure) -> None:
    testbed = FakeTestbed()

    measure(experiment(), testbed)

    assert "database" not in [each[0] for each in testbed.log]


@pytest.mark.parametrize(("workers", "rounds"), [(1, 1), (3, 3), (99, warming.MOST_ROUNDS)])
def test_each_worker_opens_its_pool_in_the_warm_up(
    measure: Measure, workers: int, rounds: int
) -> None:
    """One more worker answers in each round here; who never answers is not waited for."""

    class Lottery(FakeTestbed):
        warmed = 0

        def server(self, shape_name: str) -> dict[str, Any]:
            return super().server(shape_name) | {"workers": workers}

        def drive(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
            found = super().drive(command, timeout_s)
            if command["do"] == "burst" and self.dial["delay_ms"] != DELAY_MS:
                self.warmed += 1
                found["rows"]["worker_pid"] = [self.warmed]
            return found

    testbed = Lottery()
    measure(experiment(of_database(), series=1), testbed)

    assert testbed.warmed == rounds


def test_a_server_is_at_rest_when_its_connections_are(measure: Measure) -> None:
    """The upstream does not see what the database still does."""

    def leave(testbed: FakeTestbed, _command: Mapping[str, Any]) -> None:
        if len(testbed.measured) == 1:
            testbed.busy["a"] = 3

    testbed = FakeTestbed(leave)
    eight = cell("a", Load(kind="burst", requests=8), route="async-db-wait")
    found = reading.read(measure(experiment(of_database(), eight, series=1), testbed))

    assert testbed.log.count(("restart", "a")) == 1
    assert "a was restarted after" in found.metadata["notes"][0]


def test_of_requests_that_are_held_the_database_counts_its_connections(measure: Measure) -> None:
    """At both looks."""

    def hold(held: FakeTestbed, command: Mapping[str, Any]) -> None:
        held.busy["a"] = 4 if command["do"] == "hold" else 0

    testbed = FakeTestbed(hold)
    held = cell("a", Load(kind="hold", requests=16), route="db-wait", path="/db-wait")
    found = reading.read(measure(experiment(held, series=1), testbed)).measurements[0]

    assert found.figures == {"held": [4, 4]}

"""Which calibrations are made and kept, with a supervisor and users that count by themselves."""

import time
from collections.abc import Callable
from typing import Any

import calibrating
import gevent
import httpx
import pytest
from servers import Servers, TargetServer

from lab.live import calibration_plan
from lab.live.calibration_plan import Plan
from lab.live.counters import Counters

COST_S, IDLE_CORES = 0.002, 0.01
NAME = "flask-svc"
PLAN = Plan(NAME, "json", 4, 0.0)


class Target:
    """A target, its supervisor and the users of its calibration: four answers in each look."""

    def __init__(self) -> None:
        self.url, self.urls = "http://flask", {NAME: "http://flask"}
        self.began_s = self.now_s = 1000.0
        self.sent = self.answered = self.in_all = self.foreign = 0
        self.each_look: Callable[[], None] = lambda: None
        self.are_asking = self.have_failed = self.is_away = False
        self.told_shapes = [shape()]
        self.looks = self.loads = 0
        self.started_s = 0.0

    # The supervisors.

    def told(self, _name: str) -> Counters:
        if self.is_away:
            raise httpx.ConnectError("refused")
        self.looks += 1
        self.now_s += 0.5
        if self.are_asking:
            self.in_all += 4
            self.answered += 4
            self.sent += 4
        self.each_look()
        used_s = self.in_all * COST_S + IDLE_CORES * (self.now_s - self.began_s) + self.started_s
        return Counters(
            at_s=self.now_s,
            workers={},
            accept_queue=0,
            answered=self.in_all + self.foreign,
            processor_s=used_s,
            memory_bytes=None,
        )

    # The users.

    def begin(self) -> None:
        self.are_asking = True
        self.sent = self.answered = 0
        self.loads += 1

    def finish(self) -> None:
        self.are_asking = False

    def break_off(self) -> None:
        self.are_asking = False


def shape(**settings: Any) -> dict[str, Any]:
    keys = ("target", "framework", "server", "python", "packages", "worker_class")
    return dict.fromkeys(keys, "x") | {"settings": {"workers": 4} | settings}


class TargetServers(Servers):
    """What the targets tell at /server, without asking."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.urls)
        self.target = target
        self.ask(NAME)

    def ask(self, name: str, **_: Any) -> Any:
        self.described[name] = TargetServer(told=self.target.told_shapes[-1])


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Target:
    """A target whose spans take no time."""
    for module in (calibrating, calibration_plan):
        for name in ("IDLE_S", "WARM_S", "PASSING_SPAN_S"):
            monkeypatch.setattr(module, name, 0.0, raising=False)
    return Target()


@pytest.fixture
def lab(target: Target) -> calibrating.Calibrating:
    """Calibrations of that target."""
    supervisors: Any = target
    users: Any = target
    return calibrating.Calibrating(
        target.urls, TargetServers(target), supervisors, lambda _url, _plan: users, is_on=True
    )


def test_the_cost_of_a_request_is_kept_and_measured_once(
    target: Target, lab: calibrating.Calibrating
) -> None:
    """Without what the idle target uses."""
    assert lab.of(NAME, ["json"]) is None
    assert not lab.is_settled
    lab.calibrate([PLAN])
    assert not lab.is_settled
    lab.calibrate([PLAN])

    found = lab.of(NAME, ["json"])
    assert found is not None
    assert found.held_s == pytest.approx(COST_S)
    assert target.loads == 1
    assert lab.of(NAME, ["io"]) is lab.of(NAME, ["json", "ws"]) is None
    assert lab.is_settled
    assert lab.current == set()


def test_targets_that_wait_are_calibrated_together_and_others_in_turn(
    lab: calibrating.Calibrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where requests wait the processors have time for each other."""
    asked: list[str] = []
    monkeypatch.setattr(lab, "_is_due", lambda plan: plan.name not in asked)
    monkeypatch.setattr(lab, "_calibrate", lambda plan: asked.append(plan.name))
    waiting = [Plan(name, "io", 4, 1.0) for name in ("a", "b")]
    passing = [Plan(name, "json", 16, 0.0) for name in ("c", "d")]
    rounds = []
    for _ in range(4):
        before = len(asked)
        lab.calibrate([passing[0], *waiting, passing[1]])
        rounds.append(asked[before:])

    assert rounds == [["a", "b"], ["c"], ["d"], []]
    assert lab.is_settled


def test_before_the_targets_have_told_their_shape_nothing_is_settled(
    lab: calibrating.Calibrating,
) -> None:
    """And with a run on, which has no plans, it is."""
    lab.calibrate(None)
    assert not lab.is_settled
    lab.calibrate([])
    assert lab.is_settled


def foreign_while_idle(target: Target) -> None:
    target.foreign = target.looks


def foreign_under_load(target: Target) -> None:
    target.foreign = 5 if target.looks > 4 else 0


def failing(target: Target) -> None:
    target.have_failed = target.looks >= 5


def another_shape(target: Target) -> None:
    if target.looks == 5:
        target.told_shapes.append(shape(client_lifetime="request"))


def vanishing(target: Target) -> None:
    target.is_away = target.looks == 5


@pytest.mark.parametrize(
    "happens", [foreign_while_idle, foreign_under_load, failing, another_shape, vanishing]
)
def test_what_disturbs_a_calibration_makes_it_none(
    target: Target, lab: calibrating.Calibrating, happens: Callable[[Target], None]
) -> None:
    """And the target is left alone for a while."""
    target.each_look = lambda: happens(target)
    lab.calibrate([PLAN])
    of_start = target.told_shapes[0]
    lab.servers.described[NAME] = TargetServer(told=of_start)
    loads = target.loads
    lab.calibrate([PLAN])

    assert lab.of(NAME, ["json"]) is None
    assert target.loads == loads
    assert not target.are_asking


def still_answering(target: Target) -> None:
    target.foreign = min(4, target.looks)


def still_starting(target: Target) -> None:
    target.started_s = 0.4 * min(4, target.looks)


@pytest.mark.parametrize("happens", [still_answering, still_starting])
def test_a_target_that_is_not_at_rest_is_waited_for(
    target: Target, lab: calibrating.Calibrating, happens: Callable[[Target], None]
) -> None:
    """As it starts its workers load the app, and somebody asks for their health."""
    target.each_look = lambda: happens(target)
    lab.calibrate([PLAN])

    found = lab.of(NAME, ["json"])
    assert found is not None
    assert found.held_s == pytest.approx(COST_S)


def test_a_health_check_disturbs_nothing(target: Target, lab: calibrating.Calibrating) -> None:
    """One answer among many that is another's."""
    target.each_look = lambda: setattr(target, "foreign", int(target.looks > 4))
    lab.calibrate([PLAN])

    assert lab.of(NAME, ["json"]) is not None


def test_start_ends_what_is_under_way_and_it_is_due_again(
    target: Target, lab: calibrating.Calibrating, caplog: pytest.LogCaptureFixture
) -> None:
    """No request is sent after it."""
    caplog.set_level("INFO")
    target.each_look = lambda: gevent.sleep(60) if target.looks == 5 else None
    work = gevent.spawn(lab.calibrate, [PLAN])
    until_s = time.monotonic() + 20
    while target.looks < 5 and time.monotonic() < until_s:
        gevent.sleep(0.001)
    assert lab.current == {NAME}
    lab.end()
    work.join(20)

    assert work.ready()
    assert not target.are_asking
    assert "ended by START after" in caplog.text
    lab.calibrate([PLAN])
    assert lab.of(NAME, ["json"]) is not None


def test_where_it_is_off_nothing_is_calibrated_and_nothing_waited_for(target: Target) -> None:
    """`watch` returns."""
    made: Any = target
    off = calibrating.Calibrating(
        target.urls, TargetServers(target), made, lambda _url, _plan: made, is_on=False
    )
    off.watch(lambda: [PLAN])

    assert off.is_settled
    assert target.loads == 0

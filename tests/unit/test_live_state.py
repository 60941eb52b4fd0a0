"""The state that the dashboard shows: put together from a history, and as it is documented."""

import json
import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from lab import environment
from lab.live import observing, plain_table
from lab.live.calibration import RequestCost
from lab.live.changes import Changes
from lab.live.counters import Usage
from lab.live.database import Activity, Client
from lab.live.dead_calls import DeadCalls
from lab.live.document import VERSION, document
from lab.live.history import History
from lab.live.limits import DOUBTS, Kind
from lab.live.load import TargetLoad
from lab.live.observation import TargetSetup
from lab.live.observing import RunContext
from lab.live.probing import Probed
from lab.live.record import RecordReport
from lab.live.tick import Served, Tick

DIAL = {
    "delay_ms": 1000.0,
    "distribution": "fixed",
    "spread_ms": 0.0,
    "sigma": 0.0,
    "error_rate": 0.0,
    "hang_rate": 0.0,
    "reset_rate": 0.0,
}
AROUND = RunContext(
    now_s=121.7,
    began_s=100.0,
    behaviour=DIAL,
    upstream_silent_s=0.0,
    upstream_late_ms=0.5,
    generator_cpu=0.1,
    lost_load_workers=(),
)
FLASK = TargetSetup(
    name="flask-svc",
    framework="flask",
    routes=("io",),
    active=True,
    load=TargetLoad(kind="closed", users=20),
    workers=4,
    slots=4,
    slots_known=True,
    timeout_s=65.0,
)
FASTAPI = replace(FLASK, name="fastapi-svc", framework="fastapi", routes=("async-io",), slots=None)


QUERIES = replace(
    FASTAPI, routes=("async-db-wait",), workers=1, slots=2, load=replace(FASTAPI.load, users=6)
)
TOLD = replace(AROUND, database=Activity(121.0, 450, {"fastapi-svc": Client(4, 2)}))


def staircase() -> History:
    """Twenty users on four slots for twenty seconds, from 100 s on."""
    history = History()
    first = RecordReport({1000: Tick(started=20)}, in_flight=20)
    history.take("one", first)
    for wave in range(1, 21):
        end_s = 100.05 + wave
        served = {pid: Served(1, end_s - 1, end_s, 1.0) for pid in (11, 12, 13, 14)}
        tick = Tick(started=4, ended=4, answered=4, times={min(wave, 5) * 1000.0: 4}, served=served)
        history.take("one", RecordReport({1000 + 10 * wave: tick}, 20, end_s))
    for end_s in range(101, 121):
        history.hold({10 * end_s - n: 4 for n in range(1, 11)})
        observing.close(history, end_s, FLASK, AROUND)
    return history


def state(*pairs: tuple[History, TargetSetup], around: RunContext = AROUND) -> dict[str, Any]:
    """The document for these targets, as it arrives in a browser."""
    made = document(
        now_s=around.now_s,
        at_s=120,
        run={
            "state": "running",
            "began_s": 100.0,
            "in_flight": 20,
            "load": "closed",
            "stop_timeout_s": 30.0,
            "options": {"route": "io"},
            "form": {"user_count": 20, "user_classes": ["FlaskSvc"]},
        },
        upstream={"silent_s": 0.0, "late_ms": 0.5, "behaviour": DIAL},
        database={"silent_s": 0.0, "max_connections": 450, "connections": 40},
        load_workers=[{"name": "a", "state": "running", "users": 20, "cpu": 0.1, "silent_s": 0.4}],
        views=[observing.view(history, asked, around) for history, asked in pairs],
        changes=changed(),
        cores=2,
    )
    sent: dict[str, Any] = json.loads(json.dumps(made))
    return sent


def changed() -> Changes:
    """The dial turned at 110 s."""
    changes = Changes()
    changes.look(109.5, {"upstream": "500 ms"})
    changes.look(110.0, {"upstream": "1,000 ms"})
    return changes


def test_the_staircase_is_as_theory_says() -> None:
    """Four slots, sixteen waiting, 4 per second, 5 s: measured beside predicted."""
    [flask] = state((staircase(), FLASK))["targets"]

    assert flask["predicted"] == {"throughput_rps": 4.0, "response_s": 5.0}
    assert flask["measured"]["throughput_rps"] == pytest.approx(4.0, rel=0.06)
    assert (flask["measured"]["p50_s"], flask["measured"]["p99_s"]) == (5.0, 5.0)
    assert [flask["measured"][key] for key in ("in_flight", "busy", "queue")] == [20, 4, 16]
    assert [flask["measured"][key] for key in ("answered", "failed", "dropped")] == [80, 0, 0]
    assert flask["limit"] == {
        "kind": "slots",
        "sentence": "all 4 slots busy, 16 waiting: more users add only waiting",
        "is_doubt": False,
    }


def test_the_band_of_an_open_load_follows_what_came() -> None:
    """Random arrivals: five a second where eight were asked for."""
    history, load = History(), TargetLoad(kind="open", arrival_rate=8)
    asked = replace(FASTAPI, load=load)
    for end_s in range(101, 121):
        history.take("one", RecordReport({10 * end_s - 5: Tick(started=5, ended=5)}, 0))
        history.hold({10 * end_s - n: 5 for n in range(1, 11)})
        observing.close(history, end_s, asked, AROUND)

    told = state((history, asked))

    assert told["targets"][0]["predicted"] == {"throughput_rps": 5.0, "response_s": 1.0}
    assert told["seconds"][-1]["predicted_rps"] == 5.0


def test_each_second_has_a_row_for_each_target() -> None:
    """Oldest first; the rate is unknown while answers around it may still come."""
    seconds = state((staircase(), FLASK), (staircase(), FASTAPI))["seconds"]

    assert [(row["t_s"], row["target"]) for row in seconds[:3]] == [
        (-19, "flask-svc"),
        (-19, "fastapi-svc"),
        (-18, "flask-svc"),
    ]
    assert len(seconds) == 40
    known = {row["t_s"] for row in seconds if row["throughput_rps"] is not None}
    assert known == set(range(-19, -1))
    assert seconds[-2]["slots"] == 4


def test_what_a_target_uses_is_in_its_seconds_and_on_its_card() -> None:
    """The card has the last second's; what is not known is null and never 0."""
    history = History()
    for end_s, cores in ((119, 0.25), (120, 0.5)):
        used = Usage(cores_busy=cores, processor_s=0.0021, memory_bytes=187_340_000)
        observing.close(history, end_s, FLASK, AROUND, used)

    whole = state((history, FLASK), (staircase(), FASTAPI))

    rows = [row for row in whole["seconds"] if row["target"] == "flask-svc"]
    assert [(row["cores_busy"], row["memory_mb"]) for row in rows] == [(0.25, 187.3), (0.5, 187.3)]
    assert {row["cores"] for row in whole["seconds"]} == {2}
    keys = ("cores_busy", "processor_s", "memory_mb")
    flask, fastapi = (target["measured"] for target in whole["targets"])
    assert [flask[key] for key in keys] == [0.5, 0.0021, 187.3]
    assert [fastapi[key] for key in keys] == [None, None, None]
    others = [row for row in whole["seconds"] if row["target"] == "fastapi-svc"]
    assert {(row["cores_busy"], row["memory_mb"]) for row in others} == {(None, None)}


def test_the_probes_of_a_target_are_told() -> None:
    """Those of the run; none before it."""
    probed = Probed(asked=4, late=3, restarts=1, last_s=0.2, worst_s=4.1)
    view = observing.view(staircase(), FLASK, AROUND, probed=probed)

    assert view.probed.described() == {
        "asked": 4,
        "late": 3,
        "restarts": 1,
        "last_s": 0.2,
        "worst_s": 4.1,
        "sentence": probed.sentence,
    }
    [flask] = state((staircase(), FLASK))["targets"]
    assert (flask["probe"]["asked"], flask["probe"]["worst_s"]) == (0, None)


def test_lanes_go_on_counting_from_target_to_target() -> None:
    """And only targets that get load have any."""
    idle = replace(FASTAPI, active=False)
    blocks = state((staircase(), FLASK), (History(), idle), (staircase(), FASTAPI))["blocks"]

    assert {(row["target"], row["lane"]) for row in blocks} == {
        *(("flask-svc", lane) for lane in range(4)),
        *(("fastapi-svc", lane) for lane in range(4, 8)),
    }


@pytest.mark.parametrize(
    ("seconds_ago", "kind"), [(0.0, "replaced"), (3.9, "replaced"), (4.1, "slots")]
)
def test_a_new_server_has_time_for_its_first_answers(seconds_ago: float, kind: str) -> None:
    """The second that a request takes, and three until the counts are its own."""
    replaced = replace(FLASK, replaced_at_s=AROUND.now_s - seconds_ago)

    [flask] = state((staircase(), replaced))["targets"]

    assert flask["limit"]["kind"] == kind


def test_a_new_server_does_not_wait_for_answers_of_a_frozen_upstream() -> None:
    """A dead call takes the whole time-out, and would be its first answer only then."""
    replaced = replace(dead(4), replaced_at_s=AROUND.now_s - 4.1)

    [flask] = state((staircase(), replaced), around=FROZEN)["targets"]

    assert flask["limit"]["kind"] == "dead"


def test_silence_counts_from_the_last_answer() -> None:
    """While something is in flight; and from the start of the load before there is any answer."""
    asked = RecordReport({1000: Tick(started=3)}, in_flight=3)
    waiting, done = History(), History()
    waiting.take("one", asked)
    done.take("one", RecordReport({1000: Tick(started=3, ended=3, answered=3)}, 0, 100.9))
    answered = staircase()

    silent_s = [
        target["measured"]["silent_s"]
        for target in state((waiting, FLASK), (done, FLASK), (answered, FLASK))["targets"]
    ]

    assert silent_s == [21.7, 0.0, pytest.approx(121.7 - 120.05, abs=0.06)]


def test_without_slots_or_dial_nothing_is_predicted() -> None:
    """And a route that waits for nobody has no prediction either."""
    unknown = replace(FLASK, slots=None, slots_known=False)
    hello = replace(FLASK, routes=("json",))
    undialled = replace(AROUND, behaviour=None)

    for asked, around in ((unknown, AROUND), (hello, AROUND), (FLASK, undialled)):
        [target] = state((History(), asked), around=around)["targets"]
        assert target["predicted"] == {"throughput_rps": None, "response_s": None}
        assert target["measured"]["throughput_rps"] is None


def held_open() -> History:
    """Twenty users of WebSockets on four slots for five seconds, from 115 s on."""
    history = History()
    history.take("one", RecordReport({1149: Tick(started=20, held={"ws": 4})}, 20, held={"ws": 4}))
    for end_s in range(116, 121):
        observing.close(history, end_s, replace(FLASK, routes=("ws",)), AROUND)
    return history


def test_a_websocket_is_busy_although_the_upstream_knows_nothing_of_it() -> None:
    """Nor does it have to: theory knows how long its user stays."""
    [flask] = state((held_open(), replace(FLASK, routes=("ws",))))["targets"]

    assert flask["route"] == "ws"
    assert flask["predicted"] == pytest.approx({"throughput_rps": 0.4, "response_s": 50.0})
    keys = ("in_flight", "busy", "queue", "streams", "sockets")
    assert [flask["measured"][key] for key in keys] == [20, 4, 16, 0, 4]
    assert (flask["limit"]["kind"], flask["limit"]["sentence"]) == (
        "held",
        "4 WebSockets hold all 4 slots: nothing else is served",
    )


@pytest.mark.parametrize(
    ("route", "slots", "predicted"),
    [
        ("stream", 4, {"throughput_rps": 4 / 0.9, "response_s": 4.5}),
        ("stream", None, {"throughput_rps": 20 / 0.9, "response_s": 0.9}),
        ("ws", None, {"throughput_rps": 2.0, "response_s": 10.0}),
        ("users", 4, {"throughput_rps": None, "response_s": None}),
    ],
)
def test_each_kind_of_users_has_a_theory_of_its_own(
    route: str, slots: int | None, predicted: dict[str, float | None]
) -> None:
    """By how long it holds a slot, whatever the dial says; what waits for nobody has none."""
    asked = replace(FLASK, routes=(route,), slots=slots)

    for around in (AROUND, replace(AROUND, behaviour=None)):
        [target] = state((History(), asked), around=around)["targets"]
        assert target["predicted"] == pytest.approx(predicted)


def test_of_a_mix_of_users_theory_says_nothing() -> None:
    """And its sentence is right all the same: who holds the slots, and who waits."""
    mixed = replace(FLASK, routes=("io", "ws"), load=TargetLoad(kind="closed", users=40))
    history = held_open()
    history.take("one", RecordReport({1201: Tick(started=20)}, 40, held={"ws": 4}))
    history.hold({1200 + n: 0 for n in range(10)})
    observing.close(history, 121, mixed, AROUND)

    [flask] = state((history, mixed))["targets"]

    assert (flask["route"], flask["users"]) == ("io + ws", 40)
    assert flask["predicted"] == {"throughput_rps": None, "response_s": None}
    assert [flask["measured"][key] for key in ("in_flight", "busy", "queue")] == [40, 4, 36]
    assert flask["limit"]["kind"] == "held"
    [row] = plain_table.rows(state((history, mixed)))
    assert row["target"] == "flask-svc /io + /ws"


def test_users_who_wait_for_nobody_are_no_sign_of_trouble_beside_websockets() -> None:
    """They are in flight and hold nothing: forty of sixty, and nothing is amiss."""
    mixed = replace(
        FLASK, routes=("users", "ws"), slots=None, load=TargetLoad(kind="closed", users=60)
    )
    history = held_open()
    history.take("one", RecordReport({1201: Tick(started=40)}, 60, held={"ws": 4}))
    observing.close(history, 121, mixed, AROUND)

    [target] = state((history, mixed))["targets"]

    assert target["limit"]["sentence"] == "no slot limit: 4 WebSockets open, 56 others in flight"


def test_a_mix_is_not_silent_while_its_websockets_are_held() -> None:
    """For ten seconds nothing is answered, and nothing is wrong."""
    mixed = replace(FLASK, routes=("io", "ws"))
    kinds = {}
    for silent_s in (12.0, 14.0):
        around = replace(AROUND, now_s=115.0 + silent_s)
        history = held_open()
        history.answered_at_s = 115.0
        [flask] = state((history, mixed), around=around)["targets"]
        kinds[silent_s] = flask["limit"]["kind"]

    assert kinds == {12.0: "held", 14.0: "silent"}


def test_parts_halve_the_time_that_a_slot_is_held() -> None:
    """Two parts of half a second: twice the rate."""
    multi = replace(FLASK, routes=("async-io-multi",))

    [target] = state((History(), multi))["targets"]

    assert target["predicted"] == {"throughput_rps": 8.0, "response_s": 2.5}


# The dial of an upstream that is frozen, and 20 s after it began to be.
FROZEN = replace(AROUND, behaviour=DIAL | {"hang_rate": 1.0})


def dead(calls: int, asked: TargetSetup = FLASK, since_s: float = 101.7) -> TargetSetup:
    """The target with dead calls that began at one time of day."""
    return replace(asked, dead=DeadCalls(calls, since_s, since_s))


NO_ANSWERS = {"throughput_rps": 0.0, "response_s": None}
BURSTS = TargetLoad(kind="burst", burst_size=16, burst_every_s=5.0, max_in_flight=100)
NOBODY = TargetLoad(kind="closed", users=0)


@pytest.mark.parametrize(
    ("asked", "around", "predicted"),
    [
        # All slots are dead, whatever the load.
        (dead(4), AROUND, NO_ANSWERS),
        (dead(4, replace(FLASK, load=BURSTS)), AROUND, NO_ANSWERS),
        # 1 of 4 slots of 1 s is left for 17 of 20 users: 1 per second, and each waits 17 s.
        (dead(3), AROUND, {"throughput_rps": 1.0, "response_s": 17.0}),
        # 16 each 5 s on 2 slots of 1 s: 2 per second leave.
        (dead(2, replace(FLASK, load=BURSTS)), AROUND, 2.0),
        # Dead calls of an earlier run have no user now: 20 users share the slot that is left.
        (dead(3, since_s=99.0), AROUND, {"throughput_rps": 1.0, "response_s": 20.0}),
        # Without a limit only the users are missing.
        (dead(12, FASTAPI), AROUND, {"throughput_rps": 8.0, "response_s": 1.0}),
        (dead(20, FASTAPI), AROUND, NO_ANSWERS),
        (dead(20, FASTAPI, since_s=99.0), AROUND, {"throughput_rps": 20.0, "response_s": 1.0}),
        (dead(99, replace(FASTAPI, load=BURSTS)), AROUND, 0.2),  # 1 of 100 may be in flight
        (dead(100, replace(FASTAPI, load=BURSTS)), AROUND, NO_ANSWERS),
        # A request of two parts has two dead calls, and the others of half a second two slots.
        (
            dead(4, replace(FLASK, routes=("async-io-multi",))),
            AROUND,
            {"throughput_rps": 4.0, "response_s": 4.5},
        ),
        # Nothing new is answered while the upstream is frozen.
        (dead(0), FROZEN, NO_ANSWERS),
        (dead(3), FROZEN, NO_ANSWERS),
        (replace(FASTAPI, load=BURSTS), FROZEN, NO_ANSWERS),
        # What theory has no number for, it has none for now either.
        (replace(FLASK, load=NOBODY), FROZEN, {"throughput_rps": None, "response_s": None}),
        (
            replace(FLASK, routes=("io", "ws")),
            FROZEN,
            {"throughput_rps": None, "response_s": None},
        ),
        # A WebSocket asks no upstream.
        (dead(4, replace(FLASK, routes=("ws",))), FROZEN, {"throughput_rps": 0.4}),
    ],
)
def test_what_dead_calls_hold_is_predicted_to_answer_nothing(
    asked: TargetSetup, around: RunContext, predicted: dict[str, float | None] | float
) -> None:
    """The slots and the users that are left do, by the same theory."""
    [target] = state((History(), asked), around=around)["targets"]

    if isinstance(predicted, float):
        predicted = {"throughput_rps": predicted}
    found = {key: target["predicted"][key] for key in predicted}
    assert found == pytest.approx(predicted)


def test_where_a_share_hangs_the_mean_hold_has_the_dead_calls_in_it() -> None:
    """They are not taken off a second time: 0.9 * 1 + 0.1 * 65 = 7.4 s."""
    around = replace(AROUND, behaviour=DIAL | {"hang_rate": 0.1})

    [alive, some] = state((History(), FLASK), (History(), dead(3)), around=around)["targets"]

    assert some["predicted"] == alive["predicted"]
    assert alive["predicted"]["throughput_rps"] == pytest.approx(4 / 7.4)


def test_dead_calls_are_counted_until_their_time_out() -> None:
    """65 s after the last of them began, at 101.7 s; it is 121.7 s."""
    asked = replace(FLASK, dead=DeadCalls(4, oldest_at_s=90.0, newest_at_s=101.7))

    [flask] = state((staircase(), asked))["targets"]

    assert (flask["measured"]["dead"], flask["measured"]["dead_for_s"]) == (4, 45.0)
    # 33.3 s and 45 s, of which a part is a whole second.
    assert flask["limit"] == {
        "kind": "dead",
        "sentence": "dead calls hold all 4 slots for another 34 to 45 s",
        "is_doubt": False,
    }


def test_a_dead_call_may_have_begun_by_a_clock_that_is_ahead() -> None:
    """It waits for the whole time-out then, and no longer."""
    [flask] = state((staircase(), dead(4, since_s=122.0)))["targets"]

    assert flask["measured"]["dead_for_s"] == FLASK.timeout_s


def test_that_a_frozen_upstream_answers_nothing_shows_at_once() -> None:
    """The rate is averaged over 2 s as before, and not over the 65 s that a dead call takes."""
    seconds = state((staircase(), FLASK), around=FROZEN)["seconds"]

    known = {row["t_s"] for row in seconds if row["throughput_rps"] is not None}
    assert known == set(range(-19, -1))


def kinds_while_silent(asked: TargetSetup, until_s: int) -> dict[int, str]:
    """Kinds of limit of a target that has answered nothing since 120 s, second by second."""
    history, found = staircase(), {}
    for end_s in range(121, until_s):
        around = replace(AROUND, now_s=end_s + 1.7)
        history.hold({10 * end_s - n: 4 for n in range(1, 11)})
        observing.close(history, end_s, asked, around)
        found[end_s] = observing.view(history, asked, around).limit.kind
        # Dead calls are gone for the upstream before their errors are reported.
        if end_s >= 130:
            asked = replace(asked, dead=DeadCalls())
    return found


def test_silence_counts_from_the_end_of_the_dead_calls_that_explain_it() -> None:
    """Not from the last answer, which may be a time-out of a minute ago."""
    found = kinds_while_silent(dead(4, since_s=119.0), until_s=137)

    assert {found[end_s] for end_s in range(121, 131)} == {"dead"}
    assert {found[end_s] for end_s in range(131, 135)} == {"slots"}
    # 3 s beyond the second that a request takes.
    assert {found[end_s] for end_s in range(135, 137)} == {"silent"}


def test_the_dead_calls_of_some_slots_explain_no_silence() -> None:
    """The slot that is left should answer."""
    found = kinds_while_silent(dead(3, since_s=119.0), until_s=130)

    assert found[125] == "silent"


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ({1198: 4}, "slots"),
        # The upstream may write a fault a second before its error arrives.
        ({1140: 4}, "slots"),
        ({1200: 4}, "slots"),
        ({1139: 4}, "errors"),
        ({1201: 4}, "errors"),
        ({1198: 3}, "errors"),
        ({}, "errors"),
    ],
)
def test_an_error_is_no_doubt_where_the_upstream_was_asked_for_it(
    faults: dict[int, int], kind: str
) -> None:
    """As many as the upstream counts, at about the same time; the dial may be reset by now."""
    history = staircase()
    history.ticks[1190].failed = 4
    history.inject(faults)

    [flask] = state((history, FLASK))["targets"]

    assert flask["limit"]["kind"] == kind


COST = RequestCost(held_s=0.001, least_s=0.0009, most_s=0.0012, requests=60, at_s=90.0)


@pytest.mark.parametrize(
    ("users", "predicted"),
    [
        # Below the bend each waits for the upstream alone: 500 / 1.001.
        (500, {"throughput_rps": 500 / 1.001, "response_s": 1.001}),
        # Two cores of 1 ms a request: 2,000 per second, and 4,000 users wait 2 s.
        (4000, {"throughput_rps": 2000.0, "response_s": 2.0}),
    ],
)
def test_the_prediction_without_slots_ends_at_the_processor(
    users: int, predicted: dict[str, float]
) -> None:
    """Without a calibration it would rise for ever."""
    load = TargetLoad(kind="closed", users=users)
    asked = replace(FASTAPI, load=load, cores=2, calibration=COST)

    [target] = state((History(), asked))["targets"]

    assert target["predicted"] == pytest.approx(predicted)


def test_a_second_keeps_the_prediction_that_ends_at_the_processor() -> None:
    """The chart's band is drawn from it."""
    history, load = History(), TargetLoad(kind="closed", users=4000)
    asked = replace(FASTAPI, load=load, cores=2, calibration=COST)
    history.hold({1200 + n: 4 for n in range(10)})
    observing.close(history, 121, asked, AROUND)

    last = state((history, asked))["seconds"][-1]

    assert (last["predicted_rps"], last["predicted_s"]) == pytest.approx((2000.0, 2.0))


@pytest.mark.parametrize(("workers", "cores", "used"), [(4, 2, 2), (1, 2, 1), (4, 8, 4)])
def test_a_worker_uses_one_core_at_most(workers: int, cores: int, used: int) -> None:
    """And no more cores than there are."""
    load = TargetLoad(kind="closed", users=9000)
    asked = replace(FASTAPI, load=load, workers=workers, cores=cores, calibration=COST)

    [target] = state((History(), asked))["targets"]

    assert target["predicted"]["throughput_rps"] == pytest.approx(1000 * used)


def test_slots_that_are_fewer_stay_the_limit() -> None:
    """Four slots, which a request holds for its wait and for its processor time."""
    [target] = state((History(), replace(FLASK, cores=2, calibration=COST)))["targets"]

    assert target["predicted"] == pytest.approx({"throughput_rps": 4 / 1.001, "response_s": 5.005})


def test_a_burst_takes_as_long_as_the_processor_does() -> None:
    """3,000 on two cores of 1 ms: 1,500 waves of it, the first beside the wait of a second."""
    load = TargetLoad(kind="burst", burst_size=3000, burst_every_s=5.0)
    asked = replace(FASTAPI, load=load, cores=2, calibration=COST)

    [target] = state((History(), asked))["targets"]

    assert target["predicted"] == pytest.approx({"throughput_rps": 600.0, "response_s": 2.5})


@pytest.mark.parametrize("behaviour", [DIAL, None])
def test_on_a_route_that_does_not_wait_the_processor_is_the_only_limit(behaviour: Any) -> None:
    """Whatever the dial says; the slots of such a route are not known."""
    asked = replace(FLASK, routes=("json",), slots=None, slots_known=False)
    asked = replace(asked, cores=2, calibration=COST)

    [target] = state((History(), asked), around=replace(AROUND, behaviour=behaviour))["targets"]

    assert target["predicted"] == pytest.approx({"throughput_rps": 2000.0, "response_s": 0.01})


def test_a_calibration_alone_predicts_no_wait() -> None:
    """Without the dial, the slots or the workers the rest of the way is not known."""
    known = replace(FLASK, cores=2, calibration=COST)
    unknown = replace(known, slots=None, slots_known=False)
    for asked, behaviour in ((known, None), (unknown, DIAL)):
        [target] = state((History(), asked), around=replace(AROUND, behaviour=behaviour))["targets"]
        assert target["predicted"] == {"throughput_rps": None, "response_s": None}
    [target] = state((History(), replace(known, workers=None)))["targets"]
    assert target["predicted"] == {"throughput_rps": 4.0, "response_s": 5.0}


def queries() -> History:
    """Six users on a pool of two connections for twenty seconds, from 100 s on."""
    history = History()
    history.take("one", RecordReport({1000: Tick(started=6)}, in_flight=6))
    for wave in range(1, 21):
        tick = Tick(started=2, ended=2, answered=2, times={min(wave, 3) * 1000.0: 2})
        history.take("one", RecordReport({1000 + 10 * wave: tick}, 6, 100.05 + wave))
    for end_s in range(101, 121):
        history.hold({10 * end_s - n: 0 for n in range(1, 11)})
        history.query({10 * end_s - 6: 2, 10 * end_s - 1: 2})
        observing.close(history, end_s, QUERIES, TOLD)
    return history


def test_busy_on_a_route_to_the_database_is_what_the_database_counts() -> None:
    """Where the upstream's count stands on other routes; theory knows the pool as the slots."""
    [target] = state((queries(), QUERIES), around=TOLD)["targets"]

    assert target["predicted"] == {"throughput_rps": 2.0, "response_s": 3.0}
    assert [target["measured"][key] for key in ("in_flight", "busy", "queue")] == [6, 2, 4]
    assert target["connections"] == {"connections": 4, "busy": 2, "idle_in_transaction": 0}
    assert target["limit"]["kind"] == "slots"


def test_what_the_database_does_not_tell_is_not_known() -> None:
    """Absent and never 0, also where it has told before."""
    history = queries()
    observing.close(history, 121, QUERIES, TOLD)

    [target] = state((history, QUERIES))["targets"]
    assert (target["measured"]["busy"], target["measured"]["queue"]) == (None, None)
    assert target["connections"] is None
    [other] = state((staircase(), FLASK), around=TOLD)["targets"]
    assert other["connections"] is None


@pytest.mark.parametrize("fault", ["hang_rate", "error_rate", "reset_rate"])
def test_the_dials_faults_are_not_those_of_the_database(fault: str) -> None:
    """It copies the times alone, so that a frozen upstream changes nothing of its prediction."""
    frozen = replace(TOLD, behaviour={**DIAL, fault: 1.0}, upstream_silent_s=9.0)
    [target] = state((queries(), QUERIES), around=frozen)["targets"]

    assert target["predicted"] == {"throughput_rps": 2.0, "response_s": 3.0}
    assert target["limit"]["kind"] == "slots"
    [upstream] = state((staircase(), FLASK), around=frozen)["targets"]
    assert upstream["limit"]["kind"] == "upstream-silent"


def test_a_query_ends_at_the_time_out_for_a_statement() -> None:
    """And not at that for the upstream."""
    slow = replace(TOLD, behaviour=DIAL | {"delay_ms": 60_000.0})
    asked = replace(QUERIES, statement_timeout_s=2.0)

    assert observing.hold_s(asked, slow) == observing.longest_hold_s(asked, slow) == 2.0


def test_a_load_on_upstream_and_database_has_no_prediction() -> None:
    """But both counts, if the upstream is not frozen; it is asked, and may be."""
    mixed = replace(QUERIES, routes=("async-io", "db-read"), slots=None, slots_known=False)
    history = queries()
    history.hold({1200 + n: 3 for n in range(10)})
    history.query({1205: 2})
    observing.close(history, 121, mixed, TOLD)

    [target] = state((history, mixed), around=TOLD)["targets"]
    assert target["predicted"] == {"throughput_rps": None, "response_s": None}
    assert (target["route"], target["measured"]["busy"]) == ("async-io + db-read", 5)
    assert (mixed.waits, mixed.passes, mixed.asks_upstream) == (True, True, True)


def test_the_plain_table_shows_the_same_numbers() -> None:
    """A row for each target, with a value for every column."""
    whole = state((staircase(), FLASK), (History(), FASTAPI))

    flask, fastapi = plain_table.rows(whole)

    assert flask == {
        "target": "flask-svc /io",
        "throughput": whole["targets"][0]["measured"]["throughput_rps"],
        "predicted_throughput": 4.0,
        "latency": 5.0,
        "tail": 5.0,
        "predicted_latency": 5.0,
        "slots": "4 of 4",
        "queue": 16,
        "limit": "all 4 slots busy, 16 waiting: more users add only waiting",
    }
    assert (fastapi["throughput"], fastapi["slots"]) == ("-", "- of no limit")
    assert [set(row) for row in (flask, fastapi)] == [{c["key"] for c in plain_table.STRUCTURE}] * 2


def test_every_kind_of_limit_is_documented() -> None:
    """The doubts in a sentence, and each other kind in a list."""
    text = (environment.ROOT / "docs" / "state.md").read_text(encoding="utf-8")
    part = re.split(r"^`kind` of a limit is one of:$", text, flags=re.MULTILINE)[1]
    listed = re.findall(r"^- ((?:`[\w-]+`(?:, | or )?)+):", part, flags=re.MULTILINE)
    doubts = re.findall(r"^The kinds that are doubts are (.*)$", part, flags=re.MULTILINE)
    kinds = {each for arg in get_args(Kind) for each in get_args(arg) or (arg,)}

    assert set(re.findall(r"`([\w-]+)`", " ".join(listed))) == kinds - DOUBTS
    assert set(re.findall(r"`([\w-]+)`", " ".join(doubts))) == DOUBTS


def test_every_key_is_documented() -> None:
    """docs/state.md names each key of each object, and no other."""
    text = (environment.ROOT / "docs" / "state.md").read_text(encoding="utf-8")
    whole = state(
        (staircase(), replace(FLASK, calibration=COST)), (History(), QUERIES), around=TOLD
    )
    objects = {
        "The object": whole,
        "`run`": whole["run"],
        "`upstream`": whole["upstream"],
        "`database`": whole["database"],
        "`connections`": whole["targets"][1]["connections"],
        "`load_workers[]`": whole["load_workers"][0],
        "`targets[]`": {k: v for k, v in whole["targets"][0].items() if k != "measured"},
        "`processor`": whole["targets"][0]["processor"],
        "`measured`": whole["targets"][0]["measured"],
        "`probe`": whole["targets"][0]["probe"],
        "`seconds[]`": whole["seconds"][0],
        "`blocks[]`": whole["blocks"][0],
        "`changes[]`": whole["changes"][0],
    }

    for title, shown in objects.items():
        section = re.split(rf"^#+ {re.escape(title)}$", text, flags=re.MULTILINE)[1]
        table_rows = re.split(r"^#", section, flags=re.MULTILINE)[0]
        firsts = re.findall(r"^\| (`.*?) \|", table_rows, flags=re.MULTILINE)
        documented = {key for first in firsts for key in re.findall(r"`(\w+)`", first)}
        assert documented == set(shown), title
    assert f"`version` is {VERSION}." in text

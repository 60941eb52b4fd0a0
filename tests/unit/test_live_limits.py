"""What limits a target: every kind, its boundaries, and which of two is said."""

import itertools
import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from lab.live.database import Activity, Client
from lab.live.limits import DOUBTS, Kind, limit
from lab.live.load import TargetLoad
from lab.live.observation import Observation
from lab.live.stations import StationNow

CLOSED = TargetLoad(kind="closed", users=40)
BURST = TargetLoad(kind="burst", burst_size=16, burst_every_s=5.0)
OPEN = TargetLoad(kind="open", arrival_rate=8.0)

# 40 users on 4 slots of 1 s.
FLASK = Observation(
    route="io",
    active=True,
    waits=True,
    load=CLOSED,
    slots=4,
    workers=4,
    hold_s=1.0,
    longest_hold_s=1.0,
    in_flight=40,
    busy=4,
    throughput_rps=4.0,
    response_s=10.0,
)
# 40 users and no limit.
ASYNC = replace(FLASK, route="async-io", slots=None, busy=40, throughput_rps=40.0, response_s=1.002)
# 160 users on the tokens of 4 workers, unevenly.
UNEVEN = replace(FLASK, slots=160, in_flight=160, busy=148, throughput_rps=148.0, response_s=1.01)
# 20 users that each hold a WebSocket for 10 s.
SOCKETS = replace(
    FLASK,
    route="ws",
    waits=False,
    stays=True,
    load=TargetLoad(kind="closed", users=20),
    hold_s=10.0,
    longest_hold_s=10.0,
    in_flight=20,
    busy=4,
    sockets=4,
    throughput_rps=0.4,
    response_s=50.0,
)
OPEN_SOCKETS = replace(SOCKETS, slots=None, busy=20, sockets=20, throughput_rps=2.0)
# The same beside 20 users of /io.
MIXED = replace(SOCKETS, route="io + ws", waits=True, hold_s=0.0, in_flight=40)
JSON = replace(
    FLASK,
    route="json",
    waits=False,
    slots=None,
    hold_s=0.0,
    longest_hold_s=0.0,
    in_flight=3,
    busy=0,
    throughput_rps=900.0,
    response_s=0.0021,
)


# The stations of FASTAPI's way, as its supervisor tells them: nothing is full.
WORKER = StationNow(name="worker", busy=40, lag_s=0.01)
PROCESSOR = StationNow(name="processor", busy=0.4, slots=2, held_s=0.00031)
POOL = StationNow(name="client pool", busy=8, slots=10, waiting=0)
ACCEPT = StationNow(name="accept queue", busy=36)
EASY = (WORKER, PROCESSOR, POOL)


# The stations of a way to the database, 4 pools of 10: nothing is full.
DATABASE_POOL = StationNow(name="database pool", busy=28, slots=40, waiting=0)
DATABASE = StationNow(name="database", busy=28, slots=450)
# 100 users on those pools, all of whose connections have a query.
QUERIES = replace(
    FLASK,
    route="async-db-wait",
    asks_upstream=False,
    asks_database=True,
    slots=40,
    in_flight=100,
    busy=40,
    throughput_rps=40.0,
    response_s=2.5,
    database=Activity(100.0, 450),
    own=Client(connections=40, busy=40),
    stations=(WORKER, PROCESSOR, replace(DATABASE_POOL, busy=40, waiting=60), DATABASE),
)
IN_USE = Activity(100.0, 50, {"flask-svc": Client(40), "fastapi-svc": Client(10)})


def tokens(*workers: tuple[int, int], lag_s: float = 0.01) -> StationNow:
    """The station of workers with 40 tokens each, by those that are busy and those who wait.

    `lag_s` is that of the last one's event loop.
    """
    each = [StationNow(name="worker", busy=busy, slots=40, waiting=n) for busy, n in workers]
    each[-1] = replace(each[-1], lag_s=lag_s)
    return StationNow(
        name="worker",
        busy=sum(busy for busy, _ in workers),
        slots=40 * len(workers),
        waiting=sum(n for _, n in workers),
        lag_s=lag_s,
        slots_are="pool tokens",
        of_workers=each,
    )


def calls(*workers: tuple[int, int]) -> StationNow:
    """The station of the clients' pools with 10 connections each, in the same way."""
    each = [StationNow(name="client pool", busy=busy, slots=10, waiting=n) for busy, n in workers]
    return StationNow(
        name="client pool",
        busy=sum(busy for busy, _ in workers),
        slots=10 * len(workers),
        waiting=sum(n for _, n in workers),
        slots_are="client connections",
        of_workers=each,
    )


def queries(*workers: tuple[int, int]) -> StationNow:
    """The station of the pools to the database with 10 connections each, in the same way."""
    each = [StationNow(name="database pool", busy=busy, slots=10, waiting=n) for busy, n in workers]
    return StationNow(
        name="database pool",
        busy=sum(busy for busy, _ in workers),
        slots=10 * len(workers),
        waiting=sum(n for _, n in workers),
        slots_are="database connections",
        of_workers=each,
    )


def said(seen: Observation, **changes: Any) -> str:
    return limit(replace(seen, **changes)).sentence


def kind(seen: Observation, **changes: Any) -> str:
    return limit(replace(seen, **changes)).kind


# What makes each kind apply to FLASK, in the order in which they are asked.
CAUSES: dict[Kind, dict[str, Any]] = {
    "idle": {"active": False, "in_flight": 0, "busy": 0},
    "replaced": {"is_replaced": True},
    "upstream-silent": {"upstream_silent_s": 5.0},
    "database-silent": {"asks_database": True, "database_silent_s": 5.0},
    "left-over": {"left_over": 4},
    "silent": {"silent_s": 12.0},
    "lost": {"lost_load_workers": ("w1",)},
    "generator": {"generator_cpu": 0.96},
    "upstream-late": {"upstream_late_ms": 120.0},
    "errors": {"failed_share": 0.38},
    "dead": {"dead": 4, "dead_first_s": 40.6, "dead_last_s": 40.9},
    "held": {"stays": True, "sockets": 4},
    "loop": {"stations": (replace(WORKER, lag_s=0.98), PROCESSOR, POOL)},
    "connections": {
        "asks_database": True,
        "database": IN_USE,
        "stations": (WORKER, PROCESSOR, replace(DATABASE_POOL, waiting=30)),
    },
    "pool": {"stations": (WORKER, PROCESSOR, replace(POOL, busy=10, waiting=30))},
    "processor": {"stations": (WORKER, replace(PROCESSOR, busy=1.9), POOL)},
    "kept": {
        "asks_database": True,
        "database": Activity(100.0, 450),
        "own": Client(connections=40, busy=28, idle_in_transaction=12),
        "stations": (WORKER, PROCESSOR, replace(DATABASE_POOL, busy=40, waiting=30)),
    },
    "slots": {},
    "spread": {"slots": 160, "in_flight": 160, "busy": 148, "response_s": 1.0},
    "unknown": {"slots_known": False},
    "service": {"slots": None},
    "in-flight": {"slots": None, "busy": 40, "dropped_rps": 4.0},
    "faults": {"slots": None, "busy": 40, "failed_share": 0.05, "dialled_share": 0.05},
    "clear": {"slots": None, "busy": 40},
}


STAGED = tuple(
    itertools.product(
        (0, 1, 2, 3, 4, 24, 25, 26, 144, 159, 160),  # busy
        (1, 5, 40, 170, 1000),  # in flight
        (0.0, 0.5, 0.75, 0.95, 1.0),  # throughput, as a share of the capacity
    )
)


@pytest.mark.parametrize("slots", [1, 2, 4, 26, 160])
@pytest.mark.parametrize("load", [CLOSED, BURST, OPEN], ids=lambda load: load.kind)
def test_the_sentence_has_the_slots_that_were_counted(slots: int, load: TargetLoad) -> None:
    """Whatever is concluded: what it says of slots and of requests are the numbers beside it."""
    for busy, in_flight, at_capacity in STAGED:
        seen = replace(
            FLASK,
            load=load,
            slots=slots,
            busy=min(busy, slots, in_flight),
            in_flight=in_flight,
            throughput_rps=at_capacity * slots,
        )

        sentence = limit(seen).sentence

        if re.match(r"(all [\d,]+ slots|both slots|its only slot) busy", sentence):
            assert seen.busy == slots, seen
        for number, of in re.findall(r"([\d,]+) of ([\d,]+) slots", sentence):
            assert (plain(number), plain(of)) == (seen.busy, slots), seen
        for number in re.findall(r"([\d,]+) waiting\b(?! on)", sentence):
            assert plain(number) == seen.queue, seen


def plain(number: str) -> int:
    return int(number.replace(",", ""))


@pytest.mark.parametrize(
    ("changes", "said_of_slots"),
    [
        # A connection that asks for nothing holds the fourth worker.
        (
            {"busy": 3, "throughput_rps": 3.0},
            "3 of 4 slots at the upstream, the other one busy with the service's own work "
            "or with requests from elsewhere, 37 waiting: more users add only waiting",
        ),
        (
            {"busy": 2, "throughput_rps": 2.0},
            "2 of 4 slots at the upstream, the other 2 busy with the service's own work "
            "or with requests from elsewhere, 38 waiting: more users add only waiting",
        ),
        # The other targets have the rest of pgbouncer's connections.
        (
            {
                "busy": 3,
                "throughput_rps": 3.0,
                "asks_upstream": False,
                "asks_database": True,
                "bouncer_pool": 16,
                "database": Activity(100.0, 450, {"a": Client(13, 13), "flask-svc": Client(3, 3)}),
            },
            "3 of 4 slots at the database, the other one waiting for a connection of pgbouncer, "
            "37 waiting: more users add only waiting",
        ),
        # Between two requests a slot is free for some milliseconds.
        (
            {"busy": 3, "throughput_rps": 3.9},
            "3 of 4 slots at the upstream at this moment, all 4 slots on average, 37 waiting: "
            "more users add only waiting",
        ),
    ],
)
def test_a_slot_that_the_upstream_does_not_see_is_not_called_busy_with_this_load(
    changes: dict[str, Any], said_of_slots: str
) -> None:
    """It is taken all the same, or requests would not wait."""
    assert said(FLASK, **changes) == said_of_slots


def test_every_kind_has_a_cause_here() -> None:
    """A kind that is added needs a row."""
    kinds = {each for arg in get_args(Kind) for each in get_args(arg) or (arg,)}

    assert set(CAUSES) == kinds


@pytest.mark.parametrize("expected", CAUSES)
def test_every_kind_is_found_for_its_cause(expected: Kind) -> None:
    """One change to a target that is at its slots, or some that go together."""
    assert kind(FLASK, **CAUSES[expected]) == expected


@pytest.mark.parametrize(
    ("stations", "sentence"),
    [
        (
            (replace(WORKER, lag_s=0.98), PROCESSOR, POOL),
            "the event loop was blocked for 980 ms: something in it waits without awaiting",
        ),
        (
            (WORKER, PROCESSOR, replace(POOL, busy=10, waiting=30)),
            "all 10 connections of the client's pool busy, 30 calls waiting: "
            "a larger pool would take them",
        ),
        (
            (WORKER, replace(PROCESSOR, busy=1.9), POOL),
            "its 2 cores are full at 310 µs a request: more async does not help, more cores do",
        ),
        (
            (WORKER, replace(PROCESSOR, busy=0.95, slots=1, held_s=None), POOL),
            "its core is full: more async does not help, more workers on more cores do",
        ),
    ],
)
def test_a_full_station_is_named_with_what_would_help(
    stations: tuple[StationNow, ...], sentence: str
) -> None:
    """And what waits in front of it, on a target without a limit of slots."""
    assert said(ASYNC, stations=stations) == sentence


@pytest.mark.parametrize(
    "stations",
    [
        EASY,
        (replace(WORKER, lag_s=0.4), PROCESSOR, POOL),
        (WORKER, PROCESSOR, replace(POOL, busy=10)),
        (WORKER, replace(PROCESSOR, busy=1.7), POOL),
        (replace(WORKER, lag_s=None), replace(PROCESSOR, busy=None), replace(POOL, busy=None)),
    ],
)
def test_a_station_that_is_not_full_is_no_limit(stations: tuple[StationNow, ...]) -> None:
    """Nor one of which nothing is known."""
    assert kind(ASYNC, stations=stations) == "clear"


@pytest.mark.parametrize(
    ("stations", "sentence"),
    [
        (
            (tokens((12, 0), (40, 9), (5, 0)), PROCESSOR, POOL),
            "40 of 40 pool tokens are busy in worker 2, 9 waiting, while worker 3 has 35 free",
        ),
        (
            (tokens((40, 2), (40, 9), (5, 0)), PROCESSOR, POOL),
            "40 of 40 pool tokens are busy in worker 2, 9 waiting, while worker 3 has 35 free",
        ),
        # The innermost one is said.
        (
            (tokens((12, 0), (40, 9), (5, 0)), PROCESSOR, calls((2, 0), (8, 0), (10, 7))),
            "10 of 10 client connections are busy in worker 3, 7 waiting, "
            "while worker 1 has 8 free",
        ),
    ],
)
def test_a_full_worker_beside_one_with_free_slots_is_an_uneven_spread(
    stations: tuple[StationNow, ...], sentence: str
) -> None:
    """Whatever the sums over all workers suggest: half of the slots busy, and many waiting."""
    uneven = replace(UNEVEN, slots=120, in_flight=200, busy=60, stations=stations)

    assert kind(replace(uneven, stations=EASY)) == "slots"
    assert kind(uneven) == "spread"
    assert said(uneven) == sentence
    assert len(sentence) <= 100


@pytest.mark.parametrize(
    ("worker", "expected"),
    [
        (tokens((40, 9), (40, 9)), "slots"),  # no worker has a free one
        (tokens((40, 0), (5, 0)), "clear"),  # nobody waits
        (tokens((39, 9), (5, 0)), "clear"),  # those who wait are about to get the free one
        (tokens((40, 9), (32, 0)), "slots"),  # nine tenths of all: more slots would help
        (tokens((40, 9), (31, 0)), "spread"),
        (replace(tokens((40, 9), (31, 0)), of_workers=()), "clear"),  # told by no supervisor
    ],
)
def test_workers_are_uneven_where_one_is_full_and_the_free_slots_would_help(
    worker: StationNow, expected: str
) -> None:
    """Where nine tenths are busy, all of them count as busy."""
    in_flight = 98 if expected == "slots" else 40
    busy = 80 if expected == "slots" else 40
    seen = replace(UNEVEN, slots=80, workers=2, in_flight=in_flight, busy=busy, stations=(worker,))

    assert kind(seen) == expected


ALL_LENT = replace(DATABASE_POOL, busy=40, waiting=60)


@pytest.mark.parametrize(
    ("changes", "expected", "sentence"),
    [
        (
            {},
            "pool",
            "all 40 database connections busy, 60 queries waiting: a larger pool would take them",
        ),
        (
            {"stations": (replace(DATABASE_POOL, busy=2, slots=2, waiting=1),)},
            "pool",
            "both database connections busy, 1 query waiting: a larger pool would take them",
        ),
        # The database has no other for a larger pool, whoever has them.
        (
            {"database": IN_USE, "own": Client(connections=40, busy=40)},
            "connections",
            "all 50 connections of PostgreSQL in use, 40 here, 60 queries waiting: "
            "a larger pool gets none",
        ),
        (
            {"database": Activity(100.0, 40, {"fastapi-svc": Client(40)})},
            "connections",
            "all 40 connections of PostgreSQL in use, 60 queries waiting: a larger pool gets none",
        ),
        # pgbouncer has fewer connections for all targets than the pools before it.
        (
            {
                "slots": 16,
                "bouncer_pool": 16,
                "database": Activity(100.0, 450, {"a": Client(12, 12), "b": Client(4, 4)}),
                "own": Client(connections=12, busy=12),
            },
            "pool",
            "all 16 connections of pgbouncer busy, 88 queries waiting: all workers share them",
        ),
        # Most of the time a connection is lent, it has no query.
        (
            {"own": Client(connections=40, busy=28, idle_in_transaction=12)},
            "kept",
            "all 40 database connections lent, 12 idle in transaction, 60 waiting: "
            "kept between queries",
        ),
        (
            {"own": Client(connections=40, busy=19)},
            "kept",
            "all 40 database connections lent, 19 with a query, 60 waiting: kept between queries",
        ),
        # Where the processor is full, that is why they are kept.
        (
            {
                "own": Client(connections=40, busy=19),
                "stations": (WORKER, replace(PROCESSOR, busy=1.9), ALL_LENT, DATABASE),
            },
            "processor",
            "its 2 cores are full at 310 µs a request: more async does not help, more cores do",
        ),
        (
            {"stations": (WORKER, PROCESSOR, queries((10, 31), (10, 9), (4, 0), (1, 0)), DATABASE)},
            "spread",
            "10 of 10 database connections are busy in worker 1, 31 waiting, "
            "while worker 4 has 9 free",
        ),
        (
            {"asks_database": True, "database_silent_s": 5.0},
            "database-silent",
            "the database has been silent for 5 s: frozen or gone, so queries wait or fail",
        ),
    ],
)
def test_a_limit_at_the_database_is_named_with_what_would_help(
    changes: dict[str, Any], expected: str, sentence: str
) -> None:
    """By the pools' own counts and by the database's."""
    assert (kind(QUERIES, **changes), said(QUERIES, **changes)) == (expected, sentence)


@pytest.mark.parametrize(
    "changes",
    [
        {"own": Client(connections=40, busy=36, idle_in_transaction=4)},  # for a moment
        {"own": Client(connections=40, busy=20)},
        {"database": Activity(100.0, 41, {"fastapi-svc": Client(40)})},  # there is one more
        {"database": None, "own": Client()},  # it has not told
        {"bouncer_pool": 50, "database": Activity(100.0, 450, {"a": Client(49, 49)})},
        {"database_silent_s": 2.4},
        {"upstream_silent_s": 9.0},  # it is not asked
        {"upstream_late_ms": 900.0},
    ],
)
def test_what_the_database_does_not_confirm_is_not_said(changes: dict[str, Any]) -> None:
    """The pools are full, and that is what limits."""
    assert kind(QUERIES, **changes) == "pool"
    assert said(QUERIES, **changes) == said(QUERIES)


@pytest.mark.parametrize("own", [Client(10, 10), Client(10, 1, 9)])
@pytest.mark.parametrize("found", [IN_USE, Activity(100.0, 450)])
def test_where_no_query_waits_no_connection_is_missing(found: Activity, own: Client) -> None:
    """Whatever the connections do."""
    easy = replace(QUERIES, in_flight=10, busy=10, database=found, own=own)
    seen = replace(easy, stations=(WORKER, PROCESSOR, replace(DATABASE_POOL, busy=40), DATABASE))

    assert kind(seen) == "clear"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"in_flight": 30, "busy": 30, "response_s": 1.0},
            "not limited: 30 of 30 in flight are waiting on the database, answered in 1.0 s",
        ),
        (
            {"in_flight": 30, "busy": 30, "response_s": 1.0, "asks_upstream": True},
            "not limited: 30 of 30 in flight are waiting on the upstream and the database, "
            "answered in 1.0 s",
        ),
        (
            {"in_flight": 30, "busy": 3},
            "slots are free, but 27 of 30 in flight are not at the database: "
            "the service itself is the limit",
        ),
        (
            {
                "route": "db-read",
                "waits": False,
                "passes": True,
                "in_flight": 8,
                "busy": 3,
                "response_s": 0.0021,
            },
            "only short queries on /db-read: 8 in flight, answered in 2.1 ms",
        ),
    ],
)
def test_a_request_to_the_database_waits_there(changes: dict[str, Any], sentence: str) -> None:
    """And not on the upstream."""
    easy = (WORKER, PROCESSOR, DATABASE_POOL, DATABASE)

    assert said(QUERIES, stations=easy, **changes) == sentence


def test_the_worker_with_the_blocked_loop_is_named() -> None:
    """Where there is more than one."""
    asleep = "was blocked for 980 ms: something in it waits without awaiting"

    assert said(ASYNC, stations=(tokens((1, 0), (1, 0), lag_s=0.98),)) == (
        f"worker 2's event loop {asleep}"
    )
    assert said(ASYNC, stations=(tokens((1, 0), lag_s=0.98),)) == f"the event loop {asleep}"


@pytest.mark.parametrize(
    ("waiting", "where"), [(36, " in the accept queue"), (33, " in the accept queue"), (32, "")]
)
def test_who_waits_in_the_kernel_is_said_to(waiting: int, where: str) -> None:
    """Where nearly all of them do: some may have been taken by a worker."""
    queue = replace(ACCEPT, busy=waiting)

    assert said(FLASK, stations=(queue, *EASY)) == (
        f"all 4 slots busy, 36 waiting{where}: more users add only waiting"
    )


DOUBTED = (
    "upstream-silent",
    "database-silent",
    "left-over",
    "silent",
    "lost",
    "generator",
    "upstream-late",
    "errors",
)


@pytest.mark.parametrize("place", range(len(DOUBTED)))
def test_a_doubt_is_said_before_all_that_stand_below_it(place: int) -> None:
    """And each before any limit: FLASK is at its slots all the while."""
    changes = {}
    for below in DOUBTED[place:]:
        changes |= CAUSES[below]

    assert kind(FLASK, **changes) == DOUBTED[place]


def test_the_doubts_are_those_that_void_a_measurement() -> None:
    """A limit is a finding, a doubt is none."""
    assert frozenset(DOUBTED) == DOUBTS


# 3 of 4 slots hold dead calls that began within a second, or a while after each other.
DEAD = replace(FLASK, dead=3, dead_first_s=40.2, dead_last_s=40.9)
APART = replace(DEAD, dead_first_s=4.2)
# 12 users on a target without a limit, all of them with a dead call.
ALL_DEAD = replace(
    ASYNC, in_flight=12, busy=12, dead=12, dead_first_s=4.2, dead_last_s=40.9, silent_s=59.0
)


@pytest.mark.parametrize(
    ("seen", "changes", "expected"),
    [
        (DEAD, {"dead": 4}, "dead calls hold all 4 slots for another 41 s"),
        (DEAD, {}, "dead calls hold 3 of 4 slots for another 41 s, 1 is left"),
        (DEAD, {"dead": 2}, "dead calls hold 2 of 4 slots for another 41 s, 2 are left"),
        (DEAD, {"dead": 1}, "a dead call holds 1 of 4 slots for another 41 s, 3 are left"),
        (
            DEAD,
            {"dead": 1, "slots": 1, "busy": 1},
            "a dead call holds its only slot for another 41 s",
        ),
        (DEAD, {"dead": 2, "slots": 2, "busy": 2}, "dead calls hold both slots for another 41 s"),
        # More calls than slots: requests to other routes share the target.
        (DEAD, {"dead": 9}, "dead calls hold all 4 slots for another 41 s"),
        # Also where nobody waits: whoever comes would.
        (DEAD, {"in_flight": 3, "busy": 3}, said(DEAD)),
        (APART, {"dead": 4}, "dead calls hold all 4 slots for another 5 to 41 s"),
        (APART, {}, "dead calls hold 3 of 4 slots for another 5 to 41 s, 1 is left"),
        # The last second is not "0 s", nor is a call that is overdue.
        (DEAD, {"dead_first_s": 0.0, "dead_last_s": 0.1}, said(DEAD).replace("41 s", "1 s")),
        (DEAD, {"dead_first_s": 0.0, "dead_last_s": 0.0}, said(DEAD).replace("41 s", "1 s")),
        # While the upstream is frozen, the next calls take the slots that come back.
        (
            DEAD,
            {"dead": 4, "is_frozen": True},
            "dead calls hold all 4 slots for another 41 s, then the next calls do",
        ),
        (
            ALL_DEAD,
            {"in_flight": 40, "busy": 40, "silent_s": 0.0},
            "12 dead calls wait for their time-out, for another 41 s at most: "
            "no slot limit, so others are answered",
        ),
        (
            ALL_DEAD,
            {},
            "12 dead calls wait for their time-out, for another 41 s at most: "
            "no slot limit, so others would be answered",
        ),
        (
            ALL_DEAD,
            {"is_frozen": True},
            "12 dead calls wait for their time-out, for another 41 s at most: "
            "no slot limit, but each new call dies too",
        ),
        (
            ALL_DEAD,
            {"dead": 1, "in_flight": 2, "silent_s": 0.0},
            "1 dead call waits for its time-out, for another 41 s at most: "
            "no slot limit, so others are answered",
        ),
    ],
)
def test_dead_calls_are_said_with_what_they_hold_and_for_how_long(
    seen: Observation, changes: dict[str, Any], expected: str
) -> None:
    """Slots of a target that has some, and nothing of one that has no limit."""
    assert kind(seen, **changes) == "dead"
    assert said(seen, **changes) == expected


@pytest.mark.parametrize(
    ("seen", "changes", "expected"),
    [
        # All that could be answered is dead: the silence is theirs.
        (DEAD, {"dead": 4, "silent_s": 59.0}, "dead"),
        (DEAD, {"silent_s": 59.0, "in_flight": 3, "busy": 3}, "dead"),
        (ALL_DEAD, {}, "dead"),
        # A slot that is left answers nothing, or a request that is not dead.
        (DEAD, {"silent_s": 59.0}, "silent"),
        (ALL_DEAD, {"in_flight": 13}, "silent"),
        # Other doubts are none of theirs.
        (DEAD, {"dead": 4, "lost_load_workers": ("w1",)}, "lost"),
        (DEAD, {"dead": 4, "upstream_silent_s": 5.0}, "upstream-silent"),
        (DEAD, {"dead": 4, "left_over": 4}, "left-over"),
        (DEAD, {"failed_share": 0.38}, "errors"),
        # Their time-outs are errors, and so are those of the dead calls before them.
        (DEAD, {"dead": 4, "failed_share": 1.0, "dialled_share": 1.0}, "dead"),
        # They explain all limits of a target that has slots.
        (DEAD, CAUSES["processor"], "dead"),
        (DEAD, CAUSES["held"] | {"sockets": 1}, "dead"),
        # A few of many slots, or of many in flight, are no news.
        (DEAD, {"slots": 40, "busy": 40, "in_flight": 100}, "slots"),
        (DEAD, {"slots": 30, "busy": 30, "in_flight": 100}, "dead"),
        (ASYNC, {"dead": 3}, "clear"),
        (ASYNC, {"dead": 4}, "dead"),
        # Without slots they are no limit, so any limit is said before.
        (ALL_DEAD, CAUSES["loop"], "loop"),
        (ALL_DEAD, {"in_flight": 40, "busy": 12, "silent_s": 0.0}, "service"),
        (ALL_DEAD, {"failed_share": 0.2, "dialled_share": 0.2}, "dead"),
        # A route that does not wait for the upstream has none of its own.
        (JSON, {"dead": 12}, "clear"),
        (ASYNC, {"dead": 12, "slots_known": False}, "clear"),
    ],
)
def test_dead_calls_come_before_what_they_explain(
    seen: Observation, changes: dict[str, Any], expected: str
) -> None:
    """And after what they do not."""
    assert kind(seen, **changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"failed_share": 0.05, "dialled_share": 0.05, "dialled_faults": 0.05},
            "5 % of the answers are errors, as the dial asks",
        ),
        (
            {"failed_share": 1.0, "dialled_share": 1.0, "dialled_faults": 1.0},
            "all answers are errors, as the dial asks",
        ),
        # The dial was reset a moment ago.
        (
            {"failed_share": 0.2, "dialled_share": 0.2},
            "20 % of the answers are errors, as the dial asked",
        ),
    ],
)
def test_errors_that_the_dial_asks_for_are_no_doubt(changes: dict[str, Any], expected: str) -> None:
    """They are said where nothing limits the target."""
    assert kind(ASYNC, **changes) == "faults"
    assert said(ASYNC, **changes) == expected
    assert kind(FLASK, **changes) == "slots"


def test_a_few_errors_that_the_dial_asks_for_are_not_said() -> None:
    """No more than one answer in a hundred."""
    assert kind(ASYNC, failed_share=0.01, dialled_share=0.01, dialled_faults=0.01) == "clear"


@pytest.mark.parametrize("doubt", DOUBTED)
def test_a_replacement_explains_silence_and_no_other_doubt(doubt: Kind) -> None:
    """A server that is not there yet answers nothing; errors stay errors."""
    expected = "replaced" if doubt == "silent" else doubt

    assert kind(FLASK, is_replaced=True, **CAUSES[doubt]) == expected


@pytest.mark.parametrize(
    ("busy", "sentence"),
    [
        (0, "its server is being replaced: 40 in flight wait for the new one"),
        (4, "its server has just been replaced: the last seconds are those of both"),
    ],
)
def test_a_replacement_says_who_waits(busy: int, sentence: str) -> None:
    """Until the new server's first requests are counted."""
    assert said(FLASK, is_replaced=True, busy=busy) == sentence


def test_without_load_nothing_is_in_doubt() -> None:
    """Whatever the upstream does meanwhile."""
    idle = CAUSES["idle"] | {"upstream_silent_s": 60.0, "lost_load_workers": ("w1",)}

    assert said(FLASK, **idle) == "no load on it"


def test_a_target_without_load_may_still_be_busy() -> None:
    """With what the last run gave up: whoever starts the next one would measure that."""
    assert kind(FLASK, **CAUSES["idle"], left_over=4) == "left-over"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"active": False}, False),  # the last requests of a run are still under way
        ({"in_flight": 0, "busy": 0}, False),  # the users think
        ({"in_flight": 0, "busy": 0, "load": TargetLoad(kind="closed", users=1)}, False),
        ({"in_flight": 0, "busy": 0, "load": TargetLoad(kind="closed", users=0)}, True),
        ({"in_flight": 0, "busy": 0, "load": BURST}, False),  # between two bursts
        ({"in_flight": 0, "busy": 0, "load": BURST, "active": False}, True),
    ],
)
def test_a_target_is_idle_when_nobody_sends_and_nothing_is_under_way(
    changes: dict[str, Any], expected: bool
) -> None:
    """A schedule sends without users."""
    assert (kind(FLASK, **changes) == "idle") is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "all 4 slots busy, 36 waiting: more users add only waiting"),
        (
            {"load": TargetLoad(kind="steps", users=40)},
            "all 4 slots busy, 36 waiting: more users add only waiting",
        ),
        (
            {"slots": 1, "busy": 1, "in_flight": 2},
            "its only slot busy, 1 waiting: more users add only waiting",
        ),
        (
            {"slots": 2, "busy": 2},
            "both slots busy, 38 waiting: more users add only waiting",
        ),
        (
            {"slots": 1000, "busy": 1000, "in_flight": 2500},
            "all 1,000 slots busy, 1,500 waiting: more users add only waiting",
        ),
        (
            {"load": BURST, "in_flight": 16},
            "all 4 slots busy, 12 waiting: the burst is served 4 at a time",
        ),
        (
            {"load": BURST, "in_flight": 5, "slots": 1, "busy": 1},
            "its only slot busy, 4 waiting: bursts come faster than they can be served",
        ),
        (
            {"load": replace(BURST, burst_size=3), "in_flight": 3, "slots": 1, "busy": 1},
            "its only slot busy, 2 waiting: the burst is served one at a time",
        ),
        (
            {"load": replace(BURST, burst_every_s=2.0)},  # 16 / 2 = 8 per second, for 4
            "all 4 slots busy, 36 waiting: bursts come faster than they can be served",
        ),
        (
            {"load": OPEN, "in_flight": 124, "queue_growth_rps": 0.6},
            "all 4 slots busy, 120 waiting and 4.0 more each second: 8.0 arrive, 4.0 leave",
        ),
        # It does not grow, or nobody knows yet whether it does.
        (
            {"load": OPEN, "queue_growth_rps": -0.2},
            "all 4 slots busy, 36 waiting: 8.0 arrive, 4.0 leave each second",
        ),
        (
            {"load": OPEN},
            "all 4 slots busy, 36 waiting: 8.0 arrive, 4.0 leave each second",
        ),
        # It grew by chance: 3.9 per second are below capacity.
        (
            {
                "load": replace(OPEN, arrival_rate=3.9),
                "queue_growth_rps": 1.0,
                "throughput_rps": 3.8,
            },
            "all 4 slots busy, 36 waiting: 3.9 arrive, 3.8 leave each second",
        ),
        (
            {"load": OPEN, "in_flight": 2000, "dropped_rps": 0.9, "queue_growth_rps": 0.1},
            "all 4 slots busy, 1,996 waiting and 0.9 dropped each second: 8.0 arrive, 4.0 leave",
        ),
        ({"load": OPEN, "throughput_rps": None}, "all 4 slots busy, 36 waiting"),
    ],
)
def test_full_slots_are_said_with_what_more_load_would_do(
    changes: dict[str, Any], expected: str
) -> None:
    """One sentence for each kind of load, in the right number."""
    assert said(FLASK, **changes) == expected


@pytest.mark.parametrize(
    ("slots", "busy", "in_flight", "throughput_rps", "expected"),
    [
        (4, 4, 4, 4.0, "clear"),  # nobody waits
        (4, 4, 5, 4.0, "slots"),
        (4, 3, 4, 3.0, "clear"),  # a slot is free, and one request is on its way to it
        (1, 1, 2, 1.0, "slots"),
        (4, 0, 40, 4.0, "slots"),  # counted between two waves: on average all were busy
        (4, 3, 40, None, "slots"),  # the free one is taken as soon as its worker is
        (4, 2, 6, None, "slots"),  # half busy, and as many waiting as there are slots
        (4, 2, 5, None, "spread"),
        (4, 1, 8, None, "spread"),
        (160, 144, 185, None, "slots"),  # 90 % busy, 16 free, 41 waiting
        (160, 144, 176, None, "spread"),  # 32 waiting: half of them could have a free slot
        (160, 143, 185, None, "spread"),  # less than 90 %
        (160, 150, 170, 152.0, "slots"),  # at 95 % of the capacity
        (160, 150, 170, 151.0, "spread"),
        (1, 1, 2, None, "slots"),
        (1000, 990, 1500, None, "slots"),
    ],
)
def test_slots_count_as_busy_where_more_of_them_would_help(
    slots: int, busy: int, in_flight: int, throughput_rps: float | None, expected: str
) -> None:
    """By the count of the moment where it is clear, else by throughput over capacity."""
    found = kind(
        FLASK,
        slots=slots,
        busy=busy,
        in_flight=in_flight,
        throughput_rps=throughput_rps,
        response_s=1.0,
    )

    assert found == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "spread"),
        ({"workers": None}, "spread"),
        ({"workers": 1}, "clear"),  # there is nobody to spread over
        ({"throughput_rps": 240.0}, "clear"),  # 240 * 0.05 = 12 are on their way
        ({"throughput_rps": 239.0}, "spread"),
        ({"response_s": 1.25}, "spread"),
        ({"response_s": 1.26}, "clear"),  # most wait: it is not some workers alone
        ({"response_s": None, "throughput_rps": None}, "spread"),
        ({"workers": 2}, "spread"),
        # At 0.5 s twice as many answers come, and in time is half as long.
        ({"hold_s": 0.5, "throughput_rps": 239.0, "response_s": 0.6}, "spread"),
        ({"hold_s": 0.5, "throughput_rps": 239.0, "response_s": 0.7}, "clear"),
        ({"in_flight": 150, "throughput_rps": None}, "spread"),  # two are more than one on its way
        ({"in_flight": 149, "throughput_rps": None}, "clear"),
        ({"busy": 40, "in_flight": 52, "throughput_rps": 40.0}, "spread"),  # one worker is full
        ({"busy": 39, "in_flight": 51, "throughput_rps": 40.0}, "clear"),  # none can be
    ],
)
def test_connections_are_spread_unevenly_where_some_wait_and_most_do_not(
    changes: dict[str, Any], expected: str
) -> None:
    """148 of 160 slots busy, in 4 workers of 40."""
    assert kind(UNEVEN, **changes) == expected


def test_throughput_is_held_against_the_capacity_that_the_hold_leaves() -> None:
    """4 slots of 0.5 s: 8 per second keep them busy, and 4 per second only half of them."""
    short = {"hold_s": 0.5, "busy": 0, "response_s": 5.0}

    assert kind(FLASK, **short, throughput_rps=7.6) == "slots"
    assert kind(FLASK, **short, throughput_rps=7.5) == "service"


def test_an_uneven_spread_is_said_in_numbers() -> None:
    """Both that wait and those that could be served."""
    assert said(UNEVEN) == (
        "12 waiting although 148 of 160 slots are busy: "
        "connections are spread unevenly over the workers"
    )


@pytest.mark.parametrize(
    ("in_flight", "busy", "expected"),
    [
        (500, 375, "clear"),  # a quarter
        (500, 374, "service"),
        (1, 0, "clear"),  # one alone is on its way
        (2, 0, "service"),
    ],
)
def test_the_service_is_the_limit_where_more_than_a_quarter_is_in_it(
    in_flight: int, busy: int, expected: str
) -> None:
    """By Little's law, that is a quarter of the latency."""
    assert kind(ASYNC, in_flight=in_flight, busy=busy) == expected


def test_the_service_is_named_as_the_limit_with_and_without_slots() -> None:
    """What it is not comes first."""
    there = "but 300 of 500 in flight are not at the upstream: the service itself is the limit"

    assert said(ASYNC, in_flight=500, busy=200) == f"no slot limit, {there}"
    assert said(ASYNC, in_flight=500, busy=200, slots=1000) == f"slots are free, {there}"


def test_what_is_not_known_is_not_made_up() -> None:
    """Neither a number of slots nor the upstream's count; without a queue no slots are missed."""
    assert said(FLASK, slots=None, slots_known=False) == (
        "36 of 40 in flight are not at the upstream: how many slots there are is not known"
    )
    assert kind(FLASK, slots=None, slots_known=False, busy=40) == "clear"
    assert said(FLASK, busy=None) == "40 in flight: how many are at the upstream is not known"
    assert kind(FLASK, busy=None, in_flight=0) == "clear"


@pytest.mark.parametrize(
    ("seen", "changes", "expected"),
    [
        (SOCKETS, {}, "4 WebSockets hold all 4 slots: nothing else is served"),
        # Also where nobody waits: whoever comes would.
        (SOCKETS, {"in_flight": 4}, "4 WebSockets hold all 4 slots: nothing else is served"),
        (
            SOCKETS,
            {"slots": 1, "busy": 1, "sockets": 1},
            "1 WebSocket holds its only slot: nothing else is served",
        ),
        (
            SOCKETS,
            {"slots": 2, "busy": 2, "sockets": 2},
            "2 WebSockets hold both slots: nothing else is served",
        ),
        # One has just been closed.
        (
            SOCKETS,
            {"busy": 3, "sockets": 3},
            "3 WebSockets hold 3 of 4 slots, 17 waiting: more users add only waiting",
        ),
        (
            SOCKETS,
            {"sockets": 0, "streams": 4},
            "4 streams hold all 4 slots, 16 waiting: more users add only waiting",
        ),
        (
            SOCKETS,
            {"sockets": 1, "streams": 3},
            "1 WebSocket and 3 streams hold all 4 slots: nothing else is served",
        ),
        (MIXED, {}, "4 WebSockets hold all 4 slots: nothing else is served"),
        (
            MIXED,
            {"sockets": 3},
            "3 WebSockets hold 3 of 4 slots: "
            "all other requests share the remaining one, 36 waiting",
        ),
        (
            MIXED,
            {"sockets": 1, "busy": 4},
            "1 WebSocket holds 1 of 4 slots: all other requests share the remaining 3, 36 waiting",
        ),
        (
            MIXED,
            {"sockets": 0, "streams": 4},
            "4 streams hold all 4 slots, 36 waiting: more users add only waiting",
        ),
        (
            MIXED,
            {"sockets": 2, "streams": 1},
            "2 WebSockets and 1 stream hold 3 of 4 slots: "
            "all other requests share the remaining one, 36 waiting",
        ),
        # One of those that seem to wait is worked on.
        (
            MIXED,
            {"route": "users + ws", "waits": False, "passes": True, "busy": 3, "sockets": 3},
            "3 WebSockets hold 3 of 4 slots: all other requests share the remaining one",
        ),
    ],
)
def test_who_keeps_slots_from_others_is_named(
    seen: Observation, changes: dict[str, Any], expected: str
) -> None:
    """With how many of how many, and what that leaves to the others."""
    assert kind(seen, **changes) == "held"
    assert said(seen, **changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sockets": 3, "in_flight": 4}, "clear"),  # nobody waits
        ({"sockets": 0}, "slots"),  # all are waiting on the upstream
        ({"slots": 100, "busy": 100, "sockets": 10, "in_flight": 300}, "held"),
        ({"slots": 100, "busy": 100, "sockets": 9, "in_flight": 300}, "slots"),
        ({"slots": None, "busy": 40, "sockets": 20}, "clear"),
        ({"slots": None, "slots_known": False, "busy": 40, "sockets": 20}, "clear"),
    ],
)
def test_websockets_are_to_blame_only_where_they_keep_others_waiting(
    changes: dict[str, Any], expected: str
) -> None:
    """A few of many slots make no difference, and without a limit none does."""
    assert kind(MIXED, **changes) == expected


def test_a_doubt_is_said_before_who_holds_the_slots() -> None:
    """Under a frozen upstream WebSockets live on, but the rest of a mix says nothing."""
    assert kind(MIXED, upstream_silent_s=5.0) == "upstream-silent"
    assert kind(SOCKETS, upstream_silent_s=5.0) == "held"  # they do not ask it


def test_silence_is_in_order_for_as_long_as_a_websocket_is_held() -> None:
    """Nothing is answered meanwhile, and nothing is wrong."""
    assert kind(SOCKETS, silent_s=12.9) == "held"
    assert kind(SOCKETS, silent_s=13.1) == "silent"


def test_websockets_that_a_loop_does_not_get_to_are_its_own_limit() -> None:
    """Handshakes wait in it like any request."""
    assert said(OPEN_SOCKETS, in_flight=500, busy=200, sockets=200) == (
        "no slot limit, but 300 of 500 in flight are not being served: "
        "the service itself is the limit"
    )
    assert said(SOCKETS, slots_known=False, slots=None) == (
        "16 of 20 in flight are not being served: how many slots there are is not known"
    )
    assert said(MIXED, busy=None, sockets=0) == (
        "40 in flight: how many are being served is not known"
    )


def test_a_load_cut_off_by_itself_says_so() -> None:
    """2,000 in flight are what --max-in-flight allows, and all are at the upstream."""
    changes = {"load": OPEN, "in_flight": 2000, "busy": 2000, "dropped_rps": 8000.4}

    assert kind(ASYNC, load=OPEN, dropped_rps=0.2) == "in-flight"
    assert said(ASYNC, **changes) == (
        "2,000 in flight, the load's own maximum: 8,000 dropped each second"
    )


@pytest.mark.parametrize(
    ("seen", "changes", "expected"),
    [
        (
            ASYNC,
            {},
            "no slot limit: 40 of 40 in flight are waiting on the upstream, answered in 1.0 s",
        ),
        (
            FLASK,
            {"in_flight": 1, "busy": 1, "response_s": 0.25},
            "not limited: 1 of 1 in flight is waiting on the upstream, answered in 250 ms",
        ),
        (
            FLASK,
            {"slots": None, "slots_known": False, "busy": 40, "response_s": None},
            "not limited: 40 of 40 in flight are waiting on the upstream",
        ),
        # The two numbers are counted by two programs.
        (
            ASYNC,
            {"busy": 41, "response_s": None},
            "no slot limit: 40 of 40 in flight are waiting on the upstream",
        ),
        (FLASK, {"in_flight": 0, "busy": 0}, "not limited: nothing in flight just now"),
        (ASYNC, {"in_flight": 0, "busy": None}, "no slot limit: nothing in flight just now"),
        (OPEN_SOCKETS, {}, "no slot limit: 20 WebSockets open"),
        (OPEN_SOCKETS, {"in_flight": 1, "sockets": 1}, "no slot limit: 1 WebSocket open"),
        (
            OPEN_SOCKETS,
            {"busy": 19, "sockets": 19},
            "no slot limit: 19 WebSockets open, 1 other not served yet",
        ),
        (OPEN_SOCKETS, {"in_flight": 0}, "no slot limit: nothing in flight just now"),
        (
            OPEN_SOCKETS,
            {"sockets": 12, "streams": 8},
            "no slot limit: 12 WebSockets and 8 streams open",
        ),
        (
            OPEN_SOCKETS,
            {"route": "async-io + ws", "waits": True, "in_flight": 40, "busy": 39},
            "no slot limit: 20 WebSockets open, 19 of 20 others waiting on the upstream",
        ),
        (
            OPEN_SOCKETS,
            {"route": "users + ws", "passes": True, "in_flight": 60, "busy": 20},
            "no slot limit: 20 WebSockets open, 40 others in flight",
        ),
        (
            SOCKETS,
            {"in_flight": 3, "busy": 3, "sockets": 3},
            "not limited: 3 WebSockets hold 3 of 4 slots",
        ),
        (
            SOCKETS,
            {"in_flight": 4, "busy": 4, "sockets": 0, "streams": 4},
            "not limited: 4 streams hold all 4 slots",
        ),
        (
            MIXED,
            {"in_flight": 1, "busy": 1, "sockets": 0},
            "not limited: 1 of 1 in flight waiting on the upstream",
        ),
        (JSON, {}, "nothing to wait for on /json: 3 in flight, answered in 2.1 ms"),
        (JSON, {"route": "cpu", "response_s": None}, "nothing to wait for on /cpu: 3 in flight"),
    ],
)
def test_a_target_without_a_limit_says_what_its_requests_do(
    seen: Observation, changes: dict[str, Any], expected: str
) -> None:
    """Where they are, and how long an answer takes."""
    assert limit(replace(seen, **changes)).kind == "clear"
    assert said(seen, **changes) == expected


def test_several_routes_are_named_as_addresses() -> None:
    """Those of a target that is asked for two, neither of which waits."""
    assert said(JSON, route="json + users", response_s=None) == (
        "nothing to wait for on /json and /users: 3 in flight"
    )


@pytest.mark.parametrize("case", CAUSES)
def test_sentences_are_short_and_without_a_full_stop(case: Kind) -> None:
    """Three lines on a phone, at most."""
    sentence = said(FLASK, **CAUSES[case])

    assert len(sentence) <= 100
    assert not sentence.endswith(".")

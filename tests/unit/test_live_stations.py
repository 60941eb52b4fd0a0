"""The stations of a way, from what the supervisor, the load and the upstream count."""

from dataclasses import replace

import pytest

from lab.live.counters import Counters, Inside, Usage, cores_busy, lasting, processor_s
from lab.live.load import TargetLoad
from lab.live.observation import TargetSetup
from lab.live.stations import STATIONS, AtDatabase, full, way

METRICS = """\
# TYPE lab_accept_queue_requests gauge
lab_accept_queue_requests 5.0
# TYPE lab_requests_in_service gauge
lab_requests_in_service{worker="7"} 3.0
lab_requests_in_service{worker="8"} 4.0
# TYPE lab_requests_answered counter
lab_requests_answered_total{worker="7"} 30.0
lab_requests_answered_total{worker="8"} 40.0
# TYPE lab_client_connections_busy gauge
lab_client_connections_busy{worker="7"} 2.0
lab_client_connections_busy{worker="8"} 2.0
# TYPE lab_client_connections_waiting gauge
lab_client_connections_waiting{worker="7"} 1.0
lab_client_connections_waiting{worker="8"} 2.0
# TYPE lab_database_connections_busy gauge
lab_database_connections_busy{worker="7"} 3.0
lab_database_connections_busy{worker="8"} 1.0
# TYPE lab_database_connections_waiting gauge
lab_database_connections_waiting{worker="7"} 4.0
lab_database_connections_waiting{worker="8"} 0.0
# TYPE lab_event_loop_lag_seconds gauge
lab_event_loop_lag_seconds{worker="7"} 0.05
lab_event_loop_lag_seconds{worker="8"} 0.98
# TYPE lab_processor_seconds counter
lab_processor_seconds_total{process="1",role="server"} 1.0
lab_processor_seconds_total{process="7",role="worker"} 2.5
# TYPE lab_memory_proportional_bytes gauge
lab_memory_proportional_bytes{process="1",role="server"} 1e+07
lab_memory_proportional_bytes{process="7",role="worker"} 4e+07
# EOF
"""
NOW = Counters.read(METRICS, at_s=100.0)
EARLIER = replace(NOW, at_s=98.0, processor_s=1.5, answered=20)
FASTAPI = TargetSetup(
    name="fastapi-svc",
    framework="fastapi",
    routes=("async-io",),
    active=True,
    load=TargetLoad(kind="closed", users=12),
    workers=2,
    slots=None,
    slots_known=True,
    timeout_s=60.0,
)


def with_threads(busy: int, waiting: int) -> Inside:
    """Counts of a worker with a pool of threads."""
    return Inside(in_service=busy + waiting, threads_busy=busy, threads_waiting=waiting)


def stations(asked: TargetSetup = FASTAPI, now: Counters | None = NOW, **more: object):
    """The stations by name."""
    given = {"in_flight": 12, "at_upstream": 4, "earlier": EARLIER, "cores": 2, "pool": None}
    given |= {"used": Usage(cores_busy=1.0, processor_s=0.04)}
    given |= {"slots": asked.slots, "max_in_flight": asked.load.max_in_flight}
    found = way(now=now, **{**given, **more})  # type: ignore[arg-type]
    return {each.name: each for each in found}


def test_counts_are_summed_over_the_workers() -> None:
    """But the lag is that of the loop with the longest; what is absent is not known."""
    inside = NOW.together
    assert (NOW.accept_queue, inside.in_service, NOW.answered) == (5, 7, 70)
    assert (inside.pool_busy, inside.pool_waiting, inside.lag_s) == (4, 3, 0.98)
    assert (inside.database_busy, inside.database_waiting) == (4, 4)
    assert (NOW.processor_s, NOW.memory_bytes) == (3.5, 50_000_000)
    assert (inside.threads_busy, inside.threads_waiting) == (None, None)


def test_counts_are_also_those_of_each_worker() -> None:
    """In the order of their PIDs, as numbers: 10 comes after 9."""
    read = Counters.read(METRICS.replace('"7"', '"10"').replace('"8"', '"9"'), at_s=1.0)

    assert list(read.workers) == [9, 10]
    assert read.workers[9] == Inside(
        in_service=4, pool_busy=2, pool_waiting=2, database_busy=1, lag_s=0.98
    )
    assert read.workers[10] == Inside(
        in_service=3,
        pool_busy=2,
        pool_waiting=1,
        database_busy=3,
        database_waiting=4,
        lag_s=0.05,
    )


def test_what_lasts_is_the_most_busy_and_the_least_waiting_of_two_looks() -> None:
    """Of the same worker; one that is new has been looked at once."""
    earlier = replace(NOW, workers={7: with_threads(2, 9), 5: with_threads(0, 0)})
    now = replace(NOW, workers={7: with_threads(3, 1), 8: with_threads(1, 4)})

    both = Inside(in_service=11, threads_busy=3, threads_waiting=1)
    assert lasting(earlier, now) == [both, with_threads(1, 4)]
    assert lasting(now, earlier) == [both, with_threads(0, 0)]


def test_what_lasts_in_a_pool_to_the_database_is_found_alike() -> None:
    """The most that is lent, and the least that waits."""
    earlier = replace(NOW, workers={7: Inside(in_service=9, database_busy=2, database_waiting=7)})
    now = replace(NOW, workers={7: Inside(in_service=9, database_busy=5, database_waiting=1)})

    for before, after in ((earlier, now), (now, earlier)):
        [both] = lasting(before, after)
        assert (both.database_busy, both.database_waiting) == (5, 1)


@pytest.mark.parametrize("text", ["", "no metrics at all", "lab_requests_in_service x\n# EOF\n"])
def test_what_is_not_openmetrics_is_refused(text: str) -> None:
    """Another program may listen there."""
    with pytest.raises(ValueError):  # noqa: PT011
        Counters.read(text, at_s=1.0)


def test_the_processor_is_what_was_used_between_two_looks() -> None:
    """2 s of processor time in 2 s is one core; 50 answers, so 40 ms each."""
    assert cores_busy(EARLIER, NOW) == pytest.approx(1.0)
    assert processor_s(EARLIER, NOW) == pytest.approx(0.04)
    assert processor_s(replace(EARLIER, answered=70), NOW) is None
    assert cores_busy(replace(EARLIER, processor_s=None), NOW) is None


def test_a_way_has_every_station_in_order() -> None:
    """Also without a supervisor, whose counts are then not known."""
    assert tuple(stations()) == STATIONS
    alone = stations(now=None)
    assert tuple(alone) == STATIONS
    assert [each.busy for each in alone.values()] == [12, None, None, None, None, 4]


def test_every_request_in_flight_stands_somewhere() -> None:
    """12 in flight: 5 in the accept queue and 7 in service; of these 3 wait for a connection."""
    found = stations()

    assert found["accept queue"].busy == 5
    assert found["worker"].busy == 7
    assert found["client pool"].busy + found["client pool"].waiting == 7
    assert found["upstream"].busy == 4


def test_the_processor_of_the_way_is_that_of_the_card() -> None:
    """One number for one thing, whatever the last two looks say."""
    found = stations(used=Usage(cores_busy=0.7, processor_s=0.03))["processor"]

    assert (found.busy, found.slots, found.held_s) == (0.7, 2, 0.03)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, ""),
        ({"pool": 4}, "client pool"),
        ({"used": Usage(cores_busy=1.75)}, ""),
        ({"used": Usage(cores_busy=1.9)}, "processor"),
        ({"asked": replace(FASTAPI, slots=7)}, "worker"),
        # Both are full, and the outer one because of the inner one.
        ({"asked": replace(FASTAPI, slots=7), "pool": 4}, "client pool"),
    ],
)
def test_the_innermost_full_station_is_the_limit(more: dict[str, object], name: str) -> None:
    """A processor counts as full from nine tenths on."""
    found = full([*stations(**more).values()])  # type: ignore[arg-type]

    assert (found.name if found else "") == name


def test_threads_are_the_slots_of_plain_routes() -> None:
    """Seven are in service, three of them on a thread, and four wait for one."""
    plain = replace(FASTAPI, slots=3, routes=("io",))
    found = stations(plain, replace(NOW, workers={7: with_threads(3, 4)}))

    assert (found["worker"].busy, found["worker"].slots, found["worker"].waiting) == (3, 3, 4)
    assert found["worker"].is_full


def test_a_pool_that_limits_the_slots_is_no_limit_of_the_workers() -> None:
    """They have taken all twelve; the pool's four connections are what is full."""
    found = stations(replace(FASTAPI, slots=4), pool=4)

    assert (found["worker"].busy, found["worker"].slots) == (7, None)
    assert found["client pool"].is_full


def test_each_worker_has_its_share_of_the_slots() -> None:
    """Six tokens are three in each; ten connections of the client five."""
    plain = replace(FASTAPI, slots=6, routes=("io",))
    now = replace(NOW, workers={7: with_threads(3, 5), 8: with_threads(0, 0)})
    found = stations(plain, now, earlier=now, pool=10)

    first, second = found["worker"].of_workers
    assert (first.busy, first.slots, first.waiting, first.is_full) == (3, 3, 5, True)
    assert (second.busy, second.slots, second.waiting, second.is_full) == (0, 3, 0, False)
    assert [each.slots for each in found["client pool"].of_workers] == [5, 5]
    assert found["worker"].slots_are == "pool tokens"
    gthread = replace(NOW, workers={7: Inside(in_service=3, threads_waiting=4)})
    assert stations(plain, gthread)["worker"].slots_are == "threads"


# Twelve requests that ask the database alone: pools of three connections in each of two workers.
QUERIES = replace(FASTAPI, routes=("async-db-wait",), slots=6)
AT_DATABASE = AtDatabase(busy=4, pool=6, most=450)
INSIDE = ("accept queue", "worker", "processor")


def test_a_way_to_the_database_ends_there() -> None:
    """Beside the pools' own count stands the database's, also without a supervisor."""
    found = stations(QUERIES, asks_upstream=False, database=AT_DATABASE)

    assert tuple(found) == ("load", *INSIDE, "database pool", "database")
    pool, there = found["database pool"], found["database"]
    assert (pool.busy, pool.slots, pool.waiting) == (4, 6, 4)
    assert (there.busy, there.slots) == (4, 450)
    alone = stations(QUERIES, None, asks_upstream=False, database=AT_DATABASE)
    assert tuple(alone) == tuple(found)
    assert [each.busy for each in alone.values()] == [12, None, None, None, None, 4]


def test_a_mix_of_routes_ends_at_both() -> None:
    """Each end behind its own pool; a request waits at one of them."""
    found = stations(replace(FASTAPI, routes=("io", "db-read")), pool=20, database=AT_DATABASE)

    assert tuple(found) == (*STATIONS, "database pool", "database")
    assert [found[name].busy for name in ("client pool", "upstream", "database")] == [4, 4, 4]


@pytest.mark.parametrize(
    ("pool", "most", "slots", "each"),
    [
        (6, 450, None, [3, 3]),
        (20, 450, 6, [10, 10]),
        (None, 450, 6, [None, None]),
        (20, 6, None, [10, 10]),  # pgbouncer's connections are the slots
    ],
)
def test_the_pools_to_the_database_are_those_of_the_workers(
    pool: int | None, most: int, slots: int | None, each: list[int | None]
) -> None:
    """Where they are the slots, the workers themselves have more; without a pool nothing waits."""
    at_database = replace(AT_DATABASE, pool=pool, most=most)
    found = stations(QUERIES, asks_upstream=False, database=at_database)

    assert found["worker"].slots == slots
    assert [worker.slots for worker in found["database pool"].of_workers] == each
    assert found["database pool"].slots_are == "database connections"


def test_a_full_pool_to_the_database_is_the_innermost_station() -> None:
    """The database itself has more connections than the pool lends."""
    full_one = replace(NOW, workers={7: Inside(in_service=12, database_busy=6, database_waiting=6)})
    found = stations(QUERIES, full_one, asks_upstream=False, database=AT_DATABASE)

    named = full([*found.values()])
    assert named
    assert named.name == "database pool"
    crowded = stations(QUERIES, asks_upstream=False, database=replace(AT_DATABASE, most=4))
    assert crowded["database"].is_full

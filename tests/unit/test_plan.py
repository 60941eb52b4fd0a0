"""Plans: Erlang's formula, sizes of the server shapes, and what gives way first."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import made_run
import pytest
from made_run import write_run

from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import Cell, Chart, Fit, Load, Prediction, Shape
from lab.plan import connections, database_lines, erlang, measured, plan_command
from lab.plan.breaking import Machine, good_for_rps, limits
from lab.plan.measured import Memory
from lab.plan.shapes import SHAPES, Demand, ServerShape, size
from lab.results.measurement import Measurement, Process, Row
from lab.results.writing import COMPLETE, INTERRUPTED
from lab.samples import Sample
from lab.terminal import COLUMNS

MB = 1_000_000
DEMAND = Demand(rate_rps=200.0, hold_s=1.0, call_s=1.0)
MACHINE = Machine(cores=2, memory_bytes=4_000 * MB, open_files=20_000, local_ports=28_000)


def shape(name: str) -> ServerShape:
    return {each.name: each for each in SHAPES}[name]


@pytest.mark.parametrize(
    ("slots", "busy", "expected"),
    [
        (1, 0.5, 0.5),  # one server: the share of time it is busy
        (2, 1.0, 1 / 3),  # two: a² / (2 + a)
        (10, 8.0, 0.40918),  # as tables have it
        (4, 4.0, 1.0),
        (4, 5.0, 1.0),
        (3, 0.0, 0.0),
    ],
)
def test_erlang_says_how_many_have_to_wait(slots: int, busy: float, expected: float) -> None:
    """Against closed forms and a table; at capacity all of them wait."""
    assert erlang.waiting_share(slots, busy) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("busy", [0.0, 0.3, 7.5, 200.0, 5000.0])
def test_the_fewest_slots_are_enough_and_one_less_is_not(busy: float) -> None:
    """For any load, also one that no product of factorials could be had for."""
    slots = erlang.slots_for(busy)

    assert erlang.waiting_share(slots, busy) <= 0.01
    assert slots == 1 or erlang.waiting_share(slots - 1, busy) > 0.01


@pytest.mark.parametrize(("busy", "each"), [(200.0, 40), (3.0, 40), (200.0, 1), (0.5, 2)])
def test_the_fewest_workers_with_queues_of_their_own(busy: float, each: int) -> None:
    """Each has its part of the load, and nothing of its neighbour's slots."""
    workers = erlang.workers_for(busy, each)

    assert erlang.waiting_share(each, busy / workers) <= 0.01
    assert workers == 1 or erlang.waiting_share(each, busy / (workers - 1)) > 0.01


def test_queues_of_their_own_take_more_slots_than_one() -> None:
    """The price of connections that stay with whoever accepted them."""
    assert erlang.workers_for(200.0, 40) * 40 > erlang.slots_for(200.0)


def test_how_much_so_many_slots_are_good_for_is_the_way_back() -> None:
    """From slots to the load that they bear."""
    assert erlang.waiting_share(235, erlang.busy_at(235)) == pytest.approx(0.01, abs=1e-6)


def test_the_demand_is_little_s_law() -> None:
    """200 a second for 1 s; in two parts at once half as long, with as many calls."""
    one = plan_command.demanded(200, 1.0)
    two = plan_command.demanded(200, 1.0, parts=2)

    assert (one.busy, one.calls) == (200, 200)
    assert (two.busy, two.calls) == (100, 200)


def test_a_slow_tail_holds_slots_longer_than_its_median_says() -> None:
    """A lognormal mean is the median times exp(sigma² / 2), and of two parts the slower counts."""
    one = plan_command.demanded(100, 0.2, slow_tail=1.0)
    two = plan_command.demanded(100, 0.2, parts=2, slow_tail=1.0)

    assert one.hold_s == pytest.approx(0.2 * 1.6487, rel=0.002)
    assert one.call_s == one.hold_s
    assert two.call_s == pytest.approx(one.call_s / 2)
    assert two.call_s < two.hold_s < one.hold_s


def test_each_shape_has_workers_enough() -> None:
    """For 200 busy slots and random arrivals: a worker each, or so many of 25, 250 or 40."""
    sizes = {each.name: size(each, DEMAND) for each in SHAPES}

    assert {name: (each.workers, each.each, each.slots) for name, each in sizes.items()} == {
        "Flask, sync workers": (235, 1, 235),
        "Flask, threads": (10, 25, 250),
        "Flask, greenlets": (1, 250, 250),
        "Flask behind ASGI": (14, 25, 350),
        "FastAPI, def": (8, 40, 320),
        "FastAPI, async def": (1, None, None),
    }
    assert sizes["FastAPI, async def"].pool == 235
    assert sizes["Flask, threads"].settings() == (
        "FLASK_WORKER_CLASS=gthread FLASK_WORKERS=10 FLASK_THREADS=25 FLASK_CONNECTIONS=25"
    )


def test_other_slots_in_each_worker_can_be_asked_for() -> None:
    """A sync worker has one whatever is asked; a pool holds the calls of all parts."""
    assert size(shape("FastAPI, def"), DEMAND, each=300).workers == 1
    assert size(shape("Flask, sync workers"), DEMAND, each=300).each == 1
    in_parts = replace(DEMAND, parts=3, hold_s=1 / 3, call_s=1 / 3)
    assert size(shape("Flask, threads"), in_parts).pool == 75


def test_processor_time_can_take_more_workers_than_slots_do() -> None:
    """One event loop uses one core."""
    assert size(shape("FastAPI, async def"), DEMAND, workers_for_cpu=2).workers == 2
    assert size(shape("Flask, greenlets"), DEMAND, workers_for_cpu=2).slots == 500


def test_a_plan_is_good_for_the_rate_it_was_made_for() -> None:
    """And hardly for more, where one more worker is one more slot."""
    for each in SHAPES[:-1]:
        good_for = good_for_rps(size(each, DEMAND), DEMAND)
        assert good_for is not None
        assert good_for >= 200
    assert good_for_rps(size(SHAPES[0], DEMAND), DEMAND) == pytest.approx(200, abs=1)
    assert good_for_rps(size(SHAPES[-1], DEMAND), DEMAND) is None


def queries(query_s: float, *, rate_rps: float = 200.0) -> Demand:
    """The demand with a second for each request, of which the database takes a part."""
    return plan_command.demanded(rate_rps, 1.0, query_s=query_s)


def test_a_query_is_a_part_of_the_wait() -> None:
    """Slots stay busy as long; the upstream is asked for the rest, which alone has parts."""
    one = plan_command.demanded(200, 1.0, query_s=0.2)
    two = plan_command.demanded(200, 1.0, query_s=0.2, parts=2)
    tailed = plan_command.demanded(200, 1.0, query_s=0.2, slow_tail=0.5)
    without = plan_command.demanded(200, 0.8, slow_tail=0.5)

    assert (one.busy, one.calls, one.connected) == pytest.approx((200, 160, 40))
    assert (two.busy, two.calls, two.connected) == pytest.approx((120, 160, 40))
    assert tailed.hold_s == pytest.approx(without.hold_s + 0.2)
    assert plan_command.demanded(200, 1.0, query_s=1.0, slow_tail=0.5).calls == 0


def test_a_pool_has_headroom_for_the_queries_of_its_worker() -> None:
    """4 busy connections on one worker take 10, and on ten workers 3 in each."""
    found = {
        each.name: connections.pools(size(each, queries(0.02)), queries(0.02)) for each in SHAPES
    }

    assert {name: each and (each.each, each.connections) for name, each in found.items()} == {
        "Flask, sync workers": (1, 235),
        "Flask, threads": (3, 30),
        "Flask, greenlets": (10, 10),
        "Flask behind ASGI": (3, 42),
        "FastAPI, def": (4, 32),
        "FastAPI, async def": (10, 10),
    }
    for each in found.values():
        assert each is not None
        busy = 4 / each.sizing.workers
        assert each.each == 1 or erlang.waiting_share(each.each, busy) <= 0.01
    assert connections.in_one_queue(queries(0.02)) == 10


def test_no_worker_needs_more_connections_than_slots() -> None:
    """Where the database takes the whole second, each slot has its connection."""
    threads = connections.pools(size(shape("Flask, threads"), queries(1.0)), queries(1.0))
    loop = connections.pools(size(shape("FastAPI, async def"), queries(1.0)), queries(1.0))

    assert threads is not None
    assert loop is not None
    assert (threads.each, loop.each) == (25, 235)
    assert threads.memory_bytes == 250 * connections.CONNECTION_BYTES
    assert connections.pools(size(SHAPES[0], DEMAND), DEMAND) is None


def test_connections_are_a_limit_that_may_break_first() -> None:
    """They grow with the rate, and the database's limit does not."""
    sync, demand = shape("Flask, sync workers"), queries(0.02)
    pools = connections.pools(size(sync, demand), demand)

    [first, *_] = limits(size(sync, demand), demand, MACHINE, pools=pools, max_connections=100)
    [without, *_] = limits(size(sync, demand), demand, MACHINE)

    assert first.name == "connections"
    assert first.rate_rps == pytest.approx(200 * 100 / 235)
    assert without.name == "ports"


def database(query_s: float, most: int, **asked: Any) -> str:
    """What a plan says of the database, as one line."""
    demand = queries(query_s, **asked)
    pools = [connections.pools(size(each, demand), demand) for each in SHAPES]
    return " ".join(
        " ".join(database_lines.lines([each for each in pools if each], demand, most)).split()
    )


def test_too_many_connections_are_named_with_the_cure() -> None:
    """Smaller pools or one queue; where even that is too small, shorter queries; or no sentence."""
    told = database(0.02, 100)
    assert "Too many connections: Flask, sync workers. The database allows 100" in told
    assert "pgbouncer in front: 10 connections behind one queue serve all workers." in told

    told = database(0.02, 40)
    assert "Too many connections: Flask, sync workers; Flask behind ASGI. The database" in told

    told = database(0.02, 9)
    assert "even one queue for all workers needs 10" in told
    assert "pgbouncer" not in told

    assert "Too many" not in database(0.02, 235)
    assert "too few" not in database(0.02, 235)


def test_the_nearest_limit_breaks_first() -> None:
    """Processor, memory, files and ports, each at the rate that meets it."""
    sync = size(shape("Flask, sync workers"), DEMAND)

    found = limits(sync, DEMAND, MACHINE, requests_per_cpu_s=400.0, memory_bytes=5_000 * MB)

    assert [(each.name, each.rate_rps) for each in found] == [
        ("memory", 160.0),
        ("processor", 800.0),
        ("ports", 28_000.0),
    ]


def test_open_files_end_what_has_no_limit_of_its_own() -> None:
    """Two connections for each request; a pool of slots too large for them is one, too."""
    free = size(shape("FastAPI, async def"), DEMAND)
    few = replace(MACHINE, open_files=450)

    assert limits(free, DEMAND, few)[0].rate_rps == 200.0
    assert limits(free, DEMAND, few)[0].name == "files"
    assert "files" not in {each.name for each in limits(size(SHAPES[0], DEMAND), DEMAND, few)}
    wide = size(shape("FastAPI, def"), DEMAND, each=400)
    assert limits(wide, DEMAND, few)[0].rate_rps == 100.0
    unlimited = replace(MACHINE, open_files=None, local_ports=None)
    assert limits(free, DEMAND, unlimited) == []


def test_memory_is_that_of_one_worker_and_more_of_each() -> None:
    """Not known for several where one more worker was never measured."""
    memory = Memory(idle=50.0, worker=20.0, slot=2.0)

    assert memory.of(1, 0) == 50
    assert memory.of(3, 10) == 110
    assert replace(memory, worker=None).of(1, 10) == 70
    assert replace(memory, worker=None).of(2, 10) is None


def test_every_line_that_a_plan_looks_for_is_in_the_experiment() -> None:
    """A fit that is renamed there would leave a column empty here."""
    experiment = experiment_file.read(catalogue.find("11"))
    named = {each.name for each in experiment.fits if each.metric == "pss_bytes"}

    assert {each.fit for each in SHAPES if each.fit} <= named
    assert {each.worker_fit for each in SHAPES} <= named


# A made run of 11-memory: 20 MB a worker over 10, 0.05 MB a thread, 0.01 MB a request.


def hold(name: str, target: str, x: int, route: str = "io") -> Cell:
    return Cell(
        id=f"{name}.{route}.hold-{x}",
        shape=name,
        route=route,
        path=f"/{route}",
        load=Load(kind="hold", requests=x),
        measure="pss_bytes",
        prediction=Prediction(why_none="it is what is asked"),
        tolerance=0.1,
        x=float(x),
    )


LINES: dict[str, tuple[str, str, float, float]] = {
    "flask-worker": ("flask-svc", "idle worker", 10 * MB, 20 * MB),
    "thread": ("flask-gthread", "request in a thread", 30 * MB, 0.05 * MB),
    "request": ("fastapi-solo", "request in a coroutine", 60 * MB, 0.01 * MB),
}
CELLS = tuple(hold(name, line[0], x) for name, line in LINES.items() for x in (1, 2, 4))
METADATA = {"runtime": "local", "machine": {"cores": 2}}
MEMORY = made_run.experiment(
    *CELLS,
    name="11-memory",
    claims=("A1",),
    shapes=tuple(Shape(name=name, target=line[0]) for name, line in LINES.items()),
    chart=Chart(kind="sweep", metric="pss_bytes"),
    behaviour={"delay_ms": 2000.0},
    fits=tuple(
        Fit(
            name=name,
            metric="pss_bytes",
            per=line[1],
            cells=tuple(cell.id for cell in CELLS if cell.shape == name),
        )
        for name, line in LINES.items()
    ),
)


def memory_run(folder: Path, state: str = COMPLETE, factor: float = 1.0) -> Path:
    measurements = []
    for cell in CELLS:
        _, _, intercept, slope = LINES[cell.shape]
        pss_bytes = int(factor * (intercept + slope * cell.load.requests))
        process = Process(pid=1, parent=0, cpu_s=0, pss_bytes=pss_bytes, threads=1)
        measurements += [
            Measurement(cell=cell.id, series=series, began_s=0, wall_s=1, held=[process])
            for series in (1, 2, 3)
        ]
    return write_run(folder, MEMORY, measurements, state=state, **METADATA)


def equal_slots_run(folder: Path, target: str = "fastapi-solo") -> Path:
    """5 ms of processor time for a request to FastAPI's /async-io."""
    cell = replace(
        hold("fastapi-async-100", target, 100, "async-io"),
        load=Load(kind="closed", users=100, duration_s=1.0),
    )
    experiment = replace(
        MEMORY,
        name="08-equal-slots",
        shapes=(Shape(name="fastapi-async-100", target=target),),
        cells=(cell,),
        fits=(),
    )
    rows = [
        Row(Sample(start_s=0, latency_s=0.5, status=200, target="", route="", upstream_s=0.5))
    ] * 100
    looks = [
        [Process(pid=1, parent=0, cpu_s=cpu_s, pss_bytes=1, threads=1)] for cpu_s in (1.0, 1.5)
    ]
    measurement = Measurement(
        cell=cell.id, series=1, began_s=0, wall_s=1, rows=rows, before=looks[0], after=looks[1]
    )
    return write_run(folder, experiment, [measurement], **METADATA)


def table(told: str) -> dict[str, str]:
    """The table's lines by server shape."""
    return named(told.partition("\nBreaks first")[0])


def breaks_first(told: str) -> dict[str, str]:
    """What gives way first, by server shape."""
    found = named(told.partition("\nBreaks first")[2].partition("\n\n")[0])
    return {name: line.partition(name)[2].strip() for name, line in found.items()}


def named(told: str) -> dict[str, str]:
    """The lines that begin with the name of a server shape, by that."""
    return {
        each.name: line
        for each in SHAPES
        for line in told.splitlines()
        if line.strip().startswith(each.name)
    }


def test_a_plan_without_measurements_leaves_its_columns_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what would fill them."""
    assert plan_command.command(200, 1.0, results=tmp_path) == 0

    told = capsys.readouterr().out
    assert "200 requests per second, each waits 1 s." in told
    assert "Little's law: 200 x 1 s = 200 slots busy on average" in told
    assert "Memory: never measured here. `make run EXP=11` does" in told
    assert "Processor time: never measured here" in told
    assert table(told)["Flask, sync workers"].split()[3:9] == ["235", "1", "235", "1", "-", "-"]
    assert "FASTAPI_WORKERS=8 FASTAPI_THREADS=40" in told


def test_a_plan_with_queries_has_a_table_of_connections(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And pools among the settings; a plan without queries says nothing of a database."""
    plan_command.command(200, 1.0, query_s=0.02, results=tmp_path)

    told = capsys.readouterr().out
    assert "each waits 1 s, 20 ms of it for the database." in told
    assert "Database: 200 x 20 ms = 4 connections busy on average." in told
    row = next(each for each in told.splitlines() if "100, too few" in each)
    assert " ".join(row.split()) == "Flask, sync workers 235 1 235 100, too few 329 MB"
    assert breaks_first(told)["Flask, sync workers"] == "connections at 85.1/s, too early"
    assert "FASTAPI_WORKERS=1 CLIENT_CONNECTIONS=231 DB_POOL=10" in told

    plan_command.command(200, 1.0, query_s=1.0, results=tmp_path)
    assert "each waits 1 s, all of it for the database." in capsys.readouterr().out
    plan_command.command(200, 1.0, results=tmp_path)
    told = capsys.readouterr().out
    assert "atabase" not in told
    assert "DB_POOL" not in told


def test_memory_comes_from_the_newest_run_and_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Workers, threads and requests by the lines of 11-memory; empty where none was measured."""
    run = memory_run(tmp_path / "20261120-155002-11-memory")

    plan_command.command(200, 1.0, results=tmp_path)

    told = capsys.readouterr().out
    lines = table(told)
    assert f"from {run}, local, 2 cores" in told.replace("\n", " ")
    assert "4.71 GB" in lines["Flask, sync workers"]  # 10 + 235 * 20 MB
    assert "222 MB" in lines["Flask, threads"]  # 30 + 9 * 20 + 250 * 0.05 MB
    assert "62.4 MB" in lines["FastAPI, async def"]  # 60 + 235 * 0.01 MB, and a little
    assert " - " in lines["Flask, greenlets"]
    assert " - " in lines["FastAPI, def"]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("fastapi-solo", ("fastapi", "asgi")),
        ("fastapi-granian", ("fastapi", "granian")),
        ("starlette-svc", ("starlette", "asgi")),
    ],
)
def test_another_server_or_app_is_no_measure_of_fastapi(
    tmp_path: Path, target: str, kind: tuple[str, str]
) -> None:
    """What is measured of Starlette alone would promise too much of FastAPI."""
    equal_slots_run(tmp_path / "08-equal-slots", target)
    source = measured.newest(tmp_path, "08-equal-slots")

    assert source is not None
    assert measured.requests_per_cpu_s(source) == {(*kind, "async-io"): pytest.approx(200)}


def test_processor_time_comes_from_the_run_with_equal_slots(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 requests for a second of a core: 200 a second take two workers, and two give 400."""
    monkeypatch.setattr(plan_command, "machine", lambda: MACHINE)
    equal_slots_run(tmp_path / "20261120-155002-report" / "08-equal-slots")

    plan_command.command(200, 1.0, results=tmp_path)

    told = capsys.readouterr().out
    assert breaks_first(told)["FastAPI, async def"] == "processor at 400/s"
    assert table(told)["FastAPI, async def"].split()[3] == "2"
    assert " 50.0 % " in table(told)["FastAPI, async def"]
    assert breaks_first(told)["Flask, threads"] == "processor? else ports at 28,000/s"

    plan_command.command(500, 1.0, results=tmp_path)
    told = capsys.readouterr().out
    assert breaks_first(told)["FastAPI, async def"] == "processor at 400/s, too early"
    assert " full " in table(told)["FastAPI, async def"]


def test_the_newest_run_counts_and_the_reference_only_without_one(tmp_path: Path) -> None:
    """Whole runs of that very experiment: what was interrupted may lack the cells that matter."""

    def idle() -> float | None:
        source = measured.newest(tmp_path, measured.MEMORY)
        found = source and measured.memory(source, shape("Flask, threads"))
        return found and found.idle / MB

    def begun(folder: Path, at: str) -> None:
        path = folder / "run.json"
        text = path.read_text(encoding="utf-8")
        begin = text.index('"started_at": "') + len('"started_at": "')
        path.write_text(text[:begin] + at + text[begin + len(at) :], encoding="utf-8")

    assert idle() is None
    begun(memory_run(tmp_path / "reference/11-memory", factor=3), "2026-11-20T10")
    assert idle() == pytest.approx(90)
    begun(memory_run(tmp_path / "20261101-000000-report/11-memory", factor=2), "2026-11-01T10")
    assert idle() == pytest.approx(60)
    begun(memory_run(tmp_path / "20261102-000000-11-memory"), "2026-11-02T10")
    assert idle() == pytest.approx(30)
    begun(memory_run(tmp_path / "20261103-000000-11-memory", INTERRUPTED, 9), "2026-11-03T10")
    (tmp_path / "20261104-000000-11-memory").mkdir()
    begun(memory_run(tmp_path / "20261105-000000-11-exercise", factor=9), "2026-11-05T10")
    assert idle() == pytest.approx(30)


def test_a_plan_fits_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 80 columns, with everything measured, and a tail and parts besides; a path stays whole."""
    memory_run(tmp_path / "11-memory")
    arguments: dict[str, Any] = {
        **{"parts": 2, "slow_tail": 1.0, "slots_per_worker": 1000},
        **{"query_s": 0.15, "max_connections": 100},
    }

    plan_command.command(2_000, 0.2, results=tmp_path, **arguments)

    told = capsys.readouterr().out
    lines = [each for each in told.splitlines() if str(tmp_path) not in each]
    assert max(map(len, lines)) <= COLUMNS, told
    sentence = "wait more than 200 ms, on a tail of sigma 1, 150 ms of it for the database, the "
    assert f"{sentence}rest in 2 concurrent parts." in told.replace("\n", " ")

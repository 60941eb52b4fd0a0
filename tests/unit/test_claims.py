"""Every claim of the ledger on made findings: each of its parts can hold, fail and be in doubt."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from lab.claims import (
    batches,
    burst_of_100,
    database,
    held_open,
    memory,
    overhead,
    printed,
    rates,
    scaling,
    small_api,
    users,
    waiting,
)
from lab.claims.code_count import Amounts, Code
from lab.claims.findings import Doubted, Findings, Found
from lab.claims.ledger import CLAIMS, claim, decide_all
from lab.claims.quantity import mean_of_series
from lab.claims.rule import OPEN, decide
from lab.results.measurement import Measurement, Process, Row
from lab.samples import Sample
from lab.verdicts.absence import Reason
from lab.verdicts.judgement import Measured, Verdict

SERIES = (1, 2, 3)
EXACT = {"waves", "peak_busy", "failed", "answered", "handshakes", "refused_share"}
DELAY_S = {"13": 0.2}

Cell = tuple[str, str]
World = dict[Cell, dict[str, float]]


def near_100(*cells: Cell) -> World:
    """Cells of 100 users who get what they ask for, with a task of 1 s."""
    return {
        cell: {"throughput_rps": 100.0, "mean_s": 1.0, "cpu_s_per_request": 0.002} for cell in cells
    }


def users_cell(throughput_rps: float) -> dict[str, float]:
    return {"throughput_rps": throughput_rps, "failed": 0, "answered": 10_000, "mean_s": 0.2}


# Numbers with which all three articles are right in every sentence that can be right.
RIGHT: World = {
    ("01", "flask-svc.io.closed-1"): {"mean_s": 0.15},
    ("01", "flask-svc.async-io.closed-1"): {"mean_s": 0.1},
    ("01", "fastapi-svc.io.closed-1"): {"mean_s": 0.15},
    ("01", "fastapi-svc.async-io.closed-1"): {"mean_s": 0.1},
    ("02", batches.FLASK_16): {"makespan_s": 4.02, "waves": 4},
    ("02", batches.FLASK_3): {"makespan_s": 1.01},
    ("03", batches.FLASK_16): {"makespan_s": 4.02, "peak_busy": 4},
    ("03", batches.ASYNC_16): {
        **{"makespan_s": 4.08, "waves": 4, "peak_busy": 4, "failed": 0, "answered": 16},
    },
    ("03", batches.ASGI_16): {"makespan_s": 4.02},
    ("03", batches.ASGI_ASYNC_16): {"makespan_s": 2.0, "failed": 0, "answered": 16},
    ("03", batches.ASYNC_HELD): {"peak_busy": 4},
    **{("04", batches.in_parts(p)): {"makespan_s": 4 / p} for p in (1, 2, 4, 8)},
    ("04", burst_of_100.ONE_PART): {"makespan_s": 1.07},
    ("04", burst_of_100.TWO_PARTS): {"makespan_s": 0.57},
    **{
        ("05", f"{shape}.{route}.burst-100"): {"makespan_s": 100 / rate}
        for (shape, route), rate in burst_of_100.PUBLISHED_RPS.items()
    },
    ("05", burst_of_100.PLAIN): {"makespan_s": 2.07, "second_wave_share": 1.0},
    **{
        ("06", cell): {"second_wave_share": 0.9}
        for cell in (
            burst_of_100.FORTY,
            burst_of_100.HUNDRED,
            burst_of_100.OWN,
            burst_of_100.COROUTINES,
        )
    },
    ("07", waiting.BLOCKING): {"peak_busy": 4},
    ("07", waiting.AWAITING): {"peak_busy": 16},
    ("07", "fastapi-svc.io.burst-16"): {"peak_busy": 16},
    **near_100(*(("08", cell) for cell in memory.SLOTS.values())),
    **near_100(("08", memory.COROUTINES), ("08", waiting.PLAIN_SLOTS)),
    **{
        ("09", f"{shape}.weather.burst-{flight}"): {
            "makespan_s": 1.0,
            "failed": 0,
            "answered": flight,
        }
        for shape in ("as-printed", "default-limits")
        for flight in (10, 100, 1000)
    },
    **{
        ("10", f"{name}.closed-1{kept}"): {"overhead_s": value}
        for kept in ("", "-kept")
        for name, value in (
            ("upstream.io", 0.001),
            ("fastapi-svc.async-io", 0.002),
            ("flask-svc.io", 0.008),
            ("flask-gthread.io", 0.008),
        )
    },
    **{
        ("11", cell): {"pss_bytes": 10e6 + 2e6 * workers}
        for cell, workers in zip(memory.IDLE.values(), (1, 2, 4, 8), strict=True)
    },
    **{
        ("11", cell): {"pss_bytes": 10e6 + 2e6 * workers}
        for cell, workers in zip(memory.SHARED, (1, 8), strict=True)
    },
    **{
        ("11", f"{shape}.{route}.hold-{number}"): {
            "pss_bytes": 30e6 + (10e3 if fit == "request" else 20e3) * number
        }
        for fit, (shape, route, numbers) in memory.HELD.items()
        for number in numbers
    },
    **{
        ("12", rates.cell(f"flask-{n}")): {
            **{"requests_per_cpu_s": 4000, "throughput_rps": 4000, "mean_s": 0.03},
            "switches_per_request": 3.0,
        }
        for n in (1, 2, 4)
    },
    ("12", rates.cell("flask-8")): {"switches_per_request": 9.0, "throughput_rps": 3000},
    ("12", rates.cell("gthread-4")): {"throughput_rps": 4000},
    **{
        ("12", rates.cell(f"fastapi-{n}")): {
            **{"requests_per_cpu_s": 20000, "throughput_rps": 20000, "mean_s": 0.01},
        }
        for n in (1, 2, 4)
    },
    ("13", users.flask(100)): users_cell(400) | {"mean_s": 0.25},
    ("13", users.PAUSING): users_cell(6) | {"mean_s": 0.21},
    ("13", users.flask(1000)): users_cell(20),
    ("13", users.flask(10000)): users_cell(20),
    ("13", users.fastapi(100)): users_cell(490),
    ("13", users.fastapi(1000)): users_cell(4500),
    ("13", users.fastapi(10000)): users_cell(30_000),
    ("13", "fastapi-solo.async-io.closed-100"): users_cell(490),
    ("15", memory.SMALL_BOX): users_cell(99),
    ("15", memory.SMALL_BOX_FLASK): users_cell(4),
    **{("16", f"flask-{n}.cpu.closed-8"): {"throughput_rps": 49.0 * n} for n in (1, 2)},
    **{("16", f"fastapi-{n}.cpu.closed-8"): {"throughput_rps": 49.0} for n in (1, 2)},
    ("18", overhead.THREADS): {
        **{"thread_bare_s": 20e-6, "thread_start_s": 60e-6, "thread_create_s": 15e-6},
    },
    **{("20", cell): {"refused_share": 0.9} for cell in small_api.BAD.values()},
    **{("20", cell): {"refused_share": 0.0} for cell in small_api.PAGES.values()},
    ("21", held_open.FLASK_SOCKETS): {"handshakes": 4},
    ("21", held_open.FASTAPI_SOCKETS): {"handshakes": 16},
    ("21", held_open.FLASK_STREAM): {"makespan_s": 3.65},
    ("21", held_open.FASTAPI_STREAM): {"makespan_s": 0.91},
    **{
        ("23", f"{shape}.json.closed-32{kept}"): {"requests_per_cpu_s": rate}
        for shape, rate in (
            ("flask-sync", 4000.0),
            ("flask-granian", 4000.0),
            ("fastapi-uvicorn", 20000.0),
            ("fastapi-granian", 20000.0),
            ("starlette-uvicorn", 20000.0),
            ("starlette-granian", 20000.0),
        )
        for kept in ("", "-new")
    },
    **{
        ("24", f"{shape}.io.burst-16"): {"peak_busy": 1}
        for shape in ("sync", "threads", "greenlets")
    },
    **{
        ("25", cell): {"failed": 0, "answered": 100, "cpu_s_per_request": 0.002}
        for cell in (printed.PRINTED, printed.SHARED, printed.HTTPX)
    },
    ("22", waiting.SOLO): {"peak_busy": 2000, "failed": 0, "answered": 2000},
    ("26", database.AT_POOL): {"makespan_s": 5.0},
    **near_100(*(("26", cell) for cell in (database.USERS_AT_POOL, database.THREADS_AT_POOL))),
    ("27", database.BLOCKING): {"makespan_s": 8.0},
    ("27", database.IN_THREADS): {"makespan_s": 8.0},
    ("27", database.AWAITED): {"makespan_s": 1.02, "failed": 0, "answered": 8},
    **{
        ("28", cell): {"cpu_s_per_request": 150e-6} for cell in (database.ASYNCPG, database.PSYCOPG)
    },
    **{
        ("33", cell): {"cpu_s_per_request": 200e-6}
        for cell in (database.QUICK_BLOCKING, database.QUICK_AWAITED)
    },
}
# In the articles' world coroutines are better than threads, and equal slots do not exist.
RIGHT["08", memory.COROUTINES] |= {"throughput_rps": 190.0, "mean_s": 0.5}
RIGHT["08", memory.COROUTINES]["cpu_s_per_request"] = 0.001
RIGHT["08", waiting.PLAIN_SLOTS]["throughput_rps"] = 190.0

LINES = Code(
    validation_lines=24,
    plain_lines=60,
    plain_statements=60,
    documented_lines=65,
    documented_statements=65,
)
BY_HAND = replace(
    LINES,
    validation_lines=92,
    plain_lines=100,
    plain_statements=100,
    documented_lines=100,
    documented_statements=100,
)
AMOUNTS = Amounts(
    users={"FastAPI": LINES, "Flask by hand": BY_HAND, "Flask with extension": BY_HAND},
    documented_with={"fastapi": ["fastapi"], "flask": ["flask_openapi"]},
    features={
        "websocket": {"fastapi": ["fastapi"], "flask": ["flask", "flask_sock"]},
        "stream": {"fastapi": [], "flask": ["flask", "streams"]},
        "background task": {"fastapi": ["fastapi"], "flask": []},
    },
    commands={"one dash: pip": 0, "one dash: uvicorn": 0, "two dashes: pip": 1},
    serialized={"Flask, models": 3, "Flask, dicts": 3, "FastAPI, models": 0},
)
FITS = {
    "flask-worker": dict(zip(memory.IDLE.values(), (1.0, 2.0, 4.0, 8.0), strict=True)),
    "preloaded-worker": dict(zip(memory.SHARED, (1.0, 8.0), strict=True)),
    **{
        fit: {f"{shape}.{route}.hold-{number}": float(number) for number in numbers}
        for fit, (shape, route, numbers) in memory.HELD.items()
    },
}


def measured(name: str, value: float) -> Measured:
    """Three series that agree within a thousandth; counts agree exactly."""
    if name == "second_wave_share":
        return Measured((value,) * 3, value, max(0.0, value - 0.05), min(1.0, value + 0.05))
    return mean_of_series([value] * 3 if name in EXACT else [value, value * 1.001, value * 0.999])


def burst(cell: str, ends_s: list[float], series: int, lane: int | None = None) -> Measurement:
    """One burst with an answer at each of these times; `lane` requests share a worker."""
    rows = [
        Row(
            Sample(
                start_s=0.0,
                latency_s=end_s,
                status=200,
                target="flask-svc",
                route="io",
                worker_pid=None if lane is None else n // lane,
                upstream_s=0.4,
            )
        )
        for n, end_s in enumerate(ends_s)
    ]
    return Measurement(cell=cell, series=series, began_s=0, wall_s=5, rows=rows)


def process(threads: int = 5, mib: float = 100) -> tuple[Process, ...]:
    return (Process(pid=7, parent=1, cpu_s=1, pss_bytes=round(mib * 2**20), threads=threads),)


def looks(cell: str, *, held: int = 5, mib: float = 100) -> list[Measurement]:
    """Looks at a server's one process: before, while requests are held, and afterwards."""
    return [
        Measurement(
            cell=cell,
            series=series,
            began_s=0,
            wall_s=5,
            before=process(),
            held=process(threads=held),
            after=process(mib=mib),
        )
        for series in SERIES
    ]


def at_once(cell: str, times_s: list[float]) -> list[Measurement]:
    return [burst(cell, times_s, series) for series in SERIES]


def published(requests: int, task_s: float = 1.0) -> list[float]:
    """Answers as article C's formula has them: floor(n / 4) tasks."""
    return [n // 4 * task_s for n in range(1, requests + 1)]


def in_waves(requests: int, task_s: float = 1.0) -> list[float]:
    """Answers as four workers give them: ceil(n / 4) tasks."""
    return [-(-n // 4) * task_s for n in range(1, requests + 1)]


def plain_bursts(even_s: float, crowded_s: float) -> list[Measurement]:
    """Bursts on plain `def`: in each series an even one, and one with 60 requests on one worker."""
    found = []
    for series in SERIES:
        even = burst(burst_of_100.PLAIN, [even_s] * 100, series, lane=25)
        crowded = burst(burst_of_100.PLAIN, [crowded_s] * 100, series, lane=60)
        rows = [*even.rows, *(replace(row, burst=1) for row in crowded.rows)]
        found.append(replace(even, rows=rows))
    return found


MEASUREMENTS: dict[str, list[Measurement]] = {
    "02": [
        *at_once(batches.FLASK_16, published(16)),
        *at_once(batches.FLASK_3, published(3)),
    ],
    "03": looks(batches.ASYNC_HELD, held=9),
    "04": at_once(batches.in_parts(2), published(16, 0.5)),
    "05": plain_bursts(1.08, 2.07),
    "15": [*looks(memory.SMALL_BOX), *looks(memory.SMALL_BOX_FLASK, mib=90)],
    "22": looks(waiting.SOLO, held=6),
}


def world(
    *changes: tuple[str, str, str, float],
    measurements: dict[str, list[Measurement]] | None = None,
    amounts: Amounts | None = AMOUNTS,
    python: str = "3.11.9",
    **more: object,
) -> Findings:
    """The right world, with some numbers changed: (experiment, cell, metric, value)."""
    values = {cell: dict(metrics) for cell, metrics in RIGHT.items()}
    for experiment, cell, metric, value in changes:
        assert metric in values[experiment, cell], "a change of nothing"
        values[experiment, cell][metric] = value
    numbers = {experiment for experiment, _ in values}
    known = MEASUREMENTS | (measurements or {})
    return Findings(
        amounts=amounts,
        found={
            number: Found(
                delay_s=DELAY_S.get(number, 1.0),
                cores=2,
                python=python,
                metrics={
                    cell: {name: measured(name, value) for name, value in metrics.items()}
                    for (experiment, cell), metrics in values.items()
                    if experiment == number
                },
                predicted=dict.fromkeys(small_api.BAD.values(), 0.9),
                fits=FITS if number == "11" else {},
                measurements=known.get(number, []),
                **more,  # type: ignore[arg-type]
            )
            for number in numbers
        },
    )


@cache
def right() -> Findings:
    """The right world, unchanged."""
    return world()


def coded(**changed: object) -> Findings:
    return world(amounts=replace(AMOUNTS, **changed))  # type: ignore[arg-type]


def code_of(name: str, **changed: int) -> Findings:
    code = replace(AMOUNTS.users[name], **changed)
    return coded(users={**AMOUNTS.users, name: code})


def idle(*, by_worker: float) -> list[tuple[str, str, str, float]]:
    """Idle workers that cost so many bytes each, each with its own imports."""
    return [
        ("11", cell, "pss_bytes", 10e6 + by_worker * workers)
        for cell, workers in zip(memory.IDLE.values(), (1, 2, 4, 8), strict=True)
    ]


def shared(by_worker: float) -> list[tuple[str, str, str, float]]:
    return [
        ("11", cell, "pss_bytes", 10e6 + by_worker * workers)
        for cell, workers in zip(memory.SHARED, (1, 8), strict=True)
    ]


def requests_of(by_request: float) -> list[tuple[str, str, str, float]]:
    shape, route, numbers = memory.HELD["request"]
    return [
        ("11", f"{shape}.{route}.hold-{number}", "pss_bytes", 30e6 + by_request * number)
        for number in numbers
    ]


FLASK_16, ASYNC_16 = batches.FLASK_16, batches.ASYNC_16
ONE_USER = "fastapi-svc.async-io.closed-1"
SLOTTED = memory.COROUTINES
CPU = "cpu_s_per_request"
PSS = "requests_per_cpu_s"
WRONG: dict[str, list[Findings]] = {
    # claim: worlds in which some of its parts fail; together they fail each part on each basis
    "C1": [
        world(("02", FLASK_16, "makespan_s", 1.0)),
        world(("02", FLASK_16, "waves", 5)),
    ],
    "C2": [world(("03", ASYNC_16, "makespan_s", 8.0)), world(("03", ASYNC_16, "waves", 2))],
    "C3": [
        world(("04", batches.in_parts(2), "makespan_s", 4.0)),
        world(("04", batches.in_parts(4), "makespan_s", 2.1)),
        world(("04", batches.in_parts(8), "makespan_s", 1.1)),
    ],
    "C4": [
        world(
            measurements={
                "02": [
                    *at_once(FLASK_16, in_waves(16)),
                    *at_once(batches.FLASK_3, in_waves(3)),
                ]
            }
        )
    ],
    "C5": [world(("05", burst_of_100.PLAIN, "makespan_s", 5.0))],
    "C6": [world(measurements={"05": plain_bursts(1.08, 1.4)})],
    "C7": [
        world(("05", burst_of_100.SPLIT, "makespan_s", 1.0)),
        world(("04", burst_of_100.TWO_PARTS, "makespan_s", 0.4)),
    ],
    "C8": [
        *(
            world(("05", f"{shape}.{route}.burst-100", "makespan_s", 7.0))
            for shape, route in burst_of_100.PUBLISHED_RPS
        ),
        world(("05", burst_of_100.PLAIN, "second_wave_share", 0.2)),
    ],
    "C9": [
        world(("01", ONE_USER, "mean_s", 0.3)),
        world(("08", SLOTTED, "throughput_rps", 100)),
    ],
    "C10": [world(measurements={"04": at_once(batches.in_parts(2), in_waves(16, 0.5))})],
    "C11": [
        world(("03", ASYNC_16, "peak_busy", 16)),
        world(measurements={"03": looks(batches.ASYNC_HELD, held=5)}),
    ],
    "A1": [
        world(*idle(by_worker=20e6)),
        world(*shared(9e6)),
        world(*requests_of(33e3)),
        world(*requests_of(2e3)),
    ],
    "A2": [
        world(("10", f"{cell}{kept}", "overhead_s", value))
        for cell, kept, value in (
            ("fastapi-svc.async-io.closed-1", "", 0.009),
            ("fastapi-svc.async-io.closed-1", "-kept", 0.009),
            ("flask-svc.io.closed-1", "", 0.003),
            ("flask-gthread.io.closed-1", "-kept", 0.003),
        )
    ],
    "A3": [
        world(("22", waiting.SOLO, "peak_busy", 500)),
        world(("22", waiting.SOLO, "failed", 400)),
        world(measurements={"22": looks(waiting.SOLO, held=16)}),
    ],
    "A4": [
        world(("11", memory.IDLE["flask-8"], "pss_bytes", 90e6)),
        world(*shared(0.4e6)),
    ],
    "A5": [
        world(("07", waiting.BLOCKING, "peak_busy", 16)),
        world(("07", waiting.AWAITING, "peak_busy", 4)),
        world(("27", waiting.BLOCKING_DRIVER, "makespan_s", 1.0)),
        world(("27", waiting.AWAITED_DRIVER, "makespan_s", 8.0)),
    ],
    "A6": [
        world(measurements={"15": looks(memory.SMALL_BOX, mib=300)}),
        world(("15", memory.SMALL_BOX, "failed", 5)),
        world(("15", memory.SMALL_BOX, "throughput_rps", 70)),
    ],
    "A7": [
        world(("03", ASYNC_16, "peak_busy", 16)),
        *(world(("08", cell, "throughput_rps", 188)) for cell in waiting.WSGI.values()),
    ],
    "A8": [
        world(("18", overhead.THREADS, "thread_bare_s", 3e-6)),
        world(("18", overhead.THREADS, "thread_create_s", 3e-6)),
        world(("18", overhead.THREADS, "thread_start_s", 300e-6)),
    ],
    "A9": [world(("09", "as-printed.weather.burst-100", "failed", 3))],
    "A10": [
        world(("24", f"{shape}.io.burst-16", "peak_busy", 16))
        for shape in ("sync", "threads", "greenlets")
    ],
    "A12": [
        world(("12", rates.cell("flask-8"), "switches_per_request", 3.0)),
        world(("12", rates.cell("flask-8"), "throughput_rps", 4000)),
    ],
    "A14": [
        world(("03", ASYNC_16, "failed", 3)),
        world(("03", batches.ASGI_ASYNC_16, "failed", 3)),
    ],
    "A15": [
        world(("27", database.BLOCKING, "makespan_s", 1.0)),
        world(("27", database.IN_THREADS, "makespan_s", 1.0)),
    ],
    "A18": [coded(commands={"one dash: pip": 2, "one dash: uvicorn": 2})],
    "A20": [world(("25", printed.PRINTED, "failed", 3))],
    "A11": [
        world(("01", ONE_USER, "mean_s", 0.15)),
        world(("01", "flask-svc.async-io.closed-1", "mean_s", 0.16)),
        world(("13", users.flask(100), "throughput_rps", 490)),
        world(("08", SLOTTED, "mean_s", 1.0)),
    ],
    "A13": [
        *(world(("08", cell, CPU, 0.001)) for cell in memory.SLOTS.values()),
        world(*requests_of(30e3)),
        world(*requests_of(2.2e6)),
    ],
    "B1": [
        world(
            *(
                ("12", rates.cell(f"flask-{n}"), metric, 9000)
                for n in (1, 2, 4)
                for metric in (PSS, "throughput_rps")
            ),
        ),
        world(
            *(
                ("12", rates.cell(f"fastapi-{n}"), metric, 9000)
                for n in (1, 2, 4)
                for metric in (PSS, "throughput_rps")
            ),
            *(
                ("23", f"fastapi-{server}.json.closed-32{kept}", PSS, 9000.0)
                for server in ("uvicorn", "granian")
                for kept in ("", "-new")
            ),
        ),
    ],
    "B2": [
        world(
            *(
                ("12", rates.cell(f"{name}-{n}"), "mean_s", 0.002)
                for n in (1, 2, 4)
                for name in ("flask", "fastapi")
            ),
        )
    ],
    "B3": [
        world(
            *(
                ("13", cell(number), "throughput_rps", 10)
                for number in (100, 1000, 10000)
                for cell in (users.flask, users.fastapi)
            ),
        ),
        world(
            *(
                ("13", cell(number), "failed", 5000)
                for number in (100, 1000, 10000)
                for cell in (users.flask, users.fastapi)
            ),
            ("13", users.PAUSING, "mean_s", 0.5),
            ("13", users.flask(10000), "throughput_rps", 40_000),
        ),
    ],
    "B4": [
        world(("20", small_api.BAD[small_api.DEFAULTS], "refused_share", 0.5)),
        world(("20", small_api.BAD["FastAPI"], "refused_share", 0.5)),
        world(("20", small_api.BAD["Flask by hand"], "refused_share", 0.5)),
        code_of("Flask by hand", validation_lines=40),
    ],
    "B5": [
        code_of(
            "FastAPI",
            plain_lines=90,
            plain_statements=90,
            documented_lines=90,
            documented_statements=90,
        )
    ],
    "B6": [
        coded(documented_with={"fastapi": ["other"], "flask": ["flask"]}),
        *(world(("20", cell, "refused_share", 1 / 3)) for cell in small_api.PAGES.values()),
    ],
    "B7": [
        coded(
            features={
                "websocket": {"fastapi": ["fastapi", "other"], "flask": ["flask"]},
                "stream": {"fastapi": ["streams"], "flask": ["flask"]},
            }
        ),
        world(("21", held_open.FASTAPI_SOCKETS, "handshakes", 4)),
        world(("21", held_open.FLASK_SOCKETS, "handshakes", 16)),
        world(("21", held_open.FLASK_STREAM, "makespan_s", 0.95)),
    ],
    "B8": [
        world(("13", "fastapi-solo.async-io.closed-100", "throughput_rps", 20)),
        world(("16", "fastapi-2.cpu.closed-8", "throughput_rps", 97)),
        world(("16", "flask-2.cpu.closed-8", "throughput_rps", 49)),
    ],
    "B9": [
        world(("08", waiting.WSGI["threads"], "throughput_rps", 189)),
        world(("08", waiting.WSGI["threads"], CPU, 0.001)),
    ],
    "B10": [
        world(("23", f"starlette-{server}.json.closed-32", PSS, 40_000.0))
        for server in ("uvicorn", "granian")
    ],
    "B12": [
        world(("03", ASYNC_16, "peak_busy", 16)),
        right(),
    ],
    "B13": [coded(serialized={"Flask, models": 0, "Flask, dicts": 0, "FastAPI, models": 3})],
    "B15": [
        world(("27", database.AWAITED, "failed", 3)),
        world(("27", database.AWAITED, "makespan_s", 2.0)),
    ],
    "B17": [coded(features={"background task": {"fastapi": [], "flask": ["flask"]}})],
}
NOT_DECIDED = {each.id for each in CLAIMS if each.waits_for or not each.parts}
CONTRADICTORY = {"C6", "B12"}
"""Claims whose bases exclude each other, so that they hold at most on one of them."""
AGREEING = {
    # where one article says the contrary of another one
    "C9": world(("01", ONE_USER, "mean_s", 0.15)),
}
IDS = list(WRONG)


def judged(id: str, findings: Findings) -> dict[tuple[str, str], Verdict]:
    """Verdicts by part and basis."""
    return {
        (each.part.what, each.basis.label): each.verdict
        for each in decide(claim(id), findings).outcomes
        if each.verdict is not None
    }


def test_every_claim_with_parts_has_its_cases():
    """So that none is added without them."""
    assert set(IDS) == {each.id for each in CLAIMS} - NOT_DECIDED


@pytest.mark.parametrize("id", IDS)
def test_a_claim_that_agrees_holds(id):
    """Numbers as the article has them."""
    findings = AGREEING.get(id, right())
    decision = decide(claim(id), findings)
    found = set(judged(id, findings).values())

    if claim(id).missing:
        assert decision.verdict is Verdict.UNDECIDABLE
    elif id in CONTRADICTORY:
        assert decision.verdict is Verdict.HOLDS_IF
        assert found == {Verdict.HOLDS, Verdict.FAILS}
    else:
        assert decision.verdict is Verdict.HOLDS, decision.sentence
        assert found == {Verdict.HOLDS}
    assert decision.absences == ()


@pytest.mark.parametrize("id", IDS)
def test_each_part_fails_on_each_basis_in_some_world(id):
    """No outcome stands beforehand."""
    failed = {
        place
        for findings in WRONG[id]
        for place, verdict in judged(id, findings).items()
        if verdict is Verdict.FAILS
    }

    assert set(judged(id, right())) - failed == set()


@pytest.mark.parametrize("id", IDS)
def test_a_claim_fails_or_has_a_condition_where_a_part_fails(id):
    """Unless the statement lacks what it would need."""
    for findings in WRONG[id]:
        decision = decide(claim(id), findings)
        expected = {Verdict.UNDECIDABLE} if claim(id).missing else {Verdict.FAILS, Verdict.HOLDS_IF}

        assert decision.verdict in expected, decision.sentence
        assert (decision.verdict is Verdict.HOLDS_IF) == bool(decision.condition)
        assert (decision.verdict is Verdict.FAILS) == (decision.failing is not None)


READ = [
    (each.id, number, cell)
    for each in CLAIMS
    for number, cell in sorted(
        {
            place
            for part in each.parts
            for basis in part.bases
            if part.claimed or basis.claimed
            for place in basis.quantity.cells()
        }
    )
]


def doubted(findings: Findings, number: str, cell: str, kind: str) -> Findings:
    doubts = {cell: (Doubted(kind, "it was disturbed"),)}  # type: ignore[arg-type]
    found = replace(findings.found[number], doubts=doubts)
    return replace(findings, found={**findings.found, number: found})


@pytest.mark.parametrize(("id", "number", "cell"), READ)
def test_no_doubt_about_a_cell_is_lost(id, number, cell):
    """Each outcome that reads the cell is open, with the doubt as its reason; no other is."""
    decision = decide(claim(id), doubted(right(), number, cell, "upstream-late"))

    for each in decision.outcomes:
        if each.verdict is not None:
            reads = (number, cell) in each.basis.quantity.cells()
            assert (each.verdict is Verdict.INCONCLUSIVE) == reads
            reasons = [(absence.reason, absence.sentence) for absence in each.absences]
            expected = (Reason.UPSTREAM, f"experiment {number}: it was disturbed")
            assert reasons == ([expected] if reads else [])


@pytest.mark.parametrize(
    ("id", "number"), [(each.id, number) for each in CLAIMS for number in each.experiments]
)
def test_without_one_of_its_experiments_a_part_is_not_measured(id, number):
    """It says which was not run, and nothing of the experiment decides."""
    rest = {each: found for each, found in right().found.items() if each != number}
    decision = decide(claim(id), replace(right(), found=rest))

    for each in decision.outcomes:
        if any(read == number for read, _ in each.basis.quantity.cells()):
            assert each.measured is None
            assert each.verdict in (Verdict.UNMEASURED, None)
            [absence] = each.absences
            assert absence == (Reason.NOT_RUN, f"experiment {number} was not run")


@pytest.mark.parametrize(
    ("id", "number"), [(each.id, number) for each in CLAIMS for number in each.experiments]
)
def test_an_interrupted_experiment_decides_nothing(id, number):
    """Whatever numbers there are."""
    found = replace(right().found[number], problem="was interrupted", reason=Reason.FEW)
    decision = decide(claim(id), replace(right(), found={**right().found, number: found}))

    reading = [
        each
        for each in decision.outcomes
        if any(read == number for read, _ in each.basis.quantity.cells())
    ]
    assert {each.verdict for each in reading} <= {Verdict.UNMEASURED, None}
    assert {each.absences for each in reading} == {
        ((Reason.FEW, f"experiment {number} was interrupted"),)
    }


@pytest.mark.parametrize("id", IDS)
def test_a_decision_can_be_shown(id):
    """One sentence with numbers in each world."""
    for findings in [right(), *WRONG[id]]:
        sentence = decide(claim(id), findings).sentence

        assert sentence.endswith(".")
        assert sentence[0].isupper()
        assert any(each.isdigit() for each in sentence)
        assert "\n" not in sentence


@pytest.mark.parametrize(
    ("id", "number", "cell"),
    [
        ("A3", "22", waiting.SOLO),
        ("A6", "15", memory.SMALL_BOX),
        ("A9", "09", "as-printed.weather.burst-100"),
        ("B15", "27", database.AWAITED),
    ],
)
def test_failures_are_no_doubt_where_they_are_the_finding(id, number, cell):
    """Else a server that fails would never fail a claim."""
    findings = doubted(world((number, cell, "failed", 5000)), number, cell, "errors")

    failed = [
        each
        for each in decide(claim(id), findings).outcomes
        if "failed" in each.unit or "failure" in each.part.what
    ]
    assert Verdict.FAILS in {each.verdict for each in failed}


def test_the_generators_own_limit_is_no_doubt_about_processor_time():
    """Rates of a processor second do not depend on it; rates by the wall clock do."""
    findings = right()
    for number in ("12", "23"):
        found = findings.found[number]
        doubts = dict.fromkeys(found.metrics, (Doubted("ceiling", "near"),))
        findings = replace(
            findings, found={**findings.found, number: replace(found, doubts=doubts)}
        )

    by_clock = [
        (verdict, "per second with" in label)
        for (_, label), verdict in judged("B1", findings).items()
    ]
    assert {verdict for verdict, is_clock in by_clock if not is_clock} == {Verdict.HOLDS}
    assert {verdict for verdict, is_clock in by_clock if is_clock} == {Verdict.INCONCLUSIVE}


def test_b1_names_the_basis_on_which_it_holds():
    """By the processor second it may fail where it holds by the wall clock."""
    decision = decide(claim("B1"), world(("12", rates.cell("fastapi-1"), PSS, 11_000)))

    assert decision.verdict is Verdict.HOLDS_IF
    assert rates.TWO in decision.condition
    assert rates.PER_CORE not in decision.condition


def test_one_core_cannot_show_what_a_second_worker_gives():
    """The machine is the reason."""
    findings = right()
    found = replace(findings.found["16"], cores=1)
    decision = decide(claim("B8"), replace(findings, found={**findings.found, "16": found}))

    assert [each.reason for each in decision.absences] == [Reason.MACHINE]


def test_c4_states_the_right_formula_beside_the_published_one():
    """Both are shares of the same answers."""
    outcomes = decide(claim("C4"), WRONG["C4"][0]).outcomes

    assert [(each.verdict, each.measured.middle) for each in outcomes] == [
        (Verdict.FAILS, pytest.approx(100 * 4 / 19)),
        (None, 100),
    ]
    assert decide(claim("C4"), WRONG["C4"][0]).failing == "off by one"


def test_c6_judges_crowded_bursts_and_even_ones_apart():
    """Chance decides how many there are of each, so it must not decide the verdict."""
    measurements = {"05": plain_bursts(1.08, 2.07)}
    decision = decide(claim("C6"), world(measurements=measurements))

    assert decision.verdict is Verdict.HOLDS_IF
    assert decision.condition == "a worker serves more of the requests than it has threads"

    only_one = {"05": [burst(burst_of_100.PLAIN, [1.08] * 100, n, lane=25) for n in SERIES]}
    decision = decide(claim("C6"), world(measurements=only_one))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert [each.reason for each in decision.absences] == [Reason.FEW]


def test_the_baselines_own_spread_is_in_what_a2_measures():
    """Asking the upstream directly varies as much as the service: neither holds nor fails."""
    findings = right()
    metrics = dict(findings.found["10"].metrics)
    metrics["upstream.io.closed-1"] = {"overhead_s": mean_of_series([0.0002, 0.001, 0.004])}
    found = replace(findings.found["10"], metrics=metrics)
    verdicts = judged("A2", replace(findings, found={**findings.found, "10": found}))

    assert {
        verdict
        for (_, label), verdict in verdicts.items()
        if label == "each request opens a connection"
    } == {Verdict.INCONCLUSIVE}


def test_a_quick_run_makes_its_verdicts_provisional():
    """One series shows no spread."""
    findings = world(series=1)

    assert all(decide(each, findings).is_provisional for each in CLAIMS if each.experiments)
    assert not decide(claim("B5"), findings).is_provisional  # counted, not measured


def test_what_a_quick_run_leaves_out_is_named():
    """The reason is not that the experiment was not run."""
    findings = world(quick=True)
    kept = {
        cell: each
        for cell, each in findings.found["13"].metrics.items()
        if not cell.endswith("10000")
    }
    found = replace(findings.found["13"], metrics=kept)
    decision = decide(claim("B3"), replace(findings, found={**findings.found, "13": found}))

    assert {each.reason for each in decision.absences} == {Reason.QUICK}
    assert decision.verdict in OPEN


@pytest.mark.parametrize("id", ["B4", "B5", "B6", "B13", "B17"])
def test_without_the_services_source_nothing_is_said_of_it(id):
    """As in a report that is rebuilt elsewhere."""
    decision = decide(claim(id), world(amounts=None))

    assert "the services' code was not counted" in [each.sentence for each in decision.absences]


def test_nothing_measured_decides_nothing():
    """Only what is counted in the source, and what lacks something, has another verdict."""
    decisions = decide_all(Findings(found={}, amounts=AMOUNTS))
    open_ones = {id for id, each in decisions.items() if each.verdict in OPEN}

    assert set(decisions) - open_ones == {"A18", "B2", "B5", "B13", "B16", "B17"}


@pytest.mark.parametrize("id", sorted(NOT_DECIDED))
def test_a_claim_without_parts_says_what_it_waits_for_or_lacks(id):
    """In its sentence."""
    decision = decide(claim(id), right())

    assert decision.verdict is (Verdict.UNMEASURED if claim(id).waits_for else Verdict.UNDECIDABLE)
    assert (claim(id).waits_for or claim(id).missing)[2:] in decision.sentence


def test_claims_stand_in_the_order_of_their_articles():
    """C first, then by number."""
    places = [("CAB".index(each.source), int(each.id[1:])) for each in CLAIMS]

    assert all(a < b for a, b in pairwise(places))
    assert scaling.ASYNC_VIEW == ASYNC_16

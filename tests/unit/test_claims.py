"""Every claim of the ledger on made findings: it can hold, fail and be inconclusive."""

from dataclasses import replace

import pytest

from lab.claims import (
    batches,
    burst_of_100,
    held_open,
    memory,
    overhead,
    rates,
    scaling,
    small_api,
    users,
    waiting,
)
from lab.claims.code_count import Amounts, Code
from lab.claims.findings import Doubted, Findings, Found
from lab.claims.ledger import CLAIMS, claim, decide_all
from lab.claims.measures import of
from lab.results.measurement import Measurement, Process, Row
from lab.samples import Sample
from lab.verdicts.estimates import Line
from lab.verdicts.judgement import Measured, Verdict

HOLDS, FAILS, INCONCLUSIVE = Verdict.HOLDS, Verdict.FAILS, Verdict.INCONCLUSIVE
DOUBT = "the upstream answered up to 80 ms late, with a delay of 1.0 s"
DOUBTED = (Doubted("", DOUBT),)


def three(value: float) -> Measured:
    """A number that three repeats agree on within a thousandth."""
    return of([value, value * 1.001, value * 0.999])


def exactly(value: float) -> Measured:
    """A count: the same in each repeat."""
    return of([value] * 3)


def share(middle: float, low: float, high: float) -> Measured:
    """A share of bursts with its interval."""
    return Measured((middle,) * 3, middle, low, high)


def fitted(slope: float, error: float) -> Line:
    return Line(slope, error, 0.0, ((1.0, slope), (2.0, 2 * slope), (4.0, 4 * slope)))


def burst(cell: str, ends_s: list[float], repeat: int) -> Measurement:
    """One burst with an answer at each of these times."""
    rows = [Row(Sample(0.0, end_s, 200, "flask-svc", "io")) for end_s in ends_s]
    return Measurement(cell=cell, series=repeat, began_s=0, wall_s=5, rows=rows)


def process(cell: str, repeat: int, *, threads: int = 1, mib: float = 1) -> Measurement:
    """A look at the server's one process afterwards."""
    looked = (Process(pid=7, parent=1, cpu_s=1, pss_bytes=round(mib * 2**20), threads=threads),)
    return Measurement(cell=cell, series=repeat, began_s=0, wall_s=5, after=looked)


def answers(ends: dict[str, list[float]]) -> list[Measurement]:
    return [burst(cell, times, repeat) for cell, times in ends.items() for repeat in (1, 2, 3)]


def threads(by_cell: dict[str, int]) -> list[Measurement]:
    """Looks before and while requests are held: 5 threads, then as many as given."""
    return [
        replace(
            process(cell, repeat),
            before=process(cell, repeat, threads=5).after,
            held=process(cell, repeat, threads=number).after,
        )
        for cell, number in by_cell.items()
        for repeat in (1, 2, 3)
    ]


def afterwards(by_cell: dict[str, float]) -> list[Measurement]:
    return [process(cell, repeat, mib=mib) for cell, mib in by_cell.items() for repeat in (1, 2, 3)]


def published(requests: int) -> list[float]:
    """Answers as article C's formula has them: floor(n / 4) tasks."""
    return [float(n // 4) for n in range(1, requests + 1)]


def waves(requests: int) -> list[float]:
    """Answers as four workers give them: ceil(n / 4) tasks."""
    return [float(-(-n // 4)) for n in range(1, requests + 1)]


def cells(values: dict[str, float], metric: str) -> dict[str, dict[str, Measured]]:
    return {cell: {metric: three(value)} for cell, value in values.items()}


# Numbers with which all three articles are right in every sentence.
SIX = {
    burst_of_100.cell(shape, route): 100 / rate
    for (shape, route), rate in burst_of_100.PUBLISHED_RPS.items()
}
WITH_WAVES = {cell: {"makespan_s": three(time_s)} for cell, time_s in SIX.items()}
WITH_WAVES[burst_of_100.cell("fastapi-svc", "io")]["waves"] = exactly(2)
PARTS = {
    **{f"flask-svc.async-io-multi.p{p}.burst-16": 4 / p for p in batches.PARTS},
    "fastapi-svc.async-io-multi.p1.burst-100": 1.07,
    "fastapi-svc.async-io-multi.p2.burst-100": 0.57,
}
MEMORY = {"idle-1": 12e6, "idle-2": 14e6, "idle-4": 18e6, "idle-8": 26e6}
PLACES = {"idle-1": 1.0, "idle-2": 2.0, "idle-4": 4.0, "idle-8": 8.0}
FITS = (memory.FASTAPI_WORKER, memory.THREAD, memory.GREENLET, memory.REQUEST)
AMOUNTS = Amounts(
    users={
        "FastAPI": Code(
            validation_lines=24,
            plain_lines=60,
            plain_statements=60,
            documented_lines=65,
            documented_statements=65,
        ),
        "Flask by hand": Code(
            validation_lines=92,
            plain_lines=100,
            plain_statements=100,
            documented_lines=100,
            documented_statements=100,
        ),
        "Flask with extension": Code(
            validation_lines=27,
            plain_lines=95,
            plain_statements=95,
            documented_lines=110,
            documented_statements=110,
        ),
    },
    documented_with={"fastapi": ["fastapi"], "flask": ["flask_openapi"]},
)


def users_cell(throughput_rps: float, failed: float = 0, **more: Measured) -> dict[str, Measured]:
    return {
        "throughput_rps": three(throughput_rps),
        "failed": exactly(failed),
        "answered": exactly(10_000),
        **more,
    }


AGREE = Findings(
    amounts=AMOUNTS,
    found={
        "02": Found(
            workers={"flask-svc": 4},
            metrics={
                batches.FLASK_16: {"makespan_s": three(4.02), "waves": exactly(4)},
                batches.FLASK_3: {"makespan_s": three(1.01)},
            },
            measurements=answers({batches.FLASK_16: published(16), batches.FLASK_3: published(3)}),
        ),
        "03": Found(metrics=cells({batches.FLASK_16: 4.02, batches.ASYNC_16: 4.08}, "makespan_s")),
        "04": Found(metrics=cells(PARTS, "makespan_s")),
        "05": Found(workers={"flask-svc": 4}, metrics=WITH_WAVES),
        "06": Found(
            metrics={
                burst_of_100.FORTY: {"second_wave_share": share(0.9, 0.7, 0.98)},
                burst_of_100.HUNDRED: {"second_wave_share": share(0.0, 0.0, 0.15)},
                burst_of_100.OWN: {"second_wave_share": share(0.0, 0.0, 0.15)},
                burst_of_100.AWAITED: {"second_wave_share": share(0.0, 0.0, 0.15)},
            }
        ),
        "07": Found(
            workers={"fastapi-svc": 4},
            metrics={
                waiting.BLOCKING: {"peak_busy": exactly(4)},
                waiting.AWAITING: {"peak_busy": exactly(16)},
            },
        ),
        "08": Found(
            metrics=cells(
                {waiting.FASTAPI_SLOTS: 190.0, **dict.fromkeys(waiting.FLASK_SLOTS.values(), 90.0)},
                "throughput_rps",
            )
        ),
        "09": Found(
            metrics=cells(
                {
                    **dict.fromkeys(waiting.PRINTED.values(), 1.1),
                    **dict.fromkeys(waiting.SHARED.values(), 1.0),
                },
                "makespan_s",
            )
        ),
        "10": Found(
            metrics=cells(
                {overhead.DIRECT: 0.001, overhead.FASTAPI: 0.002, overhead.FLASK: 0.008},
                "overhead_s",
            )
        ),
        "11": Found(
            metrics=cells(MEMORY, "pss_bytes"),
            lines={memory.FLASK_WORKER: fitted(2e6, 1e4)} | dict.fromkeys(FITS, fitted(10e3, 1e2)),
            fits={memory.FLASK_WORKER: PLACES} | {fit: {fit: 100.0} for fit in FITS},
        ),
        "12": Found(
            metrics={
                rates.FLASK: {"requests_per_cpu_s": three(4000), "mean_s": three(0.03)},
                rates.FASTAPI: {"requests_per_cpu_s": three(20000), "mean_s": three(0.01)},
                rates.FLASK_4: {"throughput_rps": three(7000)},
                rates.FASTAPI_4: {"throughput_rps": three(22000)},
            }
        ),
        "13": Found(
            delay_s=0.2,
            workers={"flask-svc": 4},
            metrics={
                users.flask(100): users_cell(400),
                users.flask(1000): users_cell(20.0),
                users.flask(10000): users_cell(20.0, failed=500),
                users.fastapi(100): users_cell(490),
                users.fastapi(1000): users_cell(4500),
                users.fastapi(10000): users_cell(30_000),
                scaling.ONE_PROCESS: users_cell(490),
            },
        ),
        "22": Found(
            metrics={
                waiting.SOLO: {
                    "peak_busy": exactly(2000),
                    "failed": exactly(0),
                    "answered": exactly(2000),
                }
            },
            measurements=threads({waiting.SOLO: 6}),
        ),
        "15": Found(
            metrics={
                memory.SMALL_BOX: {"throughput_rps": three(99.0), "failed": exactly(0)},
                memory.SMALL_BOX_FLASK: {},
            },
            measurements=afterwards({memory.SMALL_BOX: 100, memory.SMALL_BOX_FLASK: 90}),
        ),
        "16": Found(
            cores=2,
            metrics=cells(
                {scaling.FLASK[0]: 49, scaling.FLASK[1]: 97, **dict.fromkeys(scaling.FASTAPI, 49)},
                "throughput_rps",
            ),
        ),
        "18": Found(
            metrics={
                overhead.THREADS: {"thread_bare_s": three(20e-6), "thread_start_s": three(60e-6)}
            }
        ),
        "20": Found(
            metrics={
                **{cell: {"refused_share": exactly(0.9)} for cell in small_api.BAD.values()},
                **{cell: {"refused_share": exactly(0.0)} for cell in small_api.PAGES.values()},
            },
            predicted=dict.fromkeys(small_api.BAD.values(), 0.9),
        ),
        "21": Found(
            workers={"flask-svc": 4},
            metrics={
                held_open.FLASK_SOCKETS: {"handshakes": exactly(4)},
                held_open.FASTAPI_SOCKETS: {"handshakes": exactly(16)},
                held_open.FLASK_STREAM: {"makespan_s": three(3.65)},
                held_open.FASTAPI_STREAM: {"makespan_s": three(0.91)},
            },
        ),
    },
)


def with_found(findings: Findings, number: str, **changed: object) -> Findings:
    found = replace(findings.found[number], **changed)
    return replace(findings, found=dict(findings.found) | {number: found})


def but(number: str, cell: str, metric: str, measured: Measured) -> Findings:
    """Everything as it was, and this one otherwise."""
    metrics = AGREE.found[number].metrics
    return with_found(AGREE, number, metrics={**metrics, cell: {**metrics[cell], metric: measured}})


def slope(fit: str, slope: float, error: float) -> Findings:
    lines = AGREE.found["11"].lines
    return with_found(AGREE, "11", lines={**lines, fit: fitted(slope, error)})


def first_answers(*repeats: list[float]) -> Findings:
    """Sixteen answers at these times, in each repeat."""
    measurements = [
        burst(batches.FLASK_16, times, repeat) for repeat, times in enumerate(repeats, start=1)
    ]
    few = [each for each in AGREE.found["02"].measurements if each.cell == batches.FLASK_3]
    return with_found(AGREE, "02", measurements=[*measurements, *few])


def saving(plain: int) -> Findings:
    """FastAPI with so many lines, where Flask by hand has 100 and with an extension 95."""
    code = Code(
        validation_lines=24,
        plain_lines=plain,
        plain_statements=plain,
        documented_lines=plain,
        documented_statements=plain,
    )
    return replace(AGREE, amounts=replace(AMOUNTS, users={**AMOUNTS.users, "FastAPI": code}))


def documented_by(framework: str, packages: list[str]) -> Findings:
    made_with = {**AMOUNTS.documented_with, framework: packages}
    return replace(AGREE, amounts=replace(AMOUNTS, documented_with=made_with))


def looked(number: str, measurements: list[Measurement]) -> Findings:
    """Other looks at the processes of some cells; the rest as it was."""
    cells = {each.cell for each in measurements}
    rest = [each for each in AGREE.found[number].measurements if each.cell not in cells]
    return with_found(AGREE, number, measurements=[*rest, *measurements])


def makespan(number: str, cell: str, measured: Measured) -> Findings:
    return but(number, cell, "makespan_s", measured)


def rate(number: str, cell: str, measured: Measured) -> Findings:
    return but(number, cell, "throughput_rps", measured)


def six(shape: str, route: str, measured: Measured) -> Findings:
    return makespan("05", burst_of_100.cell(shape, route), measured)


SECOND = "second_wave_share"
FASTAPI_ONE, FASTAPI_TWO = (f"fastapi-svc.async-io-multi.p{p}.burst-100" for p in (1, 2))
FAILS_WITH = {
    # claim: findings with which it fails, one for each of its parts
    "C1": (
        makespan("02", batches.FLASK_16, three(1.0)),
        but("02", batches.FLASK_16, "waves", exactly(5)),
    ),
    "C2": (
        makespan("03", batches.ASYNC_16, three(1.1)),
        makespan("03", batches.ASYNC_16, three(8.0)),
    ),
    "C3": (
        makespan("04", "flask-svc.async-io-multi.p2.burst-16", three(4.0)),
        makespan("04", "flask-svc.async-io-multi.p4.burst-16", three(2.1)),
        makespan("04", "flask-svc.async-io-multi.p8.burst-16", three(1.1)),
    ),
    "C4": (first_answers(waves(16), waves(16)),),
    "C5": (six("fastapi-svc", "io", three(5.0)),),
    "C6": (
        but("06", burst_of_100.FORTY, SECOND, share(0.2, 0.08, 0.4)),
        but("06", burst_of_100.AWAITED, SECOND, share(0.9, 0.7, 0.98)),
    ),
    "C7": (
        makespan("04", FASTAPI_TWO, three(1.0)),
        six("fastapi-svc", "async-io-multi", three(1.0)),
        makespan("04", FASTAPI_TWO, three(0.4)),
    ),
    "C8": tuple(six(shape, route, three(7.0)) for shape, route in burst_of_100.PUBLISHED_RPS),
    "A1": (
        slope(memory.FLASK_WORKER, 20e6, 1e5),
        slope(memory.REQUEST, 33e3, 1e3),
        slope(memory.REQUEST, 2e3, 1e2),
    ),
    "A2": (
        but("10", overhead.FLASK, "overhead_s", three(0.003)),
        but("10", overhead.FASTAPI, "overhead_s", three(0.004)),
        but("10", overhead.DIRECT, "overhead_s", three(0.004)),
    ),
    "A3": (
        looked("22", threads({waiting.SOLO: 16})),
        but("22", waiting.SOLO, "failed", exactly(400)),
        but("22", waiting.SOLO, "peak_busy", exactly(500)),
    ),
    "A4": (but("11", "idle-8", "pss_bytes", three(90e6)),),
    "A5": (
        but("07", waiting.BLOCKING, "peak_busy", exactly(16)),
        but("07", waiting.AWAITING, "peak_busy", exactly(4)),
    ),
    "A6": (
        looked("15", afterwards({memory.SMALL_BOX: 300})),
        but("15", memory.SMALL_BOX, "failed", exactly(1)),
        rate("15", memory.SMALL_BOX, three(70.0)),
    ),
    "A7": tuple(
        rate("08", waiting.FLASK_SLOTS[name], three(188.0)) for name in ("threads", "greenlets")
    ),
    "A8": tuple(
        but("18", overhead.THREADS, "thread_bare_s", three(time_s)) for time_s in (3e-6, 300e-6)
    ),
    "A9": (makespan("09", waiting.PRINTED[100], three(2.6)),),
    "B1": (
        but("12", rates.FLASK, "requests_per_cpu_s", three(5500)),
        but("12", rates.FASTAPI, "requests_per_cpu_s", three(14000)),
        but("12", rates.FLASK, "requests_per_cpu_s", three(1500)),
        with_found(
            AGREE,
            "12",
            metrics={
                **AGREE.found["12"].metrics,
                rates.FLASK: {"requests_per_cpu_s": three(2100), "mean_s": three(0.03)},
                rates.FASTAPI: {"requests_per_cpu_s": three(29000), "mean_s": three(0.01)},
            },
        ),
    ),
    "B2": (
        but("12", rates.FLASK, "mean_s", three(0.010)),
        but("12", rates.FASTAPI, "mean_s", three(0.004)),
    ),
    "B3": (
        rate("13", users.flask(100), three(20)),
        rate("13", users.fastapi(100), three(100)),
        rate("13", users.flask(1000), three(200)),
        rate("13", users.fastapi(1000), three(900)),
        rate("13", users.flask(10000), three(40_000)),
        rate("13", users.fastapi(10000), three(9000)),
        *(
            but("13", cell, "failed", exactly(5000))
            for cell in (
                users.flask(100),
                users.fastapi(100),
                users.fastapi(1000),
                users.fastapi(10000),
            )
        ),
    ),
    "B4": (
        but("20", small_api.BAD["FastAPI"], "refused_share", exactly(0.5)),
        but("20", small_api.BAD["Flask by hand"], "refused_share", exactly(0.5)),
        replace(
            AGREE,
            amounts=replace(
                AMOUNTS,
                users={
                    **AMOUNTS.users,
                    "Flask by hand": replace(AMOUNTS.users["Flask by hand"], validation_lines=40),
                },
            ),
        ),
    ),
    "B5": (saving(90), saving(20)),
    "B6": (
        documented_by("flask", ["flask"]),
        documented_by("fastapi", ["other"]),
        *(but("20", cell, "refused_share", exactly(1 / 3)) for cell in small_api.PAGES.values()),
    ),
    "B7": (
        but("21", held_open.FLASK_SOCKETS, "handshakes", exactly(16)),
        but("21", held_open.FASTAPI_SOCKETS, "handshakes", exactly(4)),
        makespan("21", held_open.FLASK_STREAM, three(0.95)),
    ),
    "B8": (
        rate("16", scaling.FASTAPI[1], three(97)),
        rate("16", scaling.FLASK[1], three(49)),
        rate("13", scaling.ONE_PROCESS, three(20)),
    ),
}
STRADDLES_WITH = {
    # claim: findings that lie on both sides of an edge of one part
    "C1": makespan("02", batches.FLASK_16, of([4.0, 4.3, 4.5])),
    "C2": makespan("03", batches.ASYNC_16, of([4.0, 4.3, 4.7])),
    "C3": makespan("04", "flask-svc.async-io-multi.p8.burst-16", of([0.9, 1.0, 1.2])),
    "C4": first_answers(waves(16), published(16)),
    "C5": six("fastapi-svc", "io", of([2.0, 2.4, 2.6])),
    "C6": but("06", burst_of_100.FORTY, SECOND, share(0.5, 0.3, 0.7)),
    "C7": six("fastapi-svc", "async-io-multi", of([0.5, 0.6, 0.7])),
    "C8": six("fastapi-svc", "io", of([1.06, 2.02, 2.1])),
    "A1": slope(memory.REQUEST, 19e3, 1e3),
    "A2": but("10", overhead.FASTAPI, "overhead_s", of([0.002, 0.003, 0.004])),
    "A3": but("22", waiting.SOLO, "failed", of([0, 0, 400])),
    "A4": but("11", "idle-8", "pss_bytes", of([26e6, 26e6, 90e6])),
    "A5": but("07", waiting.BLOCKING, "peak_busy", of([4, 4, 5])),
    "A6": rate("15", memory.SMALL_BOX, of([99, 95, 80])),
    "A7": rate("08", waiting.FLASK_SLOTS["greenlets"], of([165, 170, 180])),
    "A8": but("18", overhead.THREADS, "thread_bare_s", of([80e-6, 90e-6, 120e-6])),
    "A9": makespan("09", waiting.PRINTED[100], of([1.2, 1.25, 1.4])),
    "B1": but("12", rates.FASTAPI, "requests_per_cpu_s", of([14000, 15000, 16000])),
    "B2": but("12", rates.FASTAPI, "mean_s", of([0.004, 0.005, 0.006])),
    "B3": rate("13", users.fastapi(1000), of([2000, 2500, 3000])),
    "B4": but("20", small_api.BAD["Flask by hand"], "refused_share", of([0.9, 0.9, 0.8])),
    "B5": saving(48),
    "B6": but("20", small_api.PAGES["flask"], "refused_share", of([0, 0, 0.3])),
    "B7": but("21", held_open.FASTAPI_SOCKETS, "handshakes", of([16, 16, 15])),
    "B8": rate("16", scaling.FLASK[1], of([97, 90, 80])),
}
IDS = list(FAILS_WITH)
FAILING = [(id, number) for id, cases in FAILS_WITH.items() for number in range(len(cases))]
DECIDED_BY = [(each.id, number) for each in CLAIMS for number in each.experiments]


def test_every_claim_has_its_cases():
    """So that none is added without them."""
    assert IDS == list(STRADDLES_WITH) == [each.id for each in CLAIMS]


@pytest.mark.parametrize("id", IDS)
def test_a_claim_that_agrees_holds(id):
    """Numbers as the article has them."""
    decision = claim(id).decide(AGREE)

    assert decision.verdict is HOLDS, decision
    assert decision.reasons == ()


@pytest.mark.parametrize(("id", "number"), FAILING)
def test_a_claim_that_does_not_agree_in_one_part_fails(id, number):
    """One number far off."""
    decision = claim(id).decide(FAILS_WITH[id][number])

    assert decision.verdict is FAILS, decision
    assert decision.reasons == ()


@pytest.mark.parametrize("id", IDS)
def test_a_claim_on_both_sides_of_an_edge_is_inconclusive(id):
    """It says which number, and which edge."""
    decision = claim(id).decide(STRADDLES_WITH[id])

    assert decision.verdict is INCONCLUSIVE, decision
    assert len(decision.reasons) == 1
    assert "on both sides of the claim's edge" in decision.reasons[0]


@pytest.mark.parametrize("which", ["agrees", "fails", "straddles"])
@pytest.mark.parametrize("id", IDS)
def test_a_decision_can_be_shown(id, which):
    """One sentence with numbers, and a range and a measurement that fit the verdict."""
    findings = {
        "agrees": AGREE,
        "fails": FAILS_WITH[id][0],
        "straddles": STRADDLES_WITH[id],
    }[which]
    decision = claim(id).decide(findings)

    assert decision.sentence.endswith(".")
    assert any(each.isdigit() for each in decision.sentence)
    assert "\n" not in decision.sentence
    low, high = decision.claimed
    found = decision.measured
    inside = low - 1e-9 <= found.low and found.high <= high + 1e-9
    outside = found.high < low or found.low > high
    assert (inside, outside) == (which == "agrees", which == "fails")
    assert decision.unit


@pytest.mark.parametrize(("id", "number"), DECIDED_BY)
def test_without_one_of_its_experiments_a_claim_is_not_decided(id, number):
    """It says which was not run."""
    rest = {each: found for each, found in AGREE.found.items() if each != number}
    decision = claim(id).decide(replace(AGREE, found=rest))

    assert decision.verdict is INCONCLUSIVE
    assert decision.reasons == (f"experiment {number} was not run",)
    assert decision.sentence == f"Not decided: experiment {number} was not run."
    assert decision.claimed is decision.measured is None


@pytest.mark.parametrize("problem", ["was interrupted", "cannot run here: needs Docker"])
@pytest.mark.parametrize(("id", "number"), DECIDED_BY)
def test_with_one_that_did_not_come_out_whole_it_is_not_decided(id, number, problem):
    """Whatever numbers there are."""
    decision = claim(id).decide(with_found(AGREE, number, problem=problem))

    assert decision.verdict is INCONCLUSIVE
    assert decision.reasons == (f"experiment {number} {problem}",)


@pytest.mark.parametrize(("id", "number"), DECIDED_BY)
def test_no_other_experiment_changes_it(id, number):
    """Those that a claim names are all that it looks at."""
    own = {each: AGREE.found[each] for each in claim(id).experiments}

    assert claim(id).decide(replace(AGREE, found=own)) == claim(id).decide(AGREE)


@pytest.mark.parametrize(("id", "number"), DECIDED_BY)
def test_other_numbers_of_an_experiment_change_what_is_said(id, number):
    """No decision stands beforehand: poisoned, rising or falling, it says something else."""
    found, agreeing = AGREE.found[number], claim(id).decide(AGREE)
    decisions = []
    for poison in (lambda place: 0.77 + 31 * place, lambda place: 777 / place):
        metrics = {
            cell: {name: exactly(poison(place + order)) for order, name in enumerate(metrics)}
            for place, (cell, metrics) in enumerate(found.metrics.items(), start=1)
        }
        poisoned = with_found(
            AGREE,
            number,
            metrics=metrics,
            lines={name: fitted(77e6, 1e3) for name in found.lines},
            measurements=[
                replace(
                    each,
                    rows=(),
                    after=(Process(pid=1, parent=0, cpu_s=0, pss_bytes=9**9, threads=99),),
                )
                for each in found.measurements
            ],
        )
        decisions.append(claim(id).decide(poisoned))

    assert agreeing.sentence not in [each.sentence for each in decisions]
    # Article C's single looks are told beside what decides, which is how often.
    if (id, number) != ("C6", "05"):
        assert [each.verdict for each in decisions] != [HOLDS, HOLDS]


TOLD_BESIDE = {
    # cells of which a number stands in the sentence, and decides nothing
    "C6": {
        burst_of_100.HUNDRED,
        burst_of_100.OWN,
        *(burst_of_100.cell(*each) for each in burst_of_100.PUBLISHED_RPS),
    },
    "A6": {memory.SMALL_BOX_FLASK},
    "A9": {*waiting.PRINTED.values(), *waiting.SHARED.values()}
    - {waiting.PRINTED[100], waiting.SHARED[100]},
    "B1": {rates.FLASK_4, rates.FASTAPI_4},
    "B4": {small_api.BAD["Flask with extension"]},
}
DECIDING = {
    # where an experiment has cells for more than one claim, those of this one
    ("C3", "04"): {cell for cell in PARTS if cell.startswith("flask")},
    ("C5", "05"): {burst_of_100.cell(shape, "io") for shape in ("flask-svc", "fastapi-svc")},
    ("C7", "04"): {FASTAPI_ONE, FASTAPI_TWO},
    ("C7", "05"): {
        burst_of_100.cell("fastapi-svc", each) for each in ("async-io", "async-io-multi")
    },
    ("C1", "02"): {batches.FLASK_16},
    ("B3", "13"): {
        *(users.flask(number) for number in (100, 1000, 10000)),
        *(users.fastapi(number) for number in (100, 1000, 10000)),
    },
    ("B8", "13"): {scaling.ONE_PROCESS},
    ("B2", "12"): {rates.FLASK, rates.FASTAPI},
    ("B4", "20"): set(small_api.BAD.values()),
    ("B6", "20"): set(small_api.PAGES.values()),
    ("A1", "11"): {*MEMORY, memory.REQUEST},
    ("A4", "11"): set(MEMORY),
    ("A7", "08"): {waiting.FASTAPI_SLOTS, waiting.FLASK_SLOTS["threads"]},
}
CELLS = [
    (id, number, cell)
    for id, number in DECIDED_BY
    for cell in sorted(
        DECIDING.get((id, number), set(AGREE.found[number].metrics)) - TOLD_BESIDE.get(id, set())
    )
]


@pytest.mark.parametrize(("id", "number", "cell"), CELLS)
def test_a_doubt_about_one_cell_makes_it_inconclusive(id, number, cell):
    """Wherever the numbers lie."""
    doubted = with_found(AGREE, number, doubts={cell: DOUBTED})

    decision = claim(id).decide(doubted)

    assert decision.verdict is INCONCLUSIVE
    assert decision.reasons == (f"experiment {number}: {DOUBT}",)


@pytest.mark.parametrize("id", TOLD_BESIDE)
def test_a_doubt_about_what_is_told_beside_changes_nothing(id):
    """The verdict rests on other cells."""
    doubts = dict.fromkeys(TOLD_BESIDE[id], DOUBTED)
    findings = AGREE
    for number in claim(id).experiments:
        findings = with_found(findings, number, doubts=doubts)

    assert claim(id).decide(findings) == claim(id).decide(AGREE)


@pytest.mark.parametrize(("id", "number"), FAILING)
def test_a_doubt_about_everything_leaves_no_failure(id, number):
    """A claim that would fail is inconclusive as well; what was counted in code has no doubts."""
    findings = FAILS_WITH[id][number]
    for each, found in findings.found.items():
        cells = [*found.metrics, *(cell for fit in found.fits.values() for cell in fit)]
        findings = with_found(findings, each, doubts=dict.fromkeys(cells, DOUBTED))
    by_code = [("B4", 2), ("B5", 0), ("B5", 1), ("B6", 0), ("B6", 1)]

    decision = claim(id).decide(findings)

    assert decision.verdict is (FAILS if (id, number) in by_code else INCONCLUSIVE)


@pytest.mark.parametrize(
    ("id", "cell"),
    [
        ("A3", waiting.SOLO),
        ("A6", memory.SMALL_BOX),
        ("B3", users.fastapi(10000)),
    ],
)
def test_failures_are_no_doubt_where_they_are_the_finding(id, cell):
    """Else a server that fails would never fail a claim."""
    number = {"A3": "22", "A6": "15", "B3": "13"}[id]
    failing = but(number, cell, "failed", exactly(5000))
    failing = with_found(failing, number, doubts={cell: (Doubted("errors", "5,000 failed"),)})

    assert claim(id).decide(failing).verdict is FAILS


SLOW = {"02": 0.2, "04": 0.5, "05": 0.4, "15": 0.5}
SCALED = {"makespan_s": 1, "throughput_rps": -1}


@pytest.mark.parametrize("id", ["C1", "C3", "C4", "C5", "C7", "C8", "A6", "B3", "B8"])
def test_a_shorter_task_is_the_same_claim(id):
    """Everything takes so much less time, or comes so much more often."""
    findings = AGREE
    for number, delay_s in {**SLOW, "13": 0.1}.items():
        found = AGREE.found[number]
        factor = delay_s / found.delay_s
        findings = with_found(
            findings,
            number,
            delay_s=delay_s,
            metrics={
                cell: {
                    name: of([value * factor ** SCALED.get(name, 0) for value in each.values])
                    for name, each in metrics.items()
                }
                for cell, metrics in found.metrics.items()
            },
            measurements=[
                replace(
                    each,
                    rows=[
                        replace(
                            row,
                            sample=replace(row.sample, latency_s=row.sample.latency_s * factor),
                        )
                        for row in each.rows
                    ],
                )
                for each in found.measurements
            ],
        )

    assert claim(id).decide(findings).verdict is HOLDS
    slower = {number: replace(each, delay_s=9.0) for number, each in AGREE.found.items()}
    if id not in ("C3", "C5", "C7"):  # ratios of one delay
        assert claim(id).decide(replace(AGREE, found=slower)).verdict is FAILS


QUICK_EDGES = [
    ("C1", makespan("02", batches.FLASK_16, three(4.6))),
    ("C3", makespan("04", "flask-svc.async-io-multi.p2.burst-16", three(2.3))),
    ("C8", six("flask-svc", "io", three(29))),
    ("A6", rate("15", memory.SMALL_BOX, three(85))),
    ("B3", rate("13", users.flask(1000), three(17))),
    ("B7", makespan("21", held_open.FLASK_STREAM, three(4.2))),
    ("B8", rate("16", scaling.FLASK[1], three(85))),
]


@pytest.mark.parametrize(("id", "findings"), QUICK_EDGES)
def test_a_quick_run_allows_more(id, findings):
    """What is just outside of a full run's tolerance is inside of a quick one's."""
    assert claim(id).decide(findings).verdict is FAILS
    quick = with_found(findings, "02", quick=True)
    assert claim(id).decide(quick).verdict is HOLDS


def test_a_quick_run_may_leave_cells_out():
    """B3 fails by what was measured, and else says what was left out; A9 tells less."""
    kept = {
        cell: each
        for cell, each in AGREE.found["13"].metrics.items()
        if not cell.endswith(("1000", "10000"))
    }
    short = with_found(AGREE, "13", metrics=kept)
    decision = claim("B3").decide(short)
    assert decision.verdict is INCONCLUSIVE
    assert "FastAPI with 10,000 users: left out of a quick run" in decision.reasons
    saturated = with_found(short, "13", metrics={**kept, users.flask(100): users_cell(20)})
    assert claim("B3").decide(saturated).verdict is FAILS

    most = {waiting.PRINTED[1000], waiting.SHARED[1000]}
    fewer = {cell: each for cell, each in AGREE.found["09"].metrics.items() if cell not in most}
    decision = claim("A9").decide(with_found(AGREE, "09", metrics=fewer))
    assert decision.verdict is HOLDS
    assert "10 and 100 requests" in decision.sentence


@pytest.mark.parametrize("id", ["B4", "B5", "B6"])
def test_without_the_services_source_nothing_is_said_of_it(id):
    """As in a report that is rebuilt elsewhere."""
    decision = claim(id).decide(replace(AGREE, amounts=None))

    assert decision.reasons == ("the services' code was not counted",)


def test_the_generators_own_limit_is_no_doubt_about_processor_time():
    """B1 is read per core for that reason; B2's latencies contain the generator."""
    doubts = dict.fromkeys(AGREE.found["12"].metrics, (Doubted("ceiling", DOUBT),))
    limited = with_found(AGREE, "12", doubts=doubts)

    assert claim("B1").decide(limited).verdict is HOLDS
    assert claim("B2").decide(limited).verdict is INCONCLUSIVE


def test_one_core_cannot_show_what_a_second_worker_gives():
    """B8 says so."""
    decision = claim("B8").decide(with_found(AGREE, "16", cores=1))

    assert decision.verdict is INCONCLUSIVE
    assert "this machine has one" in decision.sentence


def test_a_quick_run_has_wider_tolerances():
    """15 % beside the claim is outside of a full run's tolerance, and inside of a quick one's."""
    longer = but("03", batches.ASYNC_16, "makespan_s", three(4.62))

    assert claim("C2").decide(longer).verdict is FAILS
    assert claim("C2").decide(with_found(longer, "03", quick=True)).verdict is HOLDS


def test_nothing_measured_decides_nothing():
    """Each claim says which experiment it waits for, and the count of the code needs none."""
    decisions = decide_all(Findings(found={}, amounts=AMOUNTS))

    assert [each for each, found in decisions.items() if found.verdict is not INCONCLUSIVE] == [
        "B5"
    ]
    for each in CLAIMS:
        if each.experiments:
            assert decisions[each.id].reasons[0] in {
                f"experiment {number} was not run" for number in each.experiments
            }


def test_the_formula_of_article_c_is_told_beside_the_right_one():
    """C4 counts the answers that each of them gets right."""
    decision = claim("C4").decide(
        with_found(
            AGREE,
            "02",
            measurements=answers({batches.FLASK_16: waves(16), batches.FLASK_3: waves(3)}),
        )
    )

    assert decision.sentence.startswith(
        "Of 19 answers 4 came when floor(n / workers) says and 19 when ceil(n / workers) says"
    )


def test_frequencies_stand_in_the_sentence_of_c6():
    """With forty tokens, with a hundred, with listeners of their own, and awaited."""
    decision = claim("C6").decide(but("06", burst_of_100.FORTY, SECOND, share(0.25, 0.11, 0.47)))

    assert "in 25.0 % of the plain `def` bursts with 40 threads" in decision.sentence
    assert "in 0 % with 100" in decision.sentence

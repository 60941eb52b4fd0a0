"""Verdicts from constructed measurements: holds, fails, inconclusive."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_run import UNPREDICTED, answer, burst_cell, experiment

from lab.experiments.experiment import Cell, Fit, Load, Prediction
from lab.results.measurement import Measurement, Process, Row
from lab.results.reading import Run
from lab.verdicts.judge import ExperimentVerdict, judge
from lab.verdicts.judgement import Measured, Verdict, worst
from lab.verdicts.summary import Summary, hold_s, over_series, pooled_share, summarize


def burst(
    cell: str, series: int, *, waves: int, wave_s: float = 1.005, **changes: Any
) -> Measurement:
    """A measurement of `waves` waves of four; each answer takes 5 ms beside the upstream's wait."""
    rows = [Row(answer(index, wave_s=wave_s)) for index in range(4 * waves)]
    told = {
        "upstream": {"served": len(rows), "peak": 4, "late_ms": {"p50": 0, "p99": 1, "max": 1}},
        "driver": {"cpu_s": 0.1, "wall_s": 4.0},
    }
    return Measurement(
        cell=cell, series=series, began_s=0.0, wall_s=4.0, **{"rows": rows, **told, **changes}
    )


def predicted(requests: int, value: float | None, **changes: Any) -> Cell:
    prediction = Prediction(function="makespan_s", inputs={"slots": 4}, value=value)
    if value is None:
        prediction = UNPREDICTED
    return burst_cell(requests, **{"prediction": prediction, "x": float(requests), **changes})


def run(
    *cells: Cell, measurements: list[Measurement], fits: tuple[Fit, ...] = (), **metadata: Any
) -> Run:
    made = experiment(*cells, behaviour={"delay_ms": 1000}, fits=fits)
    told = {
        "state": "complete",
        "reason": "",
        "servers": {"flask-svc": {"slots": {"io": 4}}},
        "ceiling": None,
        "busy_before": 0.0,
    }
    return Run(Path("run"), {**told, **metadata}, made, measurements)


def judged(one: Run) -> tuple[Summary, ExperimentVerdict]:
    summary = summarize(one)
    return summary, judge(one, summary)


SIXTEEN = predicted(16, 4.0)
FOUR = predicted(4, 1.0)
WELL = [burst(SIXTEEN.id, series, waves=4) for series in (1, 2, 3)]
WELL_4 = [burst(FOUR.id, series, waves=1) for series in (1, 2, 3)]


def test_a_prediction_that_is_met_holds() -> None:
    """The sentence has both numbers, their difference and the tolerance."""
    summary, verdict = judged(run(SIXTEEN, measurements=WELL))

    judgement = verdict.cells[SIXTEEN.id]
    assert judgement is not None
    assert judgement.verdict is Verdict.HOLDS
    assert judgement.sentence == "makespan 4.02 s, predicted 4 s: +0.5 %, 5 % allowed"
    assert judgement.reasons == summary.cells[SIXTEEN.id].doubts == ()
    assert verdict.judgement is not None
    assert verdict.judgement.verdict is Verdict.HOLDS
    assert verdict.judgement.sentence == "the prediction held"


def test_a_deliberately_wrong_prediction_fails() -> None:
    """Five waves are predicted, four are measured, and there is no doubt."""
    _, verdict = judged(run(predicted(16, 5.0), FOUR, measurements=WELL + WELL_4))

    judgement = verdict.cells[SIXTEEN.id]
    assert judgement is not None
    assert judgement.verdict is Verdict.FAILS
    assert judgement.sentence == "makespan 4.02 s, predicted 5 s: -19.6 %, 5 % allowed"
    assert verdict.judgement is not None
    assert verdict.judgement.verdict is Verdict.FAILS
    assert verdict.judgement.sentence == (
        f"of 2 predictions, 1 held, 1 failed; {SIXTEEN.id}: {judgement.sentence}"
    )


@pytest.mark.parametrize("value", [4.0, 9.0])
def test_with_a_doubt_nothing_holds_and_nothing_fails(value: float) -> None:
    """One failed request of 48 makes a good and a bad prediction inconclusive."""
    rows = list(WELL[0].rows)
    rows[3] = replace(rows[3], sample=replace(rows[3].sample, status=502, error="answered 502"))
    broken = [replace(WELL[0], rows=rows), *WELL[1:]]

    summary, verdict = judged(run(predicted(16, value), measurements=broken))

    judgement = verdict.cells[SIXTEEN.id]
    assert judgement is not None
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reasons == ("1 of 48 requests failed: answered 502",)
    assert judgement.reasons == summary.cells[SIXTEEN.id].doubts
    assert "predicted" in judgement.sentence
    assert verdict.judgement is not None
    assert verdict.judgement.verdict is Verdict.INCONCLUSIVE
    assert verdict.judgement.reasons == (f"{SIXTEEN.id}: {judgement.reasons[0]}",)


def test_the_edge_of_a_tolerance_is_inside() -> None:
    """Rounding errors of floats at the edge do not decide."""
    at_the_edge = [burst(SIXTEEN.id, series, waves=4, wave_s=1.05) for series in (1, 2, 3)]
    beyond = [burst(SIXTEEN.id, series, waves=4, wave_s=1.0501) for series in (1, 2, 3)]

    verdicts = [
        judged(run(SIXTEEN, measurements=each))[1].cells[SIXTEEN.id]
        for each in (at_the_edge, beyond)
    ]

    assert [each.verdict for each in verdicts if each] == [Verdict.HOLDS, Verdict.FAILS]


def test_an_absolute_tolerance_is_in_the_unit_of_the_metric() -> None:
    """It replaces the relative tolerance, also in the sentence."""
    loose, strict = (
        predicted(16, 4.0, tolerance=0.0, tolerance_absolute=each) for each in (0.03, 0.01)
    )

    verdicts = [
        judged(run(each, measurements=WELL))[1].cells[SIXTEEN.id] for each in (loose, strict)
    ]

    assert [(each.verdict, each.sentence) for each in verdicts if each] == [
        (Verdict.HOLDS, "makespan 4.02 s, predicted 4 s: 20.0 ms more, 30 ms allowed"),
        (Verdict.FAILS, "makespan 4.02 s, predicted 4 s: 20.0 ms more, 10 ms allowed"),
    ]


def test_without_a_prediction_nothing_is_judged() -> None:
    """The summary has the cell's numbers and doubts all the same."""
    nothing = predicted(16, None)

    summary, verdict = judged(run(nothing, measurements=WELL[:2]))

    assert verdict.cells == {SIXTEEN.id: None}
    assert verdict.judgement is None
    assert summary.cells[SIXTEEN.id].metrics["waves"].middle == 4
    assert summary.cells[SIXTEEN.id].doubts == (
        "measured twice, but a verdict needs at least 3 series",
    )


def test_a_cell_that_was_never_reached_is_inconclusive() -> None:
    """Earlier cells keep their verdicts; the experiment as a whole is inconclusive."""
    ended = {"state": "interrupted", "reason": "interrupted after 3 of 6 measurements"}

    _, verdict = judged(run(FOUR, SIXTEEN, measurements=WELL_4, **ended))

    first, second = verdict.cells[FOUR.id], verdict.cells[SIXTEEN.id]
    assert first is not None
    assert first.verdict is Verdict.HOLDS
    assert second is not None
    assert second.verdict is Verdict.INCONCLUSIVE
    assert second.sentence == "makespan: 4 s predicted, nothing measured"
    assert second.reasons == (
        "measured 0 of 3 times: the run was interrupted (interrupted after 3 of 6 measurements)",
    )
    assert verdict.judgement is not None
    assert verdict.judgement.verdict is Verdict.INCONCLUSIVE
    assert verdict.judgement.sentence == "of 2 predictions, 1 held, 1 inconclusive"
    assert verdict.judgement.reasons[0] == (
        "the run was interrupted: interrupted after 3 of 6 measurements"
    )


def test_a_run_that_failed_is_inconclusive_even_if_it_predicted_nothing() -> None:
    """The verdict gives the reason of the failure."""
    failed = {"state": "failed", "reason": "the disk is full"}

    _, verdict = judged(run(predicted(16, None), measurements=WELL, **failed))

    assert verdict.judgement is not None
    assert verdict.judgement.verdict is Verdict.INCONCLUSIVE
    assert verdict.judgement.reasons == ("the run failed: the disk is full",)


def test_the_metadata_of_the_run_reaches_the_doubts() -> None:
    """Ceiling, slots and other processes on the machine each cause a doubt."""
    load = Load(kind="closed", users=4, duration_s=4.0)
    rate = predicted(16, 4.0, measure="throughput_rps", load=load)
    well = [replace(each, rows=[*each.rows]) for each in WELL]

    def doubts(cell: Cell, **metadata: Any) -> tuple[str, ...]:
        return summarize(run(cell, measurements=well, **metadata)).cells[SIXTEEN.id].doubts

    assert doubts(rate) == ()
    assert "4 answers per second are 80 %" in doubts(rate, ceiling={"rate_rps": 5.0})[0]
    asked = [replace(each, upstream={"served": 16}) for each in well]
    [sentence] = (
        summarize(run(rate, measurements=asked, upstream_ceiling={"rate_rps": 4.0}))
        .cells[SIXTEEN.id]
        .doubts
    )
    assert sentence.startswith("mock-limited: 4 calls per second are 100 % of the upstream's")
    assert "8 slots" in doubts(rate, servers={"flask-svc": {"slots": {"io": 8}}})[0]
    unpredicted = replace(rate, prediction=Prediction(why_none="no number"))
    assert "other processes used 50 %" in doubts(unpredicted, busy_before=0.5)[0]
    looks = [{"busy": 0.0, "work_s": work_s} for work_s in (0.05, 0.051, 0.1)]
    noise = [
        {"series": 1, "before": looks[0], "after": looks[1]},
        {"series": 2, "before": looks[2], "after": None},
    ]
    assert doubts(unpredicted, noise=noise) == ()
    del well[2:]
    assert "took from 50 ms to 100 ms" in doubts(unpredicted, noise=noise)[0]
    assert "took from" not in str(doubts(unpredicted, noise=noise[:1]))


def test_a_quick_run_needs_one_series_and_another_three() -> None:
    """With fewer there is no verdict."""
    once = run(SIXTEEN, measurements=WELL[:1])
    quick = replace(once, experiment=replace(once.experiment, quick=True, series=1))

    assert judged(once)[0].cells[SIXTEEN.id].doubts == (
        "measured once, but a verdict needs at least 3 series",
    )
    summary, verdict = judged(quick)
    assert summary.cells[SIXTEEN.id].doubts == ()
    assert verdict.judgement is not None
    assert verdict.judgement.verdict is Verdict.HOLDS


def test_series_are_summed_up_by_their_middle_and_their_ends() -> None:
    """Median, least and greatest value; the values stay in the order of measurement."""
    times = [
        burst(SIXTEEN.id, series, waves=4, wave_s=wave_s)
        for series, wave_s in ((2, 1.03), (1, 1.01), (3, 1.02))
    ]

    found = summarize(run(SIXTEEN, measurements=times)).cells[SIXTEEN.id]

    assert found.series == 3
    assert found.metrics["makespan_s"] == Measured((4.04, 4.12, 4.08), 4.08, 4.04, 4.12)
    assert found.metrics["makespan_s"].spread == pytest.approx(0.08 / 4.08)


def test_a_share_of_bursts_is_pooled_over_series() -> None:
    """7 of 21, with the interval for three clusters; a single one has Wilson's own."""
    found = pooled_share([1 / 7, 2 / 7, 4 / 7], [7, 7, 7])

    assert found.middle == pytest.approx(1 / 3)
    assert (found.low, found.high) == pytest.approx((0.0657, 0.7805), abs=1e-4)
    alone = pooled_share([1 / 3], [21])
    assert (alone.low, alone.high) == pytest.approx((0.172, 0.546), abs=1e-3)
    assert found.values == (1 / 7, 2 / 7, 4 / 7)
    # A series counts by its number of bursts.
    assert pooled_share([1.0, 0.0], [1, 9]).middle == pytest.approx(0.1)


def test_a_run_pools_its_bursts_itself() -> None:
    """All three bursts had a second wave."""
    share = (
        summarize(run(SIXTEEN, measurements=WELL)).cells[SIXTEEN.id].metrics["second_wave_share"]
    )

    assert share.middle == 1.0
    assert (share.low, share.high) == pytest.approx((0.4385, 1.0), abs=1e-3)


def test_a_fit_goes_through_every_value_of_its_cells() -> None:
    """Nine points, three per x, with a slope of 10 bytes per request."""

    def looked(cell: str, series: int, pss_bytes: int) -> Measurement:
        process = Process(pid=1, parent=0, cpu_s=0, pss_bytes=pss_bytes, threads=1)
        return Measurement(cell=cell, series=series, began_s=0, wall_s=0, held=[process])

    cells = [
        predicted(number, None, measure="pss_bytes", load=Load(kind="hold", requests=number))
        for number in (10, 20, 30)
    ]
    measurements = [
        looked(cell.id, series, 1000 + 10 * cell.load.requests + series)
        for cell in cells
        for series in (1, 2, 3)
    ]
    ids = tuple(cell.id for cell in cells)
    fit = Fit(name="bytes per request", metric="pss_bytes", per="request", cells=ids)
    never = Fit(name="nothing", metric="waves", per="request", cells=ids)

    fits = summarize(run(*cells, measurements=measurements, fits=(fit, never))).fits

    assert list(fits) == ["bytes per request"]
    found = fits["bytes per request"]
    assert found.slope == pytest.approx(10.0)
    assert found.intercept == pytest.approx(1002.0)
    assert found.slope_error == pytest.approx((6 / 7 / 600) ** 0.5)
    assert len(found.points) == 9


def test_the_hold_of_a_cell_is_the_dial_s() -> None:
    """The delay is divided by the request's parts; without a setting the dial's default counts."""
    one = run(SIXTEEN, measurements=[]).experiment
    multi = predicted(16, 1.0, route="async-io-multi", path="/async-io-multi?parts=4")

    assert hold_s(SIXTEEN, one) == 1.0
    assert hold_s(multi, one) == 0.25
    assert hold_s(SIXTEEN, replace(one, behaviour={})) == 1.0


def test_all_must_hold() -> None:
    """One failure decides; without failures one inconclusive verdict does."""
    holds, fails, inconclusive = Verdict.HOLDS, Verdict.FAILS, Verdict.INCONCLUSIVE

    assert worst([holds, inconclusive, fails]) is fails
    assert worst([holds, inconclusive]) is inconclusive
    assert worst([holds]) is worst([]) is holds


def test_one_series_has_no_spread() -> None:
    """Nor have values whose median is 0."""
    assert over_series([3.0]).spread == over_series([-1, 0, 1]).spread == 0.0


RANGE = Prediction(
    function="makespan_s",
    inputs={"slots": 4},
    value=2.0,
    most_function="one_worker_makespan_s",
    most=8.0,
)


@pytest.mark.parametrize(
    ("waves", "verdict", "sentence"),
    [
        (4, Verdict.HOLDS, "makespan 4.02 s, predicted 2 s to 8 s: inside of the range"),
        (2, Verdict.HOLDS, "makespan 2.01 s, predicted 2 s to 8 s: inside of the range"),
        (1, Verdict.FAILS, "makespan 1.00 s, predicted 2 s to 8 s: -49.8 %, 5 % allowed"),
        (9, Verdict.FAILS, "makespan 9.04 s, predicted 2 s to 8 s: +13.1 %, 5 % allowed"),
        # Its upper end has the tolerance, too: 8.04 s.
        (8, Verdict.HOLDS, "makespan 8.04 s, predicted 2 s to 8 s: +0.5 %, 5 % allowed"),
    ],
)
def test_a_range_holds_between_its_ends(waves: int, verdict: Verdict, sentence: str) -> None:
    """And the sentence says what the busiest worker drew, which decides where in it."""
    asked = predicted(16, 4.0, prediction=RANGE)
    measured = [burst(asked.id, series, waves=waves) for series in (1, 2, 3)]

    judgement = judged(run(asked, measurements=measured))[1].cells[asked.id]

    assert judgement is not None
    assert judgement.verdict is verdict
    assert judgement.sentence == f"{sentence}; the busiest worker drew 25.0 % of the requests"

"""Each doubt by made samples: where it applies, what it says, and where all is still in order."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_run import answer, burst_cell

from lab.experiments.experiment import Cell, Load, Prediction
from lab.results.measurement import Measurement, Process, Row
from lab.samples import Sample
from lab.verdicts import doubt_rules
from lab.verdicts.estimates import interval
from lab.verdicts.evidence import Evidence
from lab.verdicts.summary import over_series, pooled_share

FOUR_WAVES = burst_cell(
    prediction=Prediction(
        function="makespan_s", inputs={"requests": 16, "slots": 4, "service_s": 1.0}, value=4.0
    ),
)


def sample(index: int = 0, **changes: Any) -> Sample:
    return answer(index, **{"sent_s": index * 0.0001, **changes})


def once(series: int = 1, **changes: Any) -> Measurement:
    """A burst of 16 in four waves, with nothing wrong."""
    return replace(
        Measurement(
            cell=FOUR_WAVES.id,
            series=series,
            began_s=0.0,
            wall_s=4.1,
            rows=[Row(sample(index)) for index in range(16)],
            upstream={"served": 16, "peak": 4, "late_ms": {"p50": 0.3, "p99": 0.9, "max": 1.2}},
            driver={"cpu_s": 0.02, "wall_s": 4.01, "late_s": 0.0, "unsent": 0},
        ),
        **changes,
    )


WELL = Evidence(
    cell=FOUR_WAVES,
    measurements=[once(1), once(2), once(3)],
    metrics={"makespan_s": over_series([4.01, 4.02, 4.03])},
    series=3,
    fewest_series=3,
    hold_s=1.0,
    server_slots=4,
    server_slots_known=True,
)


def seen(**changes: Any) -> Evidence:
    """All well, except for these."""
    cell = {name: changes.pop(name) for name in list(changes) if name in Cell.__slots__}
    return replace(WELL, cell=replace(FOUR_WAVES, **cell), **changes)


def of_all(measurement: Measurement) -> list[Measurement]:
    return [replace(measurement, series=series) for series in (1, 2, 3)]


def closed(measure: str, values: list[float], **changes: Any) -> Evidence:
    """40 users on 4 slots of 1 s, 20 answers in each series."""
    rows = [Row(sample(index)) for index in range(20)]
    told = {
        "measure": measure,
        "load": Load(kind="closed", users=40, duration_s=5.0),
        "prediction": Prediction(value=4.0),
        "measurements": of_all(once(rows=rows)),
        "metrics": {measure: over_series(values)},
    }
    return seen(**told | changes)


def test_nothing_is_doubted_where_all_is_well() -> None:
    """The rule that finds something everywhere would make every verdict worthless."""
    assert doubt_rules.doubts(WELL) == ()
    assert doubt_rules.doubts(closed("throughput_rps", [4.0, 4.0, 3.99])) == ()
    assert doubt_rules.doubts(closed("p50_s", [10.0, 10.1, 10.0])) == ()


def test_every_doubt_that_is_named_has_its_rule() -> None:
    """The table is what the verdicts go by."""
    assert list(doubt_rules.RULES) == list(doubt_rules.Doubt.__args__)  # type: ignore[attr-defined]


def test_the_documentation_lists_every_doubt_in_order() -> None:
    """docs/results.md is where the reasons of a verdict are looked up."""
    text = (Path(__file__).parents[2] / "docs/results.md").read_text(encoding="utf-8")
    table = text.split("## Doubts")[1].split("\n## ")[0].splitlines()

    listed = [line.split("|")[1].strip() for line in table if line.startswith("| ")]
    assert listed[1:] == list(doubt_rules.RULES)


def test_one_failed_request_is_a_doubt() -> None:
    """However good the makespan looks."""
    rows = [Row(sample(index)) for index in range(15)]
    failed = Row(sample(15, status=504, error="answered 504: upstream_timeout"))

    found = seen(measurements=[once(1), once(2, rows=[*rows, failed]), once(3)])

    assert doubt_rules.errors(found) == "1 of 48 requests failed: answered 504: upstream_timeout"
    assert doubt_rules.errors(replace(found, cell=replace(FOUR_WAVES, errors_expected=True))) == ""


def test_of_many_failures_the_commonest_is_told() -> None:
    """And a count without samples brings its commonest along."""
    refused = [Row(sample(0, status=0, error="no connection: refused"))] * 3
    other = Row(sample(0, status=500, error="answered 500"))
    counted = once(counts={1000: 10}, failed=2, rows=(), driver={"failure": "answered 503"})

    assert doubt_rules.errors(seen(measurements=[once(rows=[*refused, other])])) == (
        "4 of 4 requests failed, most with: no connection: refused"
    )
    assert doubt_rules.errors(seen(measurements=[counted])) == (
        "2 of 12 requests failed, most with: answered 503"
    )


def test_a_limit_of_this_machine_is_one_also_where_errors_are_expected() -> None:
    """It says nothing of the target."""
    full = once(
        rows=[Row(sample(0, status=0, error="no descriptor left (limit 256): raise `ulimit -n`"))]
    )
    ports = once(rows=[Row(sample(0, status=0, error="no local port left (of 28,232): wait"))])

    assert doubt_rules.limit(seen(measurements=of_all(full), errors_expected=True)) == (
        "the load generator met a limit of this machine 3 times: "
        "no descriptor left (limit 256): raise `ulimit -n`"
    )
    assert "no local port left" in doubt_rules.limit(seen(measurements=[ports]))
    assert doubt_rules.limit(WELL) == ""


def test_a_server_with_other_slots_is_not_the_one_predicted() -> None:
    """And None is no limit, which is not the same as not knowing."""
    assert doubt_rules.slots(seen(server_slots=8)) == (
        "the server reports 8 slots, but the prediction was made for 4 slots"
    )
    assert doubt_rules.slots(seen(server_slots=None)) == (
        "the server reports no limit, but the prediction was made for 4 slots"
    )
    assert doubt_rules.slots(seen(server_slots=8, server_slots_known=False)) == ""
    assert doubt_rules.slots(seen(server_slots=8, prediction=Prediction(value=4.0))) == ""


def test_a_saturated_generator_is_a_doubt_in_any_series() -> None:
    """It queues inside itself, and its own waiting is in every latency."""
    busy = {"cpu_s": 3.68, "wall_s": 4.0}

    assert doubt_rules.generator(seen(measurements=[once(1), once(2, driver=busy), once(3)])) == (
        "the load generator used 92 % of a core: it may have limited the result"
    )
    well = {"cpu_s": 3.56, "wall_s": 4.0}
    assert doubt_rules.generator(seen(measurements=of_all(once(driver=well)))) == ""


@pytest.mark.parametrize("kind", ["threads", "ask"])
def test_work_of_the_driver_itself_is_no_load(kind: str) -> None:
    """Starting threads is meant to use the processor."""
    busy = once(driver={"cpu_s": 4.0, "wall_s": 4.0})

    assert doubt_rules.generator(seen(load=Load(kind=kind), measurements=[busy])) == ""


def test_near_the_generator_s_ceiling_the_target_may_be_faster() -> None:
    """Whatever is judged: near the ceiling latencies are the driver's as well."""
    rates = {"throughput_rps": over_series([8100.0, 8200.0, 8300.0])}

    assert doubt_rules.ceiling(seen(metrics=rates, ceiling_rps=10_000.0)) == (
        "8,200 answers per second are 82 % of the load generator's own maximum here, "
        "10,000 per second"
    )
    assert doubt_rules.ceiling(seen(metrics=rates, ceiling_rps=12_000.0)) == ""
    assert doubt_rules.ceiling(seen(metrics=rates)) == ""


def test_within_a_tenth_of_the_generator_s_ceiling_the_rate_is_the_generator_s() -> None:
    """The sentence says so in one word that can be looked for."""
    rates = {"throughput_rps": over_series([9_000.0])}

    assert doubt_rules.ceiling(seen(metrics=rates, ceiling_rps=10_000.0)) == (
        "generator-limited: 9,000 answers per second are 90 % of the load generator's own maximum "
        "here, 10,000 per second"
    )
    assert "-limited" not in doubt_rules.ceiling(seen(metrics=rates, ceiling_rps=10_001.0))
    assert "generator-limited" in doubt_rules.ceiling(seen(metrics=rates, ceiling_rps=8_000.0))


def test_within_a_tenth_of_the_upstream_s_ceiling_the_rate_is_the_upstream_s() -> None:
    """It counts calls: a request in two parts makes two; and a server that asks nobody is free."""
    rates = {"throughput_rps": over_series([4_500.0])}
    asked = of_all(once(upstream={"served": 16}))
    known = {"ceiling_rps": 20_000.0, "upstream_ceiling_rps": 10_000.0}

    def said(path: str = "/io", route: str = "io", **more: Any) -> str:
        found = seen(metrics=rates, **{"measurements": asked, **known, **more})
        there = replace(found, cell=replace(found.cell, path=path, route=route))
        sentences = [rule(there) for rule in (doubt_rules.ceiling, doubt_rules.upstream_ceiling)]
        return "".join(sentences)

    assert said() == ""
    assert said("/async-io-multi?parts=2", "async-io-multi") == (
        "mock-limited: 9,000 calls per second are 90 % of the upstream's own maximum here, "
        "10,000 per second"
    )
    assert said("/async-io-multi?parts=2", "async-io-multi", upstream_ceiling_rps=10_100.0) == ""
    assert "mock-limited" in said(upstream_ceiling_rps=4_600.0)
    assert said(upstream_ceiling_rps=4_600.0, measurements=of_all(once(upstream={}))) == ""
    # Of two ceilings the one that is closer.
    assert "mock-limited" in said(upstream_ceiling_rps=4_600.0, ceiling_rps=4_700.0)
    assert "generator-limited" in said(upstream_ceiling_rps=4_700.0, ceiling_rps=4_600.0)


def late(p50: float, p99: float) -> list[Measurement]:
    """Three series in which the upstream was late by so many milliseconds."""
    stats = {"served": 16, "late_ms": {"p50": p50, "p99": p99, "max": p99}}
    return of_all(once(upstream=stats))


def test_an_upstream_that_is_late_is_a_doubt() -> None:
    """Four waves of 1 s, 5 % allowed: half of the 200 ms is the most that may be its fault."""
    assert doubt_rules.upstream_late(seen(measurements=late(0, 101))) == (
        "the upstream answered up to 101 ms late, with a delay of 1.0 s"
    )
    assert doubt_rules.upstream_late(seen(measurements=late(0, 99))) == ""
    # What is usual is in each of the four waves.
    assert doubt_rules.upstream_late(seen(measurements=late(24, 24))) == ""
    assert doubt_rules.upstream_late(seen(measurements=late(26, 26))) != ""


def test_a_rate_does_not_move_by_what_is_rarely_late() -> None:
    """It is an average over many answers: only what is usual shifts it."""
    usual = closed("throughput_rps", [4.0, 4.0, 4.0], measurements=late(1, 900))

    assert doubt_rules.upstream_late(usual) == ""
    assert doubt_rules.upstream_late(replace(usual, measurements=late(26, 900))) == (
        "the upstream answered 26 ms late at the median, with a delay of 1.0 s"
    )


def test_what_only_counts_slots_bears_more_lateness() -> None:
    """A fifth of the wait still tells one wave from the next."""

    slots = {"measure": "peak_busy", "prediction": Prediction(value=4.0)}

    assert doubt_rules.upstream_late(seen(measurements=late(1, 200), **slots)) == ""
    assert "201 ms late" in doubt_rules.upstream_late(seen(measurements=late(1, 201), **slots))


def test_an_upstream_that_was_not_asked_is_not_late() -> None:
    """A route without I/O has no wait, and null for its lateness."""
    silent = {"served": 0, "peak": 0, "late_ms": None}

    assert doubt_rules.upstream_late(seen(measurements=of_all(once(upstream=silent)))) == ""
    assert doubt_rules.upstream_late(seen(measurements=of_all(once(upstream={})))) == ""


def test_a_burst_that_did_not_leave_together_is_a_doubt() -> None:
    """What the last one left late is in the makespan: half of 5 % of 4 s is the most."""

    def leaving(over_s: float) -> Evidence:
        rows = [Row(sample(index, sent_s=over_s * index / 15)) for index in range(16)]
        return seen(measurements=of_all(once(rows=rows)))

    assert doubt_rules.departure(leaving(0.1)) == ""
    assert doubt_rules.departure(leaving(0.25)) == (
        "the requests of a burst were sent over 250 ms, and at most 100 ms counts as at once"
    )


def test_bursts_are_looked_at_one_by_one() -> None:
    """Two bursts, ten seconds apart by the same clock, each left together."""
    rows = [
        Row(sample(index, sent_s=10.0 * burst), burst=burst) for burst in (0, 1) for index in (0, 1)
    ]

    assert doubt_rules.departure(seen(measurements=of_all(once(rows=rows)))) == ""


def test_what_a_driver_sends_late_is_in_every_answer_of_an_open_load() -> None:
    """The mean lateness counts for means, the 99th percentile of it for tails."""

    def late(measure: str, most_s: float) -> Evidence:
        rows = [
            Row(sample(0, start_s=index + (most_s if index % 20 == 0 else 0.0)), due_s=float(index))
            for index in range(100)
        ]
        return seen(
            load=Load(kind="open", rate_rps=1.0, duration_s=100),
            measure=measure,
            prediction=Prediction(value=1.0),
            measurements=of_all(once(rows=rows)),
        )

    assert doubt_rules.late_load(late("p99_s", 0.026)) == (
        "the load generator sent requests up to 26 ms after their due time (99th percentile)"
    )
    assert doubt_rules.late_load(late("p99_s", 0.025)) == ""
    assert doubt_rules.late_load(late("mean_s", 0.4)) == ""
    assert doubt_rules.late_load(late("mean_s", 0.6)) == (
        "the load generator sent requests 30 ms after their due time on average"
    )


def test_arrivals_that_were_dropped_are_a_doubt() -> None:
    """They are neither answered nor late, so every figure looks better than it is."""
    dropped = once(driver={"unsent": 4})
    load = Load(kind="open", rate_rps=60.0, duration_s=2.0, max_in_flight=100)

    assert doubt_rules.unsent(seen(load=load, measurements=of_all(dropped))) == (
        "12 arrivals were not sent, because 100 were in flight already"
    )
    assert doubt_rules.unsent(seen(load=load)) == ""
    expected = seen(load=load, measurements=of_all(dropped), errors_expected=True)
    assert doubt_rules.unsent(expected) == ""


def test_memory_by_requests_held_needs_them_held() -> None:
    """As many as asked for, or as there are slots."""
    hold = Load(kind="hold", requests=100)
    some = of_all(once(figures={"held": [100, 97]}))

    assert doubt_rules.held(seen(load=hold, measurements=some, server_slots=None)) == (
        "only 97 of 100 requests were held while the memory was read"
    )
    assert doubt_rules.held(seen(load=hold, measurements=some, server_slots=50)) == ""
    full = of_all(once(figures={"held": [100, 100]}))
    assert doubt_rules.held(seen(load=hold, measurements=full, server_slots=None)) == ""


def test_a_worker_that_ended_and_came_again_is_a_doubt() -> None:
    """It came back with other memory, and without the requests it had."""

    def look(*pids: int) -> list[Process]:
        return [Process(pid=pid, parent=1, cpu_s=1, pss_bytes=1, threads=1) for pid in pids]

    assert doubt_rules.replaced(seen(measurements=[once(before=look(1, 2), after=look(1, 3))])) == (
        "a process of the server ended during the measurement"
    )
    assert (
        doubt_rules.replaced(seen(measurements=[once(before=look(1, 2), after=look(1, 2, 3))]))
        == ""
    )
    assert doubt_rules.replaced(seen(measurements=[once(before=look(1, 2))])) == ""


def test_a_busy_machine_is_a_doubt_where_nothing_waits() -> None:
    """A rate that has no prediction is as high as the processor lets it be."""
    raw = {"measure": "throughput_rps", "prediction": Prediction(why_none="it depends")}

    assert doubt_rules.busy_machine(seen(busy_before=0.3, **raw)) == (
        "other processes used 30 % of this machine just before or after a series"
    )
    assert doubt_rules.busy_machine(seen(busy_before=0.2, **raw)) == ""
    assert doubt_rules.busy_machine(seen(busy_before=0.9)) == ""


def test_a_machine_that_changed_its_speed_is_a_doubt_where_nothing_waits() -> None:
    """From a quarter more for the same work; three series show by their spread what it did."""
    raw = {
        "measure": "throughput_rps",
        "prediction": Prediction(why_none="it depends"),
        "measurements": [once(1), once(2)],
    }

    assert doubt_rules.uneven_machine(seen(work_s=[0.052, 0.05, 0.066, 0.051], **raw)) == (
        "the speed of this machine changed: the same piece of computing took from "
        "50 ms to 66 ms, 32 % more"
    )
    assert doubt_rules.uneven_machine(seen(work_s=[0.05, 0.0624], **raw)) == ""
    assert doubt_rules.uneven_machine(seen(work_s=[0.05, 0.0626], **raw)) != ""
    assert doubt_rules.uneven_machine(seen(**raw)) == ""
    assert doubt_rules.uneven_machine(seen(work_s=[0.05, 0.2], measurements=[once(1)])) == ""
    three = raw | {"measurements": [once(1), once(2), once(3)]}
    assert doubt_rules.uneven_machine(seen(work_s=[0.05, 0.2], **three)) == ""


@pytest.mark.parametrize(
    ("measure", "kinds"),
    [
        ("thread_start_s", ["busy-machine", "uneven-machine"]),
        ("overhead_s", ["busy-machine", "uneven-machine"]),
        ("makespan_s", ["busy-machine"]),
        ("peak_busy", []),
    ],
)
def test_a_claim_about_milliseconds_needs_a_calm_machine(measure: str, kinds: list[str]) -> None:
    """Also where a prediction of waiting does not; what is counted needs none."""
    disturbed = {"busy_before": 0.3, "work_s": [0.05, 0.07], "measurements": [once(1)]}

    assert list(doubt_rules.of_machine(seen(measure=measure, **disturbed))) == kinds
    assert doubt_rules.of_machine(seen(measure=measure, busy_before=0.2, work_s=[0.05])) == {}


def test_too_few_series_are_a_doubt() -> None:
    """A spread cannot be told from two."""
    assert doubt_rules.series(seen(measurements=[once(1), once(2)], series=2)) == (
        "measured twice, but a verdict needs at least 3 series"
    )


def test_a_run_that_was_interrupted_says_so_for_what_is_missing() -> None:
    """What was measured as often as it was to be stands on its own."""
    ended = {"state": "interrupted", "reason": "interrupted after 7 of 12 measurements"}
    cut = seen(measurements=[once(1)], **ended)

    assert doubt_rules.doubts(cut) == (
        "measured 1 of 3 times: the run was interrupted (interrupted after 7 of 12 measurements)",
    )
    assert doubt_rules.doubts(seen(**ended)) == ()
    assert doubt_rules.incomplete(seen(measurements=[], state="running")) == (
        "measured 0 of 3 times: the run has not ended"
    )


def test_too_few_samples_are_a_doubt() -> None:
    """20 for a mean, 100 for a 99th percentile; a makespan is one number however few."""
    assert doubt_rules.samples(closed("p99_s", [4.0] * 3)) == (
        "only 60 samples: the 99th percentile needs at least 100"
    )
    assert doubt_rules.samples(closed("mean_s", [4.0] * 3)) == ""
    few = closed("mean_s", [4.0] * 3, measurements=[once(rows=[Row(sample())])])
    assert doubt_rules.samples(few) == "only 1 sample: the mean response needs at least 20"
    assert doubt_rules.samples(seen(measurements=[once(rows=[Row(sample())])])) == ""


def test_a_share_of_bursts_needs_bursts() -> None:
    """Requests do not make up for them."""
    rows = [Row(sample(index), burst=index // 4) for index in range(16)]
    some = of_all(once(rows=rows))

    assert doubt_rules.samples(seen(measure="second_wave_share", measurements=some)) == (
        "only 12 bursts: the share of bursts with a second wave needs at least 20"
    )


def test_series_that_leave_the_true_value_on_either_side_of_an_end_are_a_doubt() -> None:
    """The end of the tolerance is 4.2 s; the mean's interval over three series decides."""

    def of(*values: float, **changes: Any) -> str:
        return doubt_rules.spread(seen(metrics={"makespan_s": over_series(values)}, **changes))

    assert of(3.98, 4.0, 4.02) == ""
    # All values lie inside, and three of them do not tell that their mean does.
    assert of(3.9, 4.0, 4.18) == (
        "with 3 series the true value may lie anywhere from 3.67 s to 4.38 s, and the tolerance "
        "ends inside of that range, at 3.80 s"
    )
    assert of(4.5, 4.51, 4.52) == ""  # surely outside: the prediction fails
    assert of(4.15, 4.18, 4.21).endswith("at 4.20 s")
    assert of(3.9, 4.0, 4.18, tolerance_absolute=0.5) == ""
    assert of(3.98, 4.0, 4.02, tolerance_absolute=0.03) != ""


def test_more_series_tell_more() -> None:
    """The same spread, three times as many series."""
    values = [3.9, 4.0, 4.18]

    assert doubt_rules.spread(seen(metrics={"makespan_s": over_series(values)})) != ""
    assert doubt_rules.spread(seen(metrics={"makespan_s": over_series(values * 3)})) == ""


def test_inside_is_tested_from_both_sides_at_five_percent() -> None:
    """The 90 % interval lies inside of the tolerance, the 95 % interval does not."""
    values = [3.93, 4.0, 4.13]

    assert doubt_rules.spread(seen(metrics={"makespan_s": over_series(values)})) == ""
    low, high = interval(values)
    assert not 3.8 < low < high < 4.2


def test_a_spread_names_the_series_in_which_the_upstream_stood_still() -> None:
    """The middle of three, which the rule on a late upstream goes by, does not show it."""
    frozen = {"served": 16, "peak": 4, "late_ms": {"p50": 0.3, "p99": 2004.0, "max": 2005.0}}
    evidence = seen(
        measurements=[once(1), once(2, upstream=frozen), once(3)],
        metrics={"makespan_s": over_series([4.01, 6.02, 4.03])},
    )

    assert doubt_rules.upstream_late(evidence) == ""
    assert doubt_rules.spread(evidence).endswith(
        "; in series 2 the upstream answered up to 2.0 s late, with a delay of 1.0 s"
    )


def test_without_a_prediction_the_spread_is_held_against_the_middle() -> None:
    """Numbers that are only reported are to be repeatable, too."""
    nothing = Prediction(why_none="it depends")

    assert ", with a tolerance of 5 %" in doubt_rules.spread(
        closed("mean_s", [1.0, 1.1, 1.2], prediction=nothing)
    )
    assert doubt_rules.spread(closed("mean_s", [1.0, 1.0, 1.05], prediction=nothing)) == ""


def test_a_tolerance_of_nothing_wants_all_series_alike() -> None:
    """Such as a count that is either right or wrong."""
    exact = {"tolerance": 0.0, "measure": "peak_busy"}

    assert doubt_rules.spread(seen(metrics={"peak_busy": over_series([4, 4, 4])}, **exact)) == ""
    assert doubt_rules.spread(seen(metrics={"peak_busy": over_series([4, 3, 4])}, **exact)) != ""


def test_a_share_of_bursts_decides_unless_its_interval_holds_an_end_of_the_tolerance() -> None:
    """However wide it is: 11 of 21 bursts are surely not the 10 % that were predicted."""

    def of_21(found: int, predicted: float | None, tolerance: float) -> str:
        return doubt_rules.spread(
            seen(
                measure="second_wave_share",
                metrics={"second_wave_share": pooled_share([found / 21], [21])},
                prediction=Prediction(value=predicted),
                tolerance_absolute=tolerance,
            )
        )

    assert of_21(11, 0.1, 0.15) == ""
    assert of_21(0, 0.0, 0.2) == ""
    assert of_21(11, 0.5, 0.15) == (
        "with one series the true value may lie anywhere from 32.4 % to 71.7 %, "
        "and the tolerance ends inside of that range, at 35.0 %"
    )
    assert of_21(11, None, 0.15) == ""


def test_of_a_range_each_series_counts_and_not_their_mean() -> None:
    """It is chance where in the range a series lies: only an edge between them is a doubt."""
    chance = Prediction(function="makespan_s", value=2.0, most=8.0, most_function="most")

    def of(*values: float) -> str:
        found = {"makespan_s": over_series(values)}
        return doubt_rules.spread(seen(prediction=chance, metrics=found))

    assert of(2.0, 4.0, 8.0) == ""
    assert of(8.5, 8.6, 9.9) == ""  # all outside: the prediction fails
    assert of(1.0, 1.5, 1.2) == ""
    assert of(4.0, 4.0, 8.5).endswith("the tolerance ends inside of that range, at 8.40 s")
    assert of(1.0, 4.0, 4.0).endswith("at 1.90 s")


def test_a_burst_by_its_draw_bears_lateness_as_its_makespan_does() -> None:
    """Half of 5 % of the 4 s that it took."""
    rows = [Row(sample(index, sent_s=0.15 * index / 15)) for index in range(16)]
    ratio = {"makespan_over_draw": over_series([1.0] * 3), "makespan_s": over_series([4.0] * 3)}
    found = seen(
        measure="makespan_over_draw",
        prediction=Prediction(value=1.0),
        metrics=ratio,
        measurements=of_all(once(rows=rows)),
    )

    assert doubt_rules.departure(found).endswith("at most 100 ms counts as at once")

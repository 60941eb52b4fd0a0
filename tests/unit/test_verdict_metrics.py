"""Metrics of one measurement, against numbers worked by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.experiments.experiment import Cell, Load, Prediction
from lab.experiments.metric_catalogue import METRICS, said
from lab.results.measurement import WARM_UP, Measurement, Process, Row
from lab.rounded import digits
from lab.samples import Sample
from lab.verdicts import estimates
from lab.verdicts.estimates import percentile, percentile_of_counts
from lab.verdicts.metrics import metrics, parts

BURST_OF_4 = Load(kind="burst", requests=4)
CLOSED = Load(kind="closed", users=2, warmup_s=1.0, duration_s=2.0)
OPEN = Load(kind="open", rate_rps=2.0, warmup_s=1.0, duration_s=2.0)


def cell(load: Load, *, route: str = "io", path: str = "/io") -> Cell:
    return Cell(
        id=f"flask-svc.{route}.{load.kind}",
        shape="flask-svc",
        route=route,
        path=path,
        load=load,
        measure="makespan_s",
        prediction=Prediction(),
        tolerance=0.05,
    )


def row(
    start_s: float, end_s: float, *, pid: int | None = 11, phase: str = "measured", **more: Any
) -> Row:
    """An answer in full, unless more is said; the service waited one second for the upstream."""
    place = {name: more.pop(name) for name in ("burst", "due_s") if name in more}
    sample = Sample(
        start_s=start_s,
        latency_s=end_s - start_s,
        target="flask-svc",
        route="io",
        worker_pid=pid,
        **{"status": 200, "upstream_s": 1.0, **more},
    )
    return Row(sample, phase, **place)


def made(**parts: Any) -> Measurement:
    return Measurement(**{"cell": "", "series": 1, "began_s": 0.0, "wall_s": 9.0, **parts})


def process(pid: int, *, cpu_s: float, pss_bytes: int = 0) -> Process:
    return Process(pid=pid, parent=1, cpu_s=cpu_s, pss_bytes=pss_bytes, threads=1)


def test_a_percentile_is_the_smallest_value_that_so_many_are_not_above() -> None:
    """Always a value that was measured, at the edges too."""
    ten = [float(each) for each in range(10, 0, -1)]

    assert [percentile(ten, each) for each in (0, 1, 10, 11, 50, 90, 91, 99, 100)] == [
        1, 1, 1, 2, 5, 9, 10, 10, 10,
    ]  # fmt: skip
    assert percentile([0.25], 99) == 0.25


def test_a_percentile_is_not_led_astray_by_the_last_bit() -> None:
    """0.07 * 100 is a little more than 7 in binary, and the 7th of 100 is still the answer."""
    assert percentile(list(range(1, 101)), 7) == 7


def test_counts_give_the_percentiles_that_their_samples_would() -> None:
    """The same rule, whether each answer was kept or only how many took how long."""
    counts = {900: 1, 100: 97, 250: 2}
    values = [100] * 97 + [250] * 2 + [900]

    for percent in (1, 50, 97, 98, 99, 100):
        assert percentile_of_counts(counts, percent) == percentile(values, percent)


@pytest.mark.parametrize("nothing", [[], {}])
def test_there_is_no_percentile_of_nothing(nothing: Any) -> None:
    """It would have to be made up."""
    with pytest.raises(ValueError, match="no values"):
        (percentile if nothing == [] else percentile_of_counts)(nothing, 50)


def test_a_burst_has_its_makespan_its_waves_and_its_busiest_worker() -> None:
    """Three on one worker and one on another: as many waves as the longer lane has blocks."""
    rows = [row(0, 1), row(0, 2), row(0.01, 3.02), row(0, 1, pid=12)]

    found = metrics(cell(BURST_OF_4), made(rows=rows))

    assert found["makespan_s"] == pytest.approx(3.02)
    assert found["waves"] == 3
    assert found["largest_share"] == 0.75
    assert found["second_wave_share"] == 1
    assert (found["answered"], found["failed"]) == (4, 0)


def test_of_several_bursts_the_middle_counts_and_second_waves_are_a_share() -> None:
    """Each burst by itself: one of three needed a second wave."""
    rows = [
        *(row(0, 1, pid=pid, burst=0) for pid in (11, 12)),
        *(row(0, end, burst=1) for end in (1, 2)),
        *(row(0, 1.1, pid=pid, burst=2) for pid in (11, 12)),
    ]

    found = metrics(cell(BURST_OF_4), made(rows=rows))

    assert found["makespan_s"] == pytest.approx(1.1)
    assert found["second_wave_share"] == pytest.approx(1 / 3)
    assert (found["waves"], found["largest_share"]) == (1, 0.5)


def test_without_a_wait_at_the_upstream_there_are_no_waves_to_see() -> None:
    """Answers of a stream are cut by nothing, and would each be a wave of their own."""
    rows = [row(0, 1 + index / 100, upstream_s=None) for index in range(4)]

    found = metrics(cell(BURST_OF_4, route="stream"), made(rows=rows))

    assert "waves" not in found
    assert "second_wave_share" not in found
    assert found["makespan_s"] == pytest.approx(1.03)


def test_the_warm_up_is_in_no_metric() -> None:
    """Its answers are kept in the files and left out here."""
    rows = [row(0, 9, phase=WARM_UP), *(row(1 + index, 2 + index) for index in range(2))]

    found = metrics(cell(CLOSED), made(rows=rows))

    assert found["answered"] == 2
    assert found["throughput_rps"] == 1.0
    assert found["max_s"] == found["mean_s"] == found["p99_s"] == 1.0


def test_open_load_counts_from_the_due_time() -> None:
    """Due at 1 s, sent at 1.5 s, answered at 2 s: a user waited one second, a client half."""
    found = metrics(cell(OPEN), made(rows=[row(1.5, 2.0, due_s=1.0)]))

    assert found["mean_s"] == found["p50_s"] == found["p99_s"] == 1.0
    assert found["service_mean_s"] == found["service_p99_s"] == 0.5


def test_open_load_gets_as_much_done_as_is_answered_in_time() -> None:
    """Due in the window and answered behind it: long to wait for, and no throughput."""
    rows = [
        row(0.5, 1.5, due_s=0.5, phase=WARM_UP),
        row(1.2, 2.2, due_s=1.2),
        row(2.0, 3.0, due_s=2.0),
        row(2.9, 3.9, due_s=2.9),
    ]

    found = metrics(cell(OPEN), made(rows=rows))

    assert found["throughput_rps"] == 1.0
    assert found["busy_mean"] == 1.0
    assert found["answered"] == 3


def test_what_was_never_answered_counts_with_how_long_it_was_waited_for() -> None:
    """To leave it out would make a server look the better the less it answers."""
    rows = [
        row(1, 2, due_s=1.0),
        row(1, 11, due_s=1.0, status=0, error="no answer when the measurement ended"),
        row(1, 1.001, due_s=1.0, status=0, error="no connection: Connection refused"),
    ]

    found = metrics(cell(OPEN), made(rows=rows))

    assert found["max_s"] == 10.0
    assert found["mean_s"] == 5.5
    assert (found["answered"], found["failed"]) == (1, 2)


def test_counts_give_rates_and_times_as_rows_do() -> None:
    """Where there are too many answers to keep each."""
    found = metrics(cell(CLOSED), made(counts={1000: 98, 2000: 2}, failed=3))

    assert found["throughput_rps"] == 50.0
    assert found["mean_s"] == pytest.approx(0.00102)
    assert (found["p50_s"], found["p99_s"], found["max_s"]) == (0.001, 0.002, 0.002)
    assert (found["answered"], found["failed"]) == (100, 3)


def test_busy_slots_on_average_are_little_s_law() -> None:
    """Four answers in two seconds that each waited one second: two at a time."""
    rows = [row(1 + index / 2, 2 + index / 2) for index in range(4)]

    assert metrics(cell(CLOSED), made(rows=rows))["busy_mean"] == 2.0


def test_overhead_is_beyond_what_the_upstream_itself_says() -> None:
    """20 ms asked, 0.4 ms late, 23.4 ms seen: 3 ms are the target's and its client's."""
    rows = [row(0, 0.0234, upstream_s=0.022)] * 3
    upstream = {"served": 3, "peak": 1, "late_ms": {"p50": 0.4, "p99": 0.4, "max": 0.4}}

    found = metrics(cell(CLOSED), made(rows=rows, upstream=upstream), hold_s=0.02)

    assert found["overhead_s"] == pytest.approx(0.003)
    # Where no fixed time was asked for, only the service can say how long it waited.
    assert metrics(cell(CLOSED), made(rows=rows))["overhead_s"] == pytest.approx(0.0014)


def test_a_request_in_parts_is_one_busy_slot() -> None:
    """The upstream counts calls; four of them at once are one request."""
    multi = cell(BURST_OF_4, route="async-io-multi", path="/async-io-multi?parts=4")

    assert parts(multi) == 4
    assert parts(cell(BURST_OF_4, route="async-io-multi", path="/async-io-multi")) == 2
    assert parts(cell(BURST_OF_4)) == parts(cell(BURST_OF_4, route="json", path="/json")) == 1
    assert metrics(multi, made(upstream={"peak": 64, "late_ms": None}))["peak_busy"] == 16


def test_cpu_time_is_shared_by_all_answers_between_the_two_looks() -> None:
    """The warm-up's too; a process that came later brings what it has used since."""
    rows = [row(0, 1, phase=WARM_UP), row(1, 2), row(2, 3), row(2, 3)]
    looks = {
        "before": [process(1, cpu_s=1.0), process(2, cpu_s=5.0)],
        "after": [process(1, cpu_s=1.5), process(3, cpu_s=0.3)],
    }

    found = metrics(cell(CLOSED), made(rows=rows, **looks))

    assert found["cpu_s_per_request"] == pytest.approx(0.2)
    assert found["requests_per_cpu_s"] == pytest.approx(5.0)


def test_cpu_time_of_counted_answers_takes_the_warm_up_at_the_same_rate() -> None:
    """One second of three was warm-up: 100 were counted, 150 were answered."""
    looks = {"before": [process(1, cpu_s=0.0)], "after": [process(1, cpu_s=1.5)]}

    found = metrics(cell(CLOSED), made(counts={1000: 100}, **looks))

    assert found["cpu_s_per_request"] == pytest.approx(0.01)


def test_memory_is_of_all_processes_while_requests_are_held() -> None:
    """Or before, where none are."""
    before = [process(1, cpu_s=0, pss_bytes=30), process(2, cpu_s=0, pss_bytes=12)]
    held = [process(1, cpu_s=0, pss_bytes=50)]

    assert metrics(cell(Load(kind="hold")), made(before=before))["pss_bytes"] == 42
    assert metrics(cell(Load(kind="hold")), made(before=before, held=held))["pss_bytes"] == 50


def test_a_held_burst_has_no_makespan() -> None:
    """How long it lasts was chosen, and says nothing of the server."""
    found = metrics(cell(Load(kind="hold", requests=2)), made(rows=[row(0, 5), row(0, 5)]))

    assert "makespan_s" not in found
    assert found["answered"] == 2


def test_a_refusal_is_an_answer_to_what_is_asked() -> None:
    """400 and 422 are what a validator is for; 500 and silence are failures."""
    rows = [
        row(0, 1, status=status, error=f"answered {status}: no" if status != 200 else "")
        for status in (200, 400, 422, 500)
    ] + [row(0, 1, status=0, error="connection lost")]

    found = metrics(cell(Load(kind="ask", requests=1)), made(rows=rows))

    assert found["refused_share"] == pytest.approx(0.4)
    assert (found["answered"], found["failed"]) == (3, 2)


def test_figures_are_metrics_by_their_middle_if_their_name_is_one() -> None:
    """What is measured without samples."""
    figures = {"thread_bare_s": [3e-5, 1e-5, 2e-5], "handshakes": [16], "held": [4, 4]}

    assert metrics(cell(Load(kind="threads")), made(figures=figures)) == {
        "thread_bare_s": 2e-5,
        "handshakes": 16,
    }


def test_nothing_measured_gives_no_metric() -> None:
    """And no division by nothing."""
    for kind in ("burst", "closed", "open", "hold", "sockets", "threads", "ask"):
        assert metrics(cell(Load(kind=kind, duration_s=1.0)), made()) == {}


def test_a_share_has_the_interval_of_wilson() -> None:
    """Against the values of the original formula for 3 of 20, and at both ends."""
    low, high = estimates.wilson(3, 20)

    assert (low, high) == pytest.approx((0.0524, 0.3604), abs=1e-4)
    assert estimates.wilson(0, 21) == pytest.approx((0.0, 0.1546), abs=1e-4)
    assert estimates.wilson(21, 21) == pytest.approx((0.8454, 1.0), abs=1e-4)
    with pytest.raises(ValueError, match="of=0"):
        estimates.wilson(0, 0)


def test_a_line_has_a_slope_with_its_standard_error() -> None:
    """Worked by hand: residuals -0.5, 1, -0.5 over Sxx = 2 with one degree of freedom."""
    found = estimates.line([(0, 1.0), (1, 4.5), (2, 5.0)])

    assert found is not None
    assert found.slope == pytest.approx(2.0)
    assert found.intercept == pytest.approx(1.5)
    assert found.slope_error == pytest.approx((1.5 / 1 / 2) ** 0.5)
    assert found.at(10) == pytest.approx(21.5)


@pytest.mark.parametrize("points", [[], [(1, 1)], [(0, 0), (1, 1)], [(2, 1), (2, 2), (2, 3)]])
def test_no_line_goes_through_too_few_points(points: list[tuple[float, float]]) -> None:
    """Two leave no error to estimate, and one x leaves no slope."""
    assert estimates.line(points) is None


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        ("makespan_s", 4.0312, "4.03 s"),
        ("makespan_s", 4.0, "4 s"),
        ("mean_s", 0.2013, "201 ms"),
        ("mean_s", 0.9997, "1.000 s"),
        ("overhead_s", 0.00214, "2.14 ms"),
        ("thread_bare_s", 0.0000312, "31.2 µs"),
        ("overhead_s", 0.0, "0 s"),
        ("overhead_s", -0.00052, "-520 µs"),
        ("pss_bytes", 51_234_567, "51.2 MB"),
        ("pss_bytes", 10_240, "10.2 kB"),
        ("throughput_rps", 1996.4, "1,996 per second"),
        ("second_wave_share", 0.3333, "33.3 %"),
        ("second_wave_share", 1.0, "100 %"),
        ("peak_busy", 16.0, "16"),
    ],
)
def test_a_value_is_said_with_three_digits_and_its_unit(
    metric: str, value: float, words: str
) -> None:
    """Enough to see whether it is near its prediction."""
    assert said(metric, value) == words


def test_digits_never_cut_a_whole_number() -> None:
    """Thousands stay whole, and what is tiny keeps its digits."""
    assert [digits(each) for each in (123_456.7, 0.012345, 7.0, -2.346)] == [
        "123,457",
        "0.0123",
        "7",
        "-2.35",
    ]


def test_every_metric_of_the_documentation_has_a_name_and_a_unit() -> None:
    """docs/results.md and the table of words say the same."""
    text = (Path(__file__).parents[2] / "docs/results.md").read_text(encoding="utf-8")
    table = text.split("## Metrics")[1]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    documented = {
        name: unit.strip()
        for names, unit in rows
        for name in names.replace("`", "").replace(" ", "").split(",")
    }

    assert {name: "" if each.unit == "share" else each.unit for name, each in METRICS.items()} == (
        documented
    )


def test_a_burst_is_measured_by_the_draw_of_its_busiest_worker() -> None:
    """Three of four on one worker of two slots: two waves of 1 s, so 2.1 s are 1.05 times that."""
    rows = [row(0, 1.0), row(0, 1.0), row(0, 2.1), row(0, 1.0, pid=12)]
    drawn = Prediction(inputs={"tokens": 2, "service_s": 1.0})
    without = Prediction(inputs={"tokens": None, "service_s": 1.0})
    asked = cell(BURST_OF_4)

    found = metrics(replace(asked, prediction=drawn), made(rows=rows))

    assert found["makespan_over_draw"] == pytest.approx(1.05)
    unlimited = metrics(replace(asked, prediction=without), made(rows=rows))
    assert unlimited["makespan_over_draw"] == pytest.approx(2.1)
    assert "makespan_over_draw" not in metrics(asked, made(rows=rows))
    nobody = [row(0, 1.0, pid=None)]
    assert "makespan_over_draw" not in metrics(replace(asked, prediction=drawn), made(rows=nobody))

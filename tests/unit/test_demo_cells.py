"""The demo's cells: what is predicted, what counts as held, what speaks against it."""

from dataclasses import replace

import pytest

from lab.demo import demo_cells as demo_cells
from lab.demo.demo_cells import DemoBurst, DemoCell, DemoResult, DemoServer
from lab.samples import Sample

FLASK = DemoServer(slots={"io": 4, "async-io": 4, "async-io-multi": 4, "blocking-io": 4}, workers=4)
FASTAPI = DemoServer(
    slots={"io": 160, "async-io": None, "async-io-multi": None, "blocking-io": 4}, workers=4
)
CELLS = demo_cells.cells({"flask-svc": FLASK, "fastapi-svc": FASTAPI}, delay_ms=1000)


def cell(target: str, route: str = "io", requests: int = 16) -> DemoCell:
    [found] = [
        each
        for each in CELLS
        if (each.target, each.route, each.requests) == (target, route, requests)
    ]
    return found


def burst(length_s: float, *, peak_calls: int = 4, error: str = "") -> DemoBurst:
    """Two requests of one worker; the second ends the burst."""
    first = Sample(0.0, 0.1, 200, "flask-svc", "io", worker_pid=11, upstream_s=0.1, app_s=0.0)
    return DemoBurst((first, replace(first, latency_s=length_s, error=error)), peak_calls)


def in_waves(waves: int, wave_s: float, workers: int = 4) -> DemoBurst:
    """Each worker serves one request after the other."""
    return DemoBurst(
        tuple(
            Sample(
                0.0,
                (wave + 1) * wave_s,
                200,
                "flask-svc",
                "io",
                worker_pid=11 + worker,
                upstream_s=wave_s,
                app_s=0.0,
            )
            for wave in range(waves)
            for worker in range(workers)
        ),
        peak_calls=workers,
    )


@pytest.mark.parametrize(
    ("target", "route", "requests", "predicted_s", "predicted_waves"),
    [
        ("flask-svc", "io", 16, 4.0, 4),  # ceil(16 / 4) = 4 waves of 1 s
        ("flask-svc", "async-io", 16, 4.0, 4),
        ("flask-svc", "async-io-multi", 16, 2.0, 4),  # 4 waves of 1 / 2 s
        ("fastapi-svc", "io", 16, 1.0, 1),  # ceil(16 / 160) = 1
        ("fastapi-svc", "async-io", 16, 1.0, 1),
        ("fastapi-svc", "async-io-multi", 16, 0.5, 1),
        ("flask-svc", "io", 100, 25.0, 25),  # 100 / 4 = 25
        ("flask-svc", "async-io", 100, 25.0, 25),
        ("flask-svc", "async-io-multi", 100, 12.5, 25),
        ("fastapi-svc", "io", 100, 1.0, 1),
        ("fastapi-svc", "async-io", 100, 1.0, 1),
        ("fastapi-svc", "async-io-multi", 100, 0.5, 1),
    ],
)
def test_predictions_come_from_the_live_slots_and_the_live_delay(
    target: str, route: str, requests: int, predicted_s: float, predicted_waves: int
) -> None:
    """Worked out by hand at 1000 ms."""
    found = cell(target, route, requests)

    assert found.predicted_makespan_s == predicted_s
    assert found.predicted_waves == predicted_waves


def test_all_predictions_together_stay_under_a_minute_and_a_half() -> None:
    """16: 10 + 2.5 s; 100: 62.5 + 2.5 s; 77.5 in all."""
    assert sum(each.predicted_makespan_s for each in CELLS) == 77.5


def test_the_first_pictures_come_first_and_the_long_bursts_last() -> None:
    """The effect on /io after 5 s; then by cost."""
    order = demo_cells.schedule(CELLS, repeats=1)

    assert order[:2] == [cell("fastapi-svc"), cell("flask-svc")]
    assert [each.requests for each in order] == [16] * 6 + [100] * 6
    costs = [each.predicted_makespan_s for each in order[6:]]
    assert costs == sorted(costs)


def test_repeats_take_turns_between_the_targets_and_spare_the_hundreds() -> None:
    """A B A B for each route, so that a drift of the machine meets both."""
    order = demo_cells.schedule(CELLS, repeats=3)

    assert [each.target for each in order[:6]] == ["fastapi-svc", "flask-svc"] * 3
    assert {each.route for each in order[:6]} == {"io"}
    assert len(order) == 3 * 6 + 6
    assert len(set(order[-6:])) == 6


@pytest.mark.parametrize(
    ("measured_s", "held"),
    [(3.79, False), (3.80, True), (4.00, True), (4.20, True), (4.21, False)],
)
def test_five_percent_off_still_hold_and_more_do_not(measured_s: float, held: bool) -> None:
    """4 s predicted: 4 * 0.05 = 0.2 s either way, edges included."""
    result = DemoResult(cell("flask-svc"), (burst(measured_s),))

    assert result.held is held
    assert (demo_cells.objections([result]) == []) is held


def test_the_median_of_the_repeats_is_judged() -> None:
    """4.0, 4.1 and one stumble of 6.0: 4.1 holds."""
    result = DemoResult(cell("flask-svc"), (burst(6.0), burst(4.0), burst(4.1)))

    assert result.measured_makespan_s == 4.1
    assert result.ratio == pytest.approx(1.025)
    assert result.typical.makespan_s == 4.1
    assert demo_cells.objections([result]) == []


def test_a_missed_prediction_is_named_with_both_numbers() -> None:
    """4.4 / 4.0 = 1.1."""
    [sentence] = demo_cells.objections([DemoResult(cell("flask-svc"), (burst(4.4),))])

    assert sentence == (
        "flask-svc /io with 16 requests took 4.40 s where 4.00 s were predicted "
        "(+10.0 %, 5 % allowed)."
    )


@pytest.mark.parametrize(
    ("waves", "wave_s", "objections"),
    [
        (4, 1.00, 0),
        (4, 1.06, 0),  # 4.24 s: further off than 5 %, in 4 waves all the same
        (4, 1.24, 0),
        (4, 1.25, 1),  # 5 s: a wave more in length
        (4, 0.75, 1),  # and one less
        (5, 1.00, 1),
        (5, 0.90, 1),  # 4.5 s, but in 5 waves
        (3, 1.10, 1),
    ],
)
def test_a_length_that_is_off_fails_the_demo_where_a_wave_is_off(
    waves: int, wave_s: float, objections: int
) -> None:
    """16 on 4 slots are 4 waves of a second; a busy machine makes each longer, and no more."""
    result = DemoResult(cell("flask-svc"), (in_waves(waves, wave_s),))

    assert len(demo_cells.objections([result])) == objections


@pytest.mark.parametrize(
    ("waves", "wave_s", "objections"), [(25, 1.07, 0), (25, 1.24, 0), (25, 1.25, 1), (27, 1.0, 1)]
)
def test_many_waves_may_each_be_late_by_as_much(waves: int, wave_s: float, objections: int) -> None:
    """100 on 4 slots: 7 % of 25 waves are more than a wave in length, and none too many."""
    result = DemoResult(cell("flask-svc", requests=100), (in_waves(waves, wave_s),))

    assert len(demo_cells.objections([result])) == objections


@pytest.mark.parametrize("target", ["flask-svc", "fastapi-svc"])
def test_one_failed_request_fails_the_demo_however_good_the_length(target: str) -> None:
    """On either service, with the first failure's own sentence."""
    found = cell(target)
    length_s = found.predicted_makespan_s
    result = DemoResult(found, (burst(length_s), burst(length_s, error="no answer in 22 s")))

    assert result.held
    assert demo_cells.objections([result]) == [
        f"{target} /io with 16 requests: 1 of 32 failed, the first with: no answer in 22 s."
    ]


def test_a_second_wave_on_fastapi_is_reported_but_does_not_fail_the_demo() -> None:
    """Who accepts a connection is a lottery there, and the demo does not judge luck."""
    result = DemoResult(cell("fastapi-svc", requests=100), (burst(2.02),))

    assert not result.held
    assert demo_cells.objections([result]) == []


def test_a_request_in_two_parts_counts_as_one_busy_slot() -> None:
    """The upstream saw 8 calls of 4 requests; on /io 4 calls are 4 requests."""
    multi = DemoResult(cell("flask-svc", "async-io-multi"), (burst(2.0, peak_calls=8),))
    plain = DemoResult(cell("flask-svc"), (burst(4.0, peak_calls=3), burst(4.0, peak_calls=4)))

    assert multi.peak_busy_slots == 4
    assert plain.peak_busy_slots == 4

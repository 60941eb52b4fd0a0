"""The demo's sentences: true to the numbers, whichever they are."""

from itertools import product

from lab.demo import demo_words as demo_words
from lab.demo.demo_cells import FEW, MANY, ROUTE_NAMES, TARGETS, DemoBurst, DemoCell, DemoResult
from lab.demo.demo_words import Results
from lab.samples import Sample


def sample(pid: int, end_s: float) -> Sample:
    return Sample(0.0, end_s, 200, "", "", worker_pid=pid, upstream_s=1.0, app_s=end_s - 1.0)


def result(target: str, route: str, requests: int, factor: float, slots: int | None) -> DemoResult:
    """A burst that took `factor` times what was predicted."""
    cell = DemoCell(target, route, requests, slots, workers=4, delay_s=1.0)
    return DemoResult(cell, (DemoBurst((sample(11, cell.predicted_makespan_s * factor),), 4),))


def results(*, flask: float, fastapi: float) -> Results:
    """All twelve cells; every measurement that many times its prediction."""
    return {
        (target, route, requests): result(target, route, requests, factor, slots)
        for (target, factor, slots), route, requests in product(
            zip(TARGETS, (flask, fastapi), (4, 160), strict=True), ROUTE_NAMES, (FEW, MANY)
        )
    }


def test_what_it_means_is_said_in_three_sentences_of_measured_numbers() -> None:
    """Flask 1 % above each prediction, FastAPI 2 %: 4 * 1.01 = 4.04, 25 * 1.01 = 25.25."""
    assert demo_words.meaning(results(flask=1.01, fastapi=1.02)) == [
        "16 requests that each wait 1.00 s took 4.04 s on flask-svc (4 slots) and 1.02 s on "
        "fastapi-svc (160 slots); 100 took 25.25 s and 1.02 s.",
        "On flask-svc, 16 took 4.04 s with `async def`, and 2.02 s where each request waited "
        "for its 2 parts concurrently; on fastapi-svc 1.02 s and 0.51 s.",
        "On flask-svc the prediction held within 1.0 % in all 6 cells; "
        "on fastapi-svc the prediction held within 2.0 % in all 6 cells.",
    ]


def test_missed_predictions_are_said_as_plainly_as_held_ones() -> None:
    """One of FastAPI's took 2 s instead of 1 s; all of Flask's are 10 % off."""
    measured = dict(results(flask=1.1, fastapi=1.02))
    measured["fastapi-svc", "io", MANY] = result("fastapi-svc", "io", MANY, 2.0, 160)

    assert demo_words.meaning(measured)[2] == (
        "On flask-svc the prediction missed by up to 10.0 % in all 6 cells; "
        "on fastapi-svc the prediction held within 2.0 % in 5 of 6 cells "
        "and missed by up to 100.0 % (/io 100)."
    )


def lottery(shares: dict[int, int], *, room: int = 40) -> DemoResult:
    """100 requests to 4 workers; what exceeds a worker's room is answered a second later."""
    served = [
        sample(pid, 1.0 + index // room) for pid, share in shares.items() for index in range(share)
    ]
    cell = DemoCell("fastapi-svc", "io", 100, 4 * room, workers=4, delay_s=1.0)
    return DemoResult(cell, (DemoBurst(tuple(served), 88),))


def test_a_second_wave_is_explained_by_the_largest_share_of_one_worker() -> None:
    """52 connections on 40 slots; 160 slots in all would have been enough."""
    assert demo_words.surplus_wave(lottery({11: 20, 12: 52, 13: 18, 14: 10})) == (
        "fastapi-svc /io with 100 requests took 2 waves where 1 was predicted, because worker 12 "
        "accepted 52 of the connections and has 40 slots: the others waited in it while its "
        "neighbours had slots free."
    )


def test_a_second_wave_that_no_share_explains_is_left_unexplained() -> None:
    """Everybody had room, and still one request came a second late: nothing is made up."""
    shared = lottery({11: 25, 12: 25, 13: 25, 14: 25})
    late = DemoBurst((*shared.bursts[0].samples, sample(11, 2.0)), 100)

    assert late.waves == 2
    assert demo_words.surplus_wave(DemoResult(shared.cell, (late,))) == ""


def test_nothing_is_explained_where_nothing_happened() -> None:
    """An even share, and a target without a limit."""
    assert demo_words.surplus_wave(lottery({11: 25, 12: 25, 13: 25, 14: 25})) == ""
    assert demo_words.surplus_wave(result("fastapi-svc", "async-io", 100, 2.0, None)) == ""


def test_the_arithmetic_is_written_out_as_far_as_asked() -> None:
    """One slot and one wave are singular; without a limit there is nothing to divide."""

    def says(slots: int | None, requests: int, *, steps: bool) -> str:
        cell = DemoCell("flask-svc", "io", requests, slots, workers=4, delay_s=1.0)
        return demo_words.arithmetic(cell, steps=steps)

    assert says(4, 16, steps=True) == "4 slots: ceil(16 / 4) = 4 waves of 1.00 s"
    assert says(4, 16, steps=False) == "4 slots: 4 waves of 1.00 s"
    assert says(1, 1, steps=True) == "1 slot: ceil(1 / 1) = 1 wave of 1.00 s"
    assert says(None, 100, steps=True) == "no limit: 1 wave of 1.00 s"


def slots_of_one(shares: dict[int, int]) -> DemoResult:
    """16 requests to 4 workers of one slot each, which serve one after the other."""
    served = [sample(pid, 1.0 + wave) for pid, share in shares.items() for wave in range(share)]
    cell = DemoCell("flask-svc", "io", 16, 4, workers=4, delay_s=1.0)
    return DemoResult(cell, (DemoBurst(tuple(served), 4),))


def test_a_worker_that_serves_nothing_is_said_to_be_held() -> None:
    """16 on the three slots that are left: ceil(16 / 3) = 6 waves; nobody waited in a worker."""
    assert demo_words.surplus_wave(slots_of_one({11: 6, 12: 5, 13: 5})) == (
        "flask-svc /io with 16 requests took 6 waves where 4 were predicted, because 1 of its 4 "
        "workers served none of these requests: other connections occupy their slots, and an idle "
        "connection is enough for that."
    )


def test_a_worker_of_one_slot_has_nobody_waiting_in_it() -> None:
    """It accepts one connection at a time: an uneven share has another cause, not known here."""
    assert demo_words.surplus_wave(slots_of_one({11: 5, 12: 5, 13: 4, 14: 2})) == ""


def four_waves(target: str, wave_s: float) -> DemoResult:
    """16 requests to 4 workers, one after the other in each."""
    served = [sample(pid, (wave + 1) * wave_s) for wave in range(4) for pid in (11, 12, 13, 14)]
    cell = DemoCell(target, "io", 16, 4, workers=4, delay_s=1.0)
    return DemoResult(cell, (DemoBurst(tuple(served), 4),))


def test_longer_waves_are_said_to_be_longer() -> None:
    """4.24 s: four waves of 1.06 s."""
    assert demo_words.longer_waves(four_waves("flask-svc", 1.06)) == (
        "flask-svc /io with 16 requests took 4.24 s in 4 waves as predicted, but each wave took "
        "1.06 s instead of 1.00 s: probably this machine has other work."
    )


def test_nothing_is_said_of_waves_that_hold_or_are_another_number_or_decide_nothing() -> None:
    """4.16 s hold; 5.2 s are a wave more; FastAPI's are a lottery anyway."""
    assert demo_words.longer_waves(four_waves("flask-svc", 1.04)) == ""
    assert demo_words.longer_waves(four_waves("flask-svc", 1.3)) == ""
    assert demo_words.longer_waves(four_waves("fastapi-svc", 1.06)) == ""

"""What the dashboard's bench makes of its windows: counts, ratios, and what falls short."""

import pytest

from bench.dashboard.browser import Drawn
from bench.dashboard.generators import read_counts
from bench.dashboard.loads import LOADS, Load
from bench.dashboard.measuring import Result, Spent, Window
from bench.dashboard.report import BARE, CLOSED, OPEN, Row, rows, verdict

LOAD = Load("json", 64)
QUIET = Spent(load_s=1.0, page_s=0.1, browser_s=0.5, others_s=0.0)
DRAWN = Drawn(refreshes_per_s=1.0, charts=4)


def result(answers: int, *, failed: int = 0, drawn: Drawn | None = DRAWN) -> Result:
    return Result(10, answers, failed, QUIET, drawn)


def row(side: str, *results: Result) -> Row:
    """Beside a bare Locust with 1,000 answers in each window."""
    return Row(LOAD, side, list(results), [result(1000, drawn=None) for _ in results])


def test_a_window_has_the_answers_of_its_own_seconds_in_all_rows() -> None:
    """The second in which it ends is not its own, and one without answers counts as none."""
    counts = read_counts(
        [
            {"num_reqs_per_sec": {"99": 1000, "100": 1, "102": 2}, "num_failures": 3},
            {"num_reqs_per_sec": {"102": 4, "103": 2000}, "num_failures": 5},
        ]
    )

    found = Window(begin_s=100, seconds=3, spent=QUIET, drawn=DRAWN).result(counts)

    assert found == Result(seconds=3, answers=7, failed=8, spent=QUIET, drawn=DRAWN)
    assert found.throughput_rps == pytest.approx(7 / 3)
    assert found.load_cpu_per_1000_s == pytest.approx(1000 / 7)


def test_a_ratio_is_the_median_of_what_each_round_had() -> None:
    """A minute in which everything is slow counts no more than any other."""
    bare = [result(1000), result(100), result(1000)]
    lab = [result(950), result(97), result(500)]

    assert Row(LOAD, OPEN, lab, bare).ratio() == pytest.approx(0.95)


@pytest.mark.parametrize(("answers", "falls_short"), [(899, True), (900, False), (1100, False)])
def test_the_open_page_falls_short_below_nine_tenths(answers: int, falls_short: bool) -> None:
    """Exactly nine tenths are enough."""
    assert bool(row(OPEN, result(answers)).shortfall()) is falls_short


def test_a_closed_page_has_no_target_but_may_not_fail_a_request() -> None:
    """It is there to show what the browser adds."""
    assert row(CLOSED, result(100)).shortfall() is None
    assert row(CLOSED, result(100, failed=2)).shortfall() == (
        "64 users, /json, page closed: 2 requests failed"
    )


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        (Drawn(0.5, 4), "refreshed 0.50 times per second, target at least 0.75"),
        (Drawn(1.0, 0), "a whole window in which no chart changed"),
        (None, "refreshed 0.00 times per second, target at least 0.75"),
    ],
)
def test_a_page_that_was_not_drawn_has_cost_nothing_and_falls_short(
    drawn: Drawn | None, sentence: str
) -> None:
    """One such round is enough: what was asked was not measured."""
    found = row(OPEN, result(1000), result(1000, drawn=drawn), result(1000)).shortfall()

    assert found == f"64 users, /json, page open: {sentence}"


def test_the_verdict_is_1_where_one_load_of_two_falls_short(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And it says which, and that others were busy."""
    busy = result(500)._replace(spent=QUIET._replace(others_s=9.0))
    results = {(load, side): [result(1000)] for load in LOADS for side in (BARE, CLOSED, OPEN)}
    assert verdict(rows(results)) == 0
    assert capsys.readouterr().out.strip() == "every target was met"

    assert verdict(rows(results | {(LOADS[1], OPEN): [busy]})) == 1
    assert capsys.readouterr().out.strip().splitlines() == [
        "may be unstable: other programs kept up to 0.9 cores busy",
        "",
        f"{LOADS[1]}, page open: 0.50 of bare Locust, target at least 0.90",
    ]

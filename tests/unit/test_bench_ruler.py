"""What the ruler's bench makes of two tools' words: figures, how far apart, what falls short."""

import pytest

from bench.ruler import report
from bench.ruler.figures import Burst, Closed
from bench.ruler.foreign import read_report

WRK = """Running 5s test @ http://127.0.0.1:8003/call
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    50.99ms  404.67us  55.41ms   84.50%
    Req/Sec   314.20     10.01   320.00     90.00%
  Latency Distribution
     50%   50.90ms
     75%   51.10ms
     90%   51.40ms
     99%    1.02s
  1568 requests in 5.01s, 251.06KB read
{more}Requests/sec:    313.21
Transfer/sec:     50.15KB
"""


def test_wrks_report_is_read_in_seconds() -> None:
    """Each percentile has a unit of its own."""
    assert read_report(WRK.format(more="")) == Closed(313.21, 0.0509, 1.02, 1568, 0)


def test_every_kind_of_failure_counts() -> None:
    """1 + 2 + 3 on the sockets, and 4 answers."""
    more = "  Socket errors: connect 0, read 1, write 2, timeout 3\n  Non-2xx or 3xx responses: 4\n"

    assert read_report(WRK.format(more=more)).failed == 10


def test_what_is_no_report_is_said() -> None:
    """With all of it."""
    with pytest.raises(ValueError, match="unable to connect"):
        read_report("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_three_percent_either_way_agree_and_more_do_not() -> None:
    """Medians just within and just beyond, beside 1.0 s."""
    foreign = [Burst(1.0, 0)] * 3

    for makespan_s, agrees in ((1.029, True), (0.971, True), (1.031, False), (0.969, False)):
        ours = [Burst(9.9, 0), Burst(makespan_s, 0), Burst(0.1, 0)]
        [row] = report.rows("a burst", "hey", ours, foreign)
        assert (row.shortfall() is None) is agrees


def test_a_closed_load_has_three_figures() -> None:
    """Each by both tools, and what is too far apart is named with the other tool."""
    ours = [Closed(100.0, 0.05, 0.08, 1000, 0)] * 3
    foreign = [Closed(100.0, 0.05, 0.10, 1000, 0)] * 3

    found = report.rows("16 users", "wrk", ours, foreign)

    assert [row.figure for row in found] == ["rate 1/s", "p50 s", "p99 s"]
    assert [row.shortfall() for row in found] == [
        None,
        None,
        "16 users, p99 s: -20.0% from wrk, target 3%",
    ]


def test_a_p99_of_few_answers_is_shown_and_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 999 answers, in the round that had the fewest; the rate is judged all the same."""
    ours = [Closed(90.0, 0.05, 0.08, 1000, 0)] * 3
    foreign = [Closed(100.0, 0.05, 0.10, answers, 0) for answers in (1001, 999, 1000)]

    rate, _, p99 = report.rows("16 users", "wrk", ours, foreign)
    report.print_row(p99)

    assert rate.shortfall() is not None
    assert p99.shortfall() is None
    assert capsys.readouterr().out.endswith("-20.0%  not judged: few answers\n")


def test_failures_are_named_by_tool(capsys: pytest.CaptureFixture[str]) -> None:
    """However well the figures agree."""
    shortfalls = report.failures("a burst", "hey", [Burst(1.0, 0)], [Burst(1.0, 2)])

    assert shortfalls == ["a burst: 2 requests of hey failed"]
    assert report.verdict(shortfalls) == 1
    assert report.verdict([]) == 0
    assert "they agree within 3%" in capsys.readouterr().out

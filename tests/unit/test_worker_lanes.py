"""Lanes: which worker served what, in which wave, and how that is drawn."""

from lab import lanes
from lab.demo import lanes_drawn
from lab.demo.lanes_drawn import Scale
from lab.lanes import Block, Lane
from lab.samples import Sample


def served(pid: int | None, end_s: float, *, app_s: float = 0.0, error: str = "") -> Sample:
    """A request sent at 0 whose service waited one second for the upstream."""
    return Sample(
        start_s=0.0,
        latency_s=end_s,
        status=200,
        target="flask-svc",
        route="io",
        worker_pid=pid,
        upstream_s=1.0,
        app_s=app_s,
        error=error,
    )


STAIRCASE = [served(pid, wave) for wave in (1.0, 2.0, 3.0, 4.0) for pid in (14, 13, 12, 11)]
JITTER = [served(11, 1.000), served(11, 1.012), served(11, 1.031), served(12, 1.002)]


def test_a_staircase_has_one_lane_per_worker_and_one_block_per_wave() -> None:
    """16 requests on 4 sync workers: 4 lanes by pid, 4 blocks of one request each, 4 waves."""
    found = lanes.lanes(STAIRCASE)

    blocks = tuple(Block(start_s=at, end_s=at + 1, count=1) for at in (0.0, 1.0, 2.0, 3.0))
    assert found == [Lane(pid, blocks) for pid in (11, 12, 13, 14)]
    assert lanes.waves(found) == 4


def test_a_wall_has_one_block_per_worker_with_its_requests_counted() -> None:
    """Many requests that wait together are one block, jitter and all."""
    found = lanes.lanes(JITTER)

    assert [(lane.worker_pid, [block.count for block in lane.blocks]) for lane in found] == [
        (11, [3]),
        (12, [1]),
    ]
    assert lanes.waves(found) == 1


def test_the_busiest_worker_counts_the_waves() -> None:
    """Shares of 3 and 1: the burst waits for the worker with three."""
    found = lanes.lanes([served(11, 1), served(11, 2), served(11, 3), served(12, 1)])

    assert [lane.count for lane in found] == [3, 1]
    assert lanes.waves(found) == 3


def test_requests_picked_up_early_that_waited_inside_the_worker_are_a_wave_of_their_own() -> None:
    """40 of 64 get a thread at once; the others were picked up too, but answered a second later."""
    first = [served(11, 1.0 + index / 1000) for index in range(40)]
    second = [served(11, 2.0 + index / 1000, app_s=1.0) for index in range(24)]

    [lane] = lanes.lanes(first + second)

    assert [block.count for block in lane.blocks] == [40, 24]
    assert lanes.waves([lane]) == 2


def test_quick_failures_do_not_cut_the_answers_apart() -> None:
    """A failure takes no time, and half of that would cut at every jitter."""
    failure = Sample(0.0, 0.01, 500, "flask-svc", "io", worker_pid=11, app_s=0.01, error="500")

    [lane] = lanes.lanes([failure, served(11, 1.0), served(11, 1.02)])

    assert [block.count for block in lane.blocks] == [1, 2]


def test_a_request_that_no_worker_answered_is_in_no_lane() -> None:
    """And no request at all makes no lane and no wave."""
    assert lanes.lanes([served(None, 1.0)]) == []
    assert lanes.waves([]) == 0


def test_neighbouring_blocks_are_told_apart_without_colour() -> None:
    """Two shades take turns, ten columns to the second."""
    [lane, *_] = lanes.lanes(STAIRCASE)

    line = lanes_drawn.draw_lane(lane, Scale(end_s=4.0, columns=40), label_width=12, colour="cyan")

    dark, light = "█" * 10, "▒" * 10
    assert line.plain == f"  worker 11 {dark}{light}{dark}{light} 4"


def test_a_block_says_how_many_it_holds_where_that_is_more_than_one() -> None:
    """The number stands in the middle of the block, and the lane's sum at its end."""
    [lane, _] = lanes.lanes(JITTER)

    line = lanes_drawn.draw_lane(lane, Scale(end_s=1.031, columns=9), label_width=12, colour="cyan")

    assert line.plain == "  worker 11 ███ 3 ███ 3"


def test_a_block_too_narrow_for_its_number_keeps_its_shade() -> None:
    """The lane's sum still tells."""
    [lane, _] = lanes.lanes(JITTER)

    line = lanes_drawn.draw_lane(lane, Scale(end_s=10.0, columns=40), label_width=12, colour="cyan")

    assert line.plain == "  worker 11 ████" + " " * 36 + " 3"


def test_twenty_five_waves_stay_readable_on_a_narrow_terminal() -> None:
    """Two columns or three for each, never one, never two of the same shade in touch."""
    [lane] = lanes.lanes([served(11, float(end)) for end in range(1, 26)])

    line = lanes_drawn.draw_lane(lane, Scale(end_s=25.0, columns=57), label_width=12, colour="cyan")

    bar = line.plain[12:-3]
    runs = bar.replace("█▒", "█ ▒").replace("▒█", "▒ █").split()
    assert len(line.plain) <= 80
    assert len(runs) == 25
    assert {len(run) for run in runs} == {2, 3}


def test_a_wave_that_was_picked_up_early_does_not_cover_the_one_before() -> None:
    """The first wave is whole, the second begins where the first ends."""
    lane = Lane(11, (Block(0.0, 1.0, 40), Block(0.0, 2.0, 24)))

    line = lanes_drawn.draw_lane(lane, Scale(end_s=2.0, columns=20), label_width=12, colour="cyan")

    assert line.plain[12:32] == "███ 40 ███▒▒▒ 24 ▒▒▒"


def test_a_terminal_without_block_signs_gets_ascii() -> None:
    """Everything is still drawn."""
    lane = Lane(11, (Block(0.0, 1.0, 1), Block(1.0, 2.0, 1)))
    scale = Scale(end_s=2.0, columns=20)

    drawn = [
        lanes_drawn.draw_lane(lane, scale, label_width=12, colour="cyan", ascii_only=True),
        lanes_drawn.draw_mark("predicted", 2.0, scale, label_width=12, ascii_only=True),
        *lanes_drawn.draw_axis(scale, label_width=12, ascii_only=True),
    ]

    assert all(line.plain.isascii() for line in drawn)
    assert drawn[0].plain == "  worker 11 ##########========== 2"


def test_the_axis_has_ticks_where_its_labels_say() -> None:
    """Ten columns to the second: a label and a tick at every one of them."""
    labels, rule = lanes_drawn.draw_axis(Scale(end_s=4.0, columns=40), label_width=12)

    assert labels.plain == " " * 12 + "0 s       1 s       2 s       3 s       4 s"
    assert rule.plain == " " * 12 + "┬─────────" * 4 + "┬"


def test_the_axis_picks_a_step_that_leaves_room() -> None:
    """25 s in 50 columns are 2 columns each: every 5 s; half a second in 50: every 0.1 s."""
    assert Scale(end_s=25.0, columns=50).step_s() == 5
    assert Scale(end_s=0.5, columns=50).step_s() == 0.1
    assert Scale(end_s=3600.0, columns=10).step_s() == 3600.0


def test_a_mark_ends_at_its_time_and_names_it() -> None:
    """To lay the prediction under the lanes."""
    mark = lanes_drawn.draw_mark("predicted", 2.0, Scale(end_s=4.0, columns=40), label_width=12)

    assert mark.plain == "  predicted " + "─" * 19 + "┤ 2.00 s"

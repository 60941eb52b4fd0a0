"""Lanes that are drawn while a load lasts."""

from lab.live.blocks import KEEP_S, MAX_ROWS, Lanes, LiveLane
from lab.live.tick import Served


def served(to_s: float, *, count: int = 1, hold_s: float = 1.0) -> Served:
    return Served(count, to_s - hold_s, to_s, hold_s)


def test_one_request_after_the_other_is_a_staircase() -> None:
    """One row, and neighbours of different shades."""
    lane = LiveLane()
    for end_s in (101.0, 102.0, 103.01):
        lane.add(served(end_s))

    assert [(b.served.count, b.row, b.shade) for b in lane.blocks] == [
        (1, 0, 1 - 1),
        (1, 0, 1),
        (1, 0, 0),
    ]
    assert lane.rows == 1


def test_what_ends_together_is_one_block() -> None:
    """Within three quarters of a wait for the upstream, counted from its first end."""
    lane = LiveLane()
    for end_s in (101.0, 101.2, 101.75, 101.8):
        lane.add(served(end_s, count=2))

    assert [block.served.count for block in lane.blocks] == [6, 2]
    assert lane.blocks[0].served == Served(6, 100.0, 101.75, 1.0)


def test_blocks_that_overlap_lie_in_rows() -> None:
    """As many as are needed, and no more than fit."""
    lane = LiveLane()
    for n in range(30):
        lane.add(served(110.0 + n, hold_s=10.0) if n % 10 == 0 else served(110.0 + n, hold_s=1.2))

    rows = [block.row for block in lane.blocks]
    assert rows[0] == 0
    assert max(rows) > 0
    assert lane.rows <= MAX_ROWS
    for earlier, later in zip(lane.blocks, lane.blocks[1:], strict=False):
        if earlier.row == later.row:
            assert later.served.from_s >= earlier.served.to_s - 0.11


def test_a_block_keeps_its_row_when_older_ones_are_forgotten() -> None:
    """Nothing jumps while the picture moves on."""
    lanes = Lanes()
    for end_s in (101.0, 101.9, 102.8):
        lanes.add({7: served(end_s)})
    before = {round(b.served.to_s, 1): (b.row, b.shade) for b in lanes.by_pid[7].blocks}
    lanes.forget(101.5)
    after = {round(b.served.to_s, 1): (b.row, b.shade) for b in lanes.by_pid[7].blocks}

    assert set(after) == {101.9, 102.8}
    assert after.items() <= before.items()


def test_each_worker_has_a_lane_by_pid() -> None:
    """Also those that nobody has heard of; times count from now, and nothing sticks out."""
    lanes = Lanes()
    lanes.add({9: served(101.0, count=3)})
    lanes.add({7: served(101.1)})

    rows = lanes.rows(101.05, workers=4)

    assert [(row["lane"], row["pid"], row["count"]) for row in rows] == [
        (0, 7, 1),
        (1, 9, 3),
        (2, None, 0),
        (3, None, 0),
    ]
    assert (rows[0]["from_s"], rows[0]["to_s"]) == (-0.95, 0.0)
    assert lanes.rows(101.0 + 5 * KEEP_S, workers=4)[0]["from_s"] == -KEEP_S


def test_a_worker_that_was_replaced_leaves_no_lane_behind() -> None:
    """Four workers have four lanes, whatever the pids of those before them."""
    lanes = Lanes()
    for pid in (1, 2, 3, 4):
        lanes.add({pid: served(101.0)})
    lanes.add({5: served(150.0)})
    lanes.forget(140.0)

    pids = [row["pid"] for row in lanes.rows(150.0, workers=4)]

    assert len(pids) == 4
    assert 5 in pids


def test_where_the_number_of_workers_is_unknown_those_seen_have_lanes() -> None:
    """And nobody else."""
    lanes = Lanes()
    assert lanes.rows(100.0, workers=None) == []
    lanes.add({7: served(101.0)})
    assert [row["pid"] for row in lanes.rows(101.0, workers=None)] == [7]

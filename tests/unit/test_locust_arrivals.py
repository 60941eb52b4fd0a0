"""When requests fall due: even, random, in bursts, and split over load workers."""

from itertools import pairwise

import pytest
from arrivals import Part, Schedule, next_even_s, next_poisson_s, random_of

ALONE = Part()


def even(rate, part=ALONE, from_s=-1.0):
    """A schedule of even arrivals."""
    return Schedule(lambda after_s: next_even_s(after_s, rate=rate, part=part), at_s=from_s)


def poisson(rate, seed, part=ALONE):
    """A schedule of random arrivals."""
    random = random_of(seed, part)
    return Schedule(
        lambda after_s: next_poisson_s(after_s, rate=rate, part=part, random=random), at_s=-1.0
    )


@pytest.mark.parametrize("count", range(1, 8))
@pytest.mark.parametrize("total", [0, 1, 16, 17, 2000])
def test_the_parts_of_a_number_add_up(total, count):
    """And none is larger than another by more than one."""
    parts = [Part(index, count).of(total) for index in range(count)]

    assert sum(parts) == total
    assert max(parts) - min(parts) <= 1


@pytest.mark.parametrize("rate", [0.1, 0.3, 8.0, 29.97, 333.3, 10_000.0])
def test_even_arrivals_are_rate_times_time(rate):
    """However often one looks, and without drift."""
    time_s = 400 / rate
    seldom, often = even(rate), even(rate)

    at_once = seldom.due(time_s)
    assert abs(len(at_once) - rate * time_s) <= 1
    assert [due for look in range(1001) for due in often.due(look * time_s / 1000)] == at_once
    assert at_once == pytest.approx([n / rate for n in range(len(at_once))])


def test_a_day_of_even_arrivals_is_exact():
    """Where a step added up 86,400 times would be off."""
    at_s = 86_399.99

    assert next_even_s(at_s, rate=1000.0, part=ALONE) == pytest.approx(at_s + 0.001, abs=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_parts_of_even_arrivals_take_turns(count):
    """Together they are what one alone would be."""
    parts = [even(7.3, Part(index, count)).due(10.0) for index in range(count)]

    assert sorted(due for part in parts for due in part) == pytest.approx(even(7.3).due(10.0))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_who_joins_later_does_not_catch_up():
    """The first due time is the next one of all."""
    assert even(2.0, from_s=10.2).due(11.1) == [10.5, 11.0]


def test_a_late_look_finds_all_that_fell_due():
    """With the times at which they fell due, not the time of the look."""
    schedule = even(4.0)

    assert schedule.due(0.0) == [0.0]
    assert schedule.due(1.1) == [0.25, 0.5, 0.75, 1.0]
    assert schedule.due(1.1) == []
    assert schedule.wait_s(1.1) == pytest.approx(0.15)
    assert schedule.wait_s(99.0) == 0.0


def test_another_rate_counts_from_the_last_one_due():
    """An arrival in a minute becomes one in a second, and none comes twice."""
    rate = [1 / 60]
    schedule = Schedule(lambda after_s: next_even_s(after_s, rate=rate[0], part=ALONE), at_s=-1.0)
    assert schedule.due(1.5) == [0.0]
    assert schedule.wait_s(1.5) == 58.5

    rate[0] = 1.0
    schedule.change()

    assert schedule.due(3.0) == [1.0, 2.0, 3.0]


def test_a_seed_repeats_the_random_arrivals():
    """And another one gives others."""
    first, again, other = (poisson(8.0, seed).due(60.0) for seed in (1, 1, 2))

    assert first == again != other


def test_random_arrivals_have_the_rate_and_the_scatter_of_poisson():
    """Counts in a second vary by as much as they amount to; both known within some percent."""
    due = poisson(50.0, 1).due(400.0)
    counts = [sum(second <= each < second + 1 for each in due) for second in range(400)]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)

    assert mean == pytest.approx(50, rel=0.05)
    assert variance / mean == pytest.approx(1, abs=0.25)
    assert all(before < after for before, after in pairwise(due))


def test_parts_of_random_arrivals_add_up_and_differ():
    """Each has a share of the rate and random numbers of its own."""
    parts = [poisson(90.0, 1, Part(index, 3)).due(100.0) for index in range(3)]

    assert sum(map(len, parts)) == pytest.approx(9000, rel=0.05)
    assert all(len(part) == pytest.approx(3000, rel=0.1) for part in parts)
    assert not set(parts[0]) & set(parts[1])

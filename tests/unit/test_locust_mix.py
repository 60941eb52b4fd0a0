"""Users on load workers: the same mix on each, and as many of one class as of the other."""

from collections import Counter
from itertools import islice

import pytest
from mix import in_turn

SHAPES = [(classes, workers) for classes in (1, 2, 3, 6) for workers in (1, 2, 3, 4, 6, 8)]


@pytest.mark.parametrize(("classes", "workers"), SHAPES)
def test_as_many_users_as_classes_times_workers_are_one_of_each_on_each(classes, workers):
    """What a schedule needs; and so for every multiple."""
    names = "ABCDEF"[:classes]
    dealt = list(islice(in_turn(names, workers), 3 * classes * workers))

    for rounds in (1, 2, 3):
        users = dealt[: rounds * classes * workers]
        for worker in range(workers):
            assert Counter(users[worker::workers]) == dict.fromkeys(names, rounds)


@pytest.mark.parametrize(("classes", "workers"), SHAPES)
def test_as_many_users_as_classes_are_one_of_each(classes, workers):
    """What steps need, whose first has one user for each target."""
    names = "ABCDEF"[:classes]
    dealt = list(islice(in_turn(names, workers), 20 * classes))

    for users in range(1, 21):
        assert Counter(dealt[: users * classes]) == dict.fromkeys(names, users)

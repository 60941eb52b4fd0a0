"""Health probes of a target: how late, and what an orchestrator would have done."""

import pytest

from lab.live.probing import Probed


def probed(kinds: str) -> Probed:
    """Probes in order: "+" answered in time, "-" not."""
    found = Probed()
    for kind in kinds:
        found.asked += 1
        found.judge(is_good=kind == "+")
        found.end(0.01 if kind == "+" else 4.2)
    return found


@pytest.mark.parametrize(
    ("kinds", "late", "restarts"),
    [
        ("", 0, 0),
        ("++++", 0, 0),
        ("+--+--+", 4, 0),
        ("---", 3, 1),
        ("-----", 5, 1),
        ("------", 6, 2),
        ("--+---+---", 8, 2),
    ],
)
def test_three_late_probes_in_a_row_restart_it(kinds: str, late: int, restarts: int) -> None:
    """A good answer begins the count again, and so does a restart."""
    found = probed(kinds)

    assert (found.asked, found.late, found.restarts) == (len(kinds), late, restarts)


def test_the_last_and_the_slowest_are_kept() -> None:
    """In seconds; unknown before the first."""
    assert (Probed().last_s, Probed().worst_s) == (None, None)
    found = probed("+-+")
    assert (found.last_s, found.worst_s) == (0.01, 4.2)


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        ("++", ""),
        ("-", "a probe with a time-out of 1 s would have failed once"),
        (
            "---",
            "a probe with a time-out of 1 s would have failed 3 times and restarted it once",
        ),
        (
            "-" * 12,
            "a probe with a time-out of 1 s would have failed 12 times and restarted it 4 times",
        ),
    ],
)
def test_a_sentence_says_so_where_there_is_something_to_say(kinds: str, sentence: str) -> None:
    """As one sentence of the card, without a full stop."""
    assert probed(kinds).sentence == sentence
    assert probed(kinds).described()["sentence"] == sentence

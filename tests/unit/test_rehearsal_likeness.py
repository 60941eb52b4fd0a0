"""When a command has printed what the page says."""

import pytest

from workshop.rehearsal.addresses import to_here
from workshop.rehearsal.likeness import difference, is_like


@pytest.mark.parametrize(
    ("told", "printed"),
    [
        ("16 requests took 4.03 s", "16 requests took 4.21 s"),
        ("25,100 answers", "27,900  answers"),
        ("worker 8 answered 4", "worker 31415 answered 4"),
        (
            "all of it is in results/20261120-182621-02",
            "all of it is in results/20270101-000000-02",
        ),
        ("worker 1 ████▒▒▒▒ 4", "worker 2 ███████▒▒▒ 4"),
        ("0.02 s late", "0.09 s late"),
        ("ok    Python         3.11.7", "ok    Python         3.13.5"),
    ],
)
def test_other_digits_are_the_same_line(told: str, printed: str) -> None:
    """Times, ids and dates differ from run to run."""
    assert is_like(told, printed)


@pytest.mark.parametrize(
    ("told", "printed"),
    [
        ("16 requests took 4.03 s", "16 requests took 1.03 s"),
        ("4 waves", "5 waves"),
        ("NOT YET: too slow", "PASS: too slow"),
        ("1,000 at once", "100 at once"),
        ("measured 4.02 s", "measured 4.02 s 4.02 s"),
    ],
)
def test_other_words_counts_or_sizes_are_another_line(told: str, printed: str) -> None:
    """Structure has to agree, and numbers within the tolerance."""
    assert not is_like(told, printed)


PRINTED = ["begin", "", "a 1.00 s", "b 2.00 s", "noise", "end"]


@pytest.mark.parametrize(
    "told",
    [
        [],
        ["begin", "a 1.10 s", "b 2.10 s", "noise", "end"],
        ["...", "a 1.10 s", "b 2.10 s", "..."],
        ["begin", "...", "end"],
        ["...", "end"],
        ["begin", "..."],
        ["..."],
        ["...", "a 1.00 s", "...", "noise", "..."],
    ],
)
def test_dots_stand_for_any_lines(told: list[str]) -> None:
    """And a page may leave out all of them."""
    assert difference(told, PRINTED) == ""


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (["a 1.00 s", "..."], "the page shows 'a 1.00 s' and the lines after it; printed, they"),
        (["begin", "..."] + ["c 3.00 s"], "the page says 'c 3.00 s'; printed was"),
        (
            ["...", "b 2.00 s", "a 1.00 s", "..."],
            "the page shows 'b 2.00 s' and the lines after it",
        ),
        (["...", "noise"], "the page shows 'noise' and the lines after it; printed, they are in"),
        (["begin", "...", "begin", "..."], "the page says 'begin'; printed was"),
        (["begin", "a 1.00 s", "b 2.00 s", "noise", "end", "more"], "the page says 'more'"),
        (["begin", "a 1.00 s"], "the page shows 'begin' and the lines after it|printed besides"),
    ],
)
def test_what_differs_is_told(told: list[str], sentence: str) -> None:
    """The first line of the page that was not printed, or was at another place."""
    why = difference(told, PRINTED)

    assert any(why.startswith(each) for each in sentence.split("|")), why


def test_addresses_of_a_page_become_those_of_this_machine() -> None:
    """Whoever has other ports follows the same page."""
    here = to_here({"FLASK_SVC_PORT": "9001"})

    assert here("curl localhost:8001/io localhost:8002") == "curl localhost:9001/io localhost:8002"

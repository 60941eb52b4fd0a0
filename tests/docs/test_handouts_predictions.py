"""Whoever is asked for a number is shown, further down, what it was."""

import re

import pytest

from lab.environment import ROOT

PAGES = sorted((ROOT / "handouts").glob("[0-9][0-9]-*.md"))
BOX = re.compile(r"^```\{predict\}", re.MULTILINE)
FIGURE = re.compile(r'<span data-prediction="(\d+)"(?: data-how="(\w+)")?>([^<]+)</span>')
# Every reader has other numbers there, on paper.
OWN_NUMBERS = "09-decide"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem[:2])
def test_each_prediction_has_one_figure_below_it(page):
    """Of the same number, after the box that asks."""
    text = page.read_text(encoding="utf-8")
    asked = [found.start() for found in BOX.finditer(text)]
    figures = {int(found[1]): found for found in FIGURE.finditer(text)}

    assert asked
    assert len(figures) == len(FIGURE.findall(text))
    assert sorted(figures) == ([] if page.stem == OWN_NUMBERS else [*range(1, len(asked) + 1)])
    for number, found in figures.items():
        assert found.start() > asked[number - 1]
        assert re.search(r"\d", found[3])
        assert found[2] in (None, "computed")


def test_what_a_page_asks_is_measured_there_or_computed():
    """Memory of a waiting process is looked at by an experiment, and page 4 does not run it."""
    text = (ROOT / "handouts/04-the-event-loop.md").read_text(encoding="utf-8")

    assert "{predict} MB" not in text

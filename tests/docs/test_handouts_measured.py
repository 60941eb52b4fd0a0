"""What the handouts say was measured is what the report says."""

import os
import re
import shutil

import pytest

from lab.environment import ROOT
from workshop.handouts.measured import CHARTS, REFERENCE, refresh

HANDOUTS = ROOT / "handouts"
REWRITE = "REWRITE=1 make test ARGS=tests/docs/test_handouts_measured.py rewrites them"


@pytest.fixture(scope="module")
def renewed(tmp_path_factory):
    """The pages and charts as the report has them; with REWRITE set the committed ones first."""
    if "REWRITE" in os.environ:
        refresh(HANDOUTS, REFERENCE)
    folder = tmp_path_factory.mktemp("handouts")
    for page in HANDOUTS.glob("*.md"):
        shutil.copy(page, folder)
    refresh(folder, REFERENCE)
    return folder


def test_every_block_is_as_the_report_has_it(renewed):
    """To the letter, on every page."""
    differ = [
        page.name
        for page in sorted(HANDOUTS.glob("*.md"))
        if page.read_bytes() != (renewed / page.name).read_bytes()
    ]
    assert differ == [], REWRITE


def test_every_chart_is_as_the_report_has_it(renewed):
    """To the letter; none is kept that no page asks for."""
    kept, made = (
        {path.name: path.read_text() for path in (folder / CHARTS).glob("*.svg")}
        for folder in (HANDOUTS, renewed)
    )
    assert sorted(kept) == sorted(made), "a chart that no page asks for has to be removed by hand"
    assert [name for name in made if kept[name] != made[name]] == [], REWRITE


def test_charts_are_shown_by_blocks_alone():
    """A picture outside of one would stay as it is when the report is another."""
    for page in HANDOUTS.glob("*.md"):
        text = page.read_text()
        by_hand = re.sub(
            r"<!-- measured: chart .*?<!-- end measured -->", "", text, flags=re.DOTALL
        )
        assert f"]({CHARTS}/" not in by_hand, page.name

"""docs/claims.md is the ledger, and the ledger fits the experiments."""

import os
import re

import pytest

from lab.claims.claim import ARTICLES
from lab.claims.ledger import CLAIMS, page
from lab.environment import ROOT

PAGE = ROOT / "docs" / "claims.md"
IDS = [
    *(f"C{number}" for number in range(1, 12)),
    *(f"A{number}" for number in range(1, 21)),
    *(f"B{number}" for number in range(1, 18)),
]


def test_the_page_is_the_ledger():
    """To the letter; with REWRITE set it is rewritten first."""
    if "REWRITE" in os.environ:
        PAGE.write_text(page(CLAIMS))

    assert page(CLAIMS) == PAGE.read_text()


def test_every_claim_has_one_row_in_the_ledger_and_on_the_page():
    """The ids never change, and none is left out."""
    assert [claim.id for claim in CLAIMS] == IDS
    assert sorted(re.findall(r"^\| ([A-C]\d+) \|", PAGE.read_text(), re.M)) == sorted(IDS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_row_is_whole(claim):
    """A claim and a reading in sentences, and an article that is named."""
    assert claim.source in ARTICLES
    assert claim.section
    assert claim.parts or claim.waits_for or claim.missing
    for text in (claim.text, claim.literal):
        assert re.fullmatch(r"[A-Z0-9].*[.)]", text), text
    assert all(re.fullmatch(r"\d\d", number) for number in claim.experiments)

"""Which runs of a report count: those of clean sources with equal definitions."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_run import burst_cell, experiment, todays_sources, write_run

from lab.claims import lock
from lab.claims.finding_data import findings
from lab.claims.ledger import claim
from lab.claims.rule import decide
from lab.results import reading
from lab.results.measurement import Measurement
from lab.verdicts.absence import Reason
from lab.verdicts.judgement import Verdict
from lab.verdicts.summary import summarize

NAMES = ("01-one-user", "02-sixteen-at-once", "03-async-view")


def runs(tmp_path: Path, **changed: dict[str, object]) -> list[reading.Run]:
    """Three runs; `changed` is metadata by the experiment's number, as _02."""
    found = []
    for name in NAMES:
        metadata = {"git": {"commit": "a" * 40, "changed": False, "changed_sources": []}}
        more = changed.get(f"_{name[:2]}", {})
        cell = burst_cell(16)
        measured = [Measurement(cell=cell.id, series=1, began_s=0, wall_s=1)]
        path = tmp_path / name
        write_run(path, experiment(cell, name=name), measured, quick=False, **{**metadata, **more})
        found.append(reading.read(path))
    return found


def problems(found: list[reading.Run]) -> dict[str, str]:
    return {
        number: each.problem
        for number, each in findings([(run, summarize(run)) for run in found]).found.items()
    }


def sources(name: str, **changed: str) -> dict[str, object]:
    return {"sources": {**todays_sources(name), **changed}}


def test_runs_of_equal_clean_sources_count(tmp_path):
    """All three of them."""
    assert problems(runs(tmp_path)) == {"01": "", "02": "", "03": ""}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"sources": {}}, "does not say from which sources it was measured"),
        (
            sources(NAMES[1], experiment="0" * 16),
            "was measured with another definition than today's",
        ),
        (
            sources(NAMES[1], **{"flask-svc": "0" * 16}),
            "was measured with another flask-svc than the other experiments",
        ),
        (
            sources(NAMES[1], locks="0" * 16, driver="0" * 16),
            "was measured with another driver and locks than the other experiments",
        ),
        (
            {"git": {"changed": True, "changed_sources": ["a.py", "b.py", "c.py", "d.py"]}},
            "was measured from changed sources: a.py, b.py, c.py and others",
        ),
    ],
)
def test_a_run_of_other_sources_decides_nothing(tmp_path, changed, sentence):
    """It is named, and the other runs count."""
    found = runs(tmp_path, _02=changed)

    assert problems(found) == {"01": "", "02": sentence, "03": ""}
    decision = decide(claim("C1"), findings([(run, summarize(run)) for run in found]))
    assert decision.verdict is Verdict.UNMEASURED
    assert decision.absences == ((Reason.DISTURBED, f"experiment 02 {sentence}"),)


def test_the_rules_that_judge_may_have_changed_since(tmp_path):
    """A run is judged again, by the rules of today."""
    assert problems(runs(tmp_path, _02=sources(NAMES[1], verdicts="0" * 16)))["02"] == ""


def test_a_claim_whose_reading_changed_after_the_measurement_is_not_decided(tmp_path):
    """Also where only one of its runs was made for another reading."""
    today = lock.hash_of(claim("C1"))
    found = runs(tmp_path, _02={"claims": {"C1": today, "C4": "00000000"}})
    gathered = findings([(run, summarize(run)) for run in found])

    assert gathered.hashes == {"C1": {today}, "C4": {"00000000"}}
    decision = decide(claim("C4"), gathered)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.absences == (
        (Reason.DISTURBED, "its reading was changed after the measurement"),
    )
    assert decide(claim("C1"), gathered).absences != decision.absences
    unchanged = replace(gathered, hashes={"C4": {lock.hash_of(claim("C4"))}})
    assert decide(claim("C4"), unchanged).absences != decision.absences

"""From folders to findings: runs, skipped experiments, the count of the code."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from made_run import answer, burst_cell, experiment, write_run

from lab.claims import code_count
from lab.claims.finding_data import findings, gather
from lab.claims.findings import Findings, MissingError
from lab.claims.ledger import CLAIMS, claim, decide_all
from lab.claims.rule import OPEN, decide
from lab.environment import ROOT
from lab.experiments.experiment import Prediction
from lab.results import folder, reading
from lab.results.measurement import Measurement, Row
from lab.results.writing import CUT_OFF
from lab.verdicts.absence import Reason
from lab.verdicts.judgement import Verdict
from lab.verdicts.summary import summarize

DELAY_S = 0.5


FOUR_WAVES = Prediction(
    function="makespan_s",
    inputs={"requests": 16, "slots": 4, "service_s": DELAY_S},
    value=4 * DELAY_S,
)
CELLS = tuple(
    burst_cell(16, route=route, prediction=FOUR_WAVES, tolerance=0.02)
    for route in ("io", "async-io")
)
EXPERIMENT = experiment(
    *CELLS,
    name="03-async-view",
    claims=("C2",),
    behaviour={"delay_ms": DELAY_S * 1000},
)


def measured(cell, series, wave_s, error=""):
    """16 requests in four waves of so long, spread over four workers."""
    rows = [
        Row(
            answer(
                n,
                wave_s=wave_s,
                sent_s=0.001,
                status=0 if error and n == 15 else 200,
                route=cell.route,
                upstream_s=DELAY_S,
                app_s=0.001,
                error=error if n == 15 else "",
            )
        )
        for n in range(16)
    ]
    return Measurement(
        cell=cell.id,
        series=series,
        began_s=0,
        wall_s=3,
        rows=rows,
        upstream={"served": 16, "peak": 4, "late_ms": {"p50": 0.1, "p99": 0.2}},
        driver={"cpu_s": 0.01, "wall_s": 3.0, "late_s": 0.0},
    )


def write(path, waves_s, *, state="complete", reason="", error="", ceiling=None):
    """A run of experiment 03, its async view taking waves of so long in each series."""
    measurements = []
    for series, wave_s in enumerate(waves_s, start=1):
        measurements += [
            measured(CELLS[0], series, DELAY_S),
            measured(CELLS[1], series, wave_s, error),
        ]
    write_run(
        path,
        EXPERIMENT,
        measurements,
        state=state,
        reason=reason,
        quick=False,
        machine={"cores": 2},
        servers={"flask-svc": {"workers": 4, "slots": {"io": 4, "async-io": 4}}},
        ceiling=ceiling,
    )


def test_a_run_is_found_by_its_number(tmp_path):
    """With the delay, cores and workers that a claim asks for."""
    write(tmp_path / "03-async-view", [0.51, 0.52, 0.51])
    found = gather(tmp_path)

    assert found.delay_s("03") == DELAY_S
    assert found.experiment("03").cores == 2
    assert found.metric("03", CELLS[1].id, "makespan_s").values == pytest.approx([2.04, 2.08, 2.04])
    assert len(found.measurements("03", CELLS[0].id)) == 3
    assert found.predicted("03", CELLS[0].id) == 2.0
    assert found.experiment("03").series == 3
    assert not found.is_provisional("03")


@pytest.mark.parametrize(("wave_s", "verdict"), [(0.51, Verdict.HOLDS), (0.6, Verdict.FAILS)])
def test_a_claim_is_decided_from_files(tmp_path, wave_s, verdict):
    """C2, from nothing but the folder."""
    write(tmp_path / "03-async-view", [wave_s] * 3)
    decision = decide(claim("C2"), gather(tmp_path))

    assert decision.verdict is verdict
    [shown] = decision.shown
    assert shown.measured.middle == pytest.approx(wave_s / DELAY_S)


def test_repeats_that_spread_more_than_a_cells_tolerance_are_the_rules_own_matter(tmp_path):
    """5 % is more than this cell's 2 %, and all of it within the claim's 10 %."""
    write(tmp_path / "03-async-view", [0.50, 0.51, 0.525])
    found = gather(tmp_path)

    assert found.doubts("03", CELLS[1].id) == []
    assert decide(claim("C2"), found).verdict is Verdict.HOLDS


def test_a_doubt_is_known_whatever_its_sentence_was_when_it_was_stored(tmp_path):
    """Sentences are reworded; the spread stays the rule's own matter in an older report, too."""
    write(tmp_path / "03-async-view", [0.50, 0.51, 0.525])
    run = reading.read(tmp_path / "03-async-view")
    summary = summarize(run)
    cell = replace(summary.cells[CELLS[1].id], doubts=("repeats differ by 5 %",))
    stored = replace(summary, cells={**summary.cells, CELLS[1].id: cell})

    assert findings([(run, stored)]).doubts("03", CELLS[1].id) == []


def test_a_failed_request_is_a_doubt_about_the_claim(tmp_path):
    """Whatever the lengths say."""
    write(tmp_path / "03-async-view", [0.51] * 3, error="connection reset")
    decision = decide(claim("C2"), gather(tmp_path))

    assert decision.verdict is Verdict.INCONCLUSIVE
    sentences = [each.sentence for each in decision.absences]
    assert all(each.startswith("experiment 03: ") for each in sentences)
    assert any("3 of 48 requests failed" in each for each in sentences)
    assert Reason.DISTURBED in {each.reason for each in decision.absences}


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("interrupted", "Ctrl-C", "experiment 03 was interrupted: Ctrl-C"),
        ("failed", "flask-svc ended by itself.", "experiment 03 failed: flask-svc ended by itself"),
        ("running", "", f"experiment 03 was interrupted: {CUT_OFF}"),
    ],
)
def test_a_run_that_did_not_come_out_whole_decides_nothing(tmp_path, state, reason, said):
    """Its state and reason are told."""
    write(tmp_path / "03-async-view", [0.51] * 3, state=state, reason=reason)
    decision = decide(claim("C2"), gather(tmp_path))

    assert decision.verdict is Verdict.UNMEASURED
    assert decision.absences == ((Reason.FEW, said),)


def test_an_experiment_that_cannot_run_here_says_why(tmp_path):
    """As experiment 15 without containers."""
    folder.skip(tmp_path / "15-small-box", "15-small-box", "it needs Docker")
    decision = decide(claim("A6"), gather(tmp_path))

    assert decision.verdict is Verdict.UNMEASURED
    assert decision.absences == ((Reason.NOT_RUN, "experiment 15 was left out: it needs Docker"),)


def test_an_empty_report_still_has_a_decision_on_every_claim(tmp_path):
    """Only what is counted in the source is decided."""
    decisions = decide_all(gather(tmp_path))

    assert decisions.keys() == {each.id for each in CLAIMS}
    decided = {id for id, each in decisions.items() if each.verdict not in OPEN}
    assert decided == {"B2", "B5", "B7", "B13", "B16", "B17"}


def test_what_is_not_there_is_named():
    """Experiment, cell and metric."""
    with pytest.raises(MissingError, match="experiment 02 was not run"):
        Findings(found={}).metric("02", "flask-svc.io.burst-16", "makespan_s")


def test_the_count_of_today_is_the_readmes(tmp_path):
    """The lines of the users as the table in the READMEs has them."""
    amounts = code_count.find(tmp_path)
    lines = [each.plain_lines for each in amounts.users.values()]

    readme = (ROOT / "flask-svc" / "README.md").read_text()
    together = next(line for line in readme.splitlines() if line.startswith("| **together**"))
    assert [f"**{each} / " in together for each in lines] == [True] * 3
    assert amounts.documented_with == {
        "fastapi": ["fastapi", "fastapi_offline"],
        "flask": ["flask_openapi"],
    }


def test_a_count_that_was_kept_with_the_report_is_the_one_that_counts(tmp_path):
    """The services may have changed since, or be elsewhere."""
    code_count.save(tmp_path)
    kept = json.loads((tmp_path / code_count.FILE).read_text())
    kept["users"]["FastAPI"]["plain_lines"] = 7
    (tmp_path / code_count.FILE).write_text(json.dumps(kept))

    assert code_count.find(tmp_path).users["FastAPI"].plain_lines == 7
    assert code_count.find(tmp_path, root=tmp_path / "elsewhere").users["FastAPI"].plain_lines == 7


def test_without_a_count_and_without_the_services_nothing_is_counted(tmp_path):
    """The claims about code say so."""
    assert code_count.find(tmp_path, root=tmp_path) is None
    decision = decide(claim("B5"), gather(tmp_path, root=tmp_path))
    assert decision.absences == ((Reason.NOT_RUN, "the services' code was not counted"),)


def test_the_ledger_needs_nothing_but_python():
    """A host without the lab's packages decides as well."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from lab.claims import finding_data, ledger\n"
        "from bench.boilerplate import __main__ as counting\n"
        "foreign = {name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names\n"
        "print(sorted(foreign - {'__main__'}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", code, str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "['bench', 'lab']"

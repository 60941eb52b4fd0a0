"""The report that is kept: everything after the measuring can be done again from its files."""

import csv
import json
import re
import shutil
import subprocess
import sys

import pytest

from lab.claims import finding_data as claims
from lab.claims.ledger import CLAIMS, decide_all
from lab.claims.rule import OPEN
from lab.environment import ROOT
from lab.report.render import render
from lab.report.report_data import gather
from lab.results import folder, reading
from lab.running import checking
from lab.verdicts.absence import Reason
from lab.verdicts.judgement import Verdict

REFERENCE = ROOT / "results/reference"
RUNS = sorted(each.parent for each in REFERENCE.glob("*/run.json"))
NAMES = {each.stem for each in ROOT.glob("experiments/*.toml")}
YOUNGER = {
    "26-pool-is-the-limit",
    "27-blocking-driver",
    "28-driver-or-framework",
    "29-pools-of-several-workers",
    "30-tokens-and-pool",
    "31-too-many-connections",
    "32-connection-per-request",
    "33-quick-queries",
    "34-shared-pool",
    "35-waiting-in-a-circle",
    "36-held-while-it-streams",
}
"""Experiments that were added after the reference was measured. The next reference has them, and
then this is empty."""


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """The same report made again, with neither verdicts nor page to copy from."""
    copy = tmp_path_factory.mktemp("report") / "reference"
    derived = ("report.*", "*.csv", "summary.json", "verdict.json")
    shutil.copytree(REFERENCE, copy, ignore=shutil.ignore_patterns(*derived))
    assert not list(copy.glob("**/verdict.json"))
    render(copy)
    return copy


def test_it_is_complete():
    """A complete run of every experiment that is not younger, on two cores."""
    assert {each.name for each in RUNS} == NAMES - YOUNGER
    assert YOUNGER <= NAMES
    for run in RUNS:
        metadata = reading.read(run).metadata
        assert metadata["state"] == "complete"
        assert metadata["machine"]["cores"] == 2
        assert not metadata["quick"]


def test_the_same_files_give_the_same_verdicts(rebuilt):
    """Claim by claim and cell by cell, except for claims whose reading is younger than the report.

    These are not decided until they are measured again.
    """
    kept, made = (json.loads((each / "report.json").read_text()) for each in (REFERENCE, rebuilt))
    pairs = list(zip(made["claims"], kept["claims"], strict=True))
    same = [(now, before) for now, before in pairs if now["hash"] == before["hash"]]
    younger = [now for now, before in pairs if now["hash"] != before["hash"]]

    assert [each["id"] for each in made["claims"]] == [claim.id for claim in CLAIMS]
    assert [now for now, _ in same] == [before for _, before in same]
    assert {each["verdict"] for each in younger} <= OPEN
    assert made["experiments"] == kept["experiments"]


def test_the_page_has_every_claim_and_every_experiment(rebuilt):
    """As the kept one has."""
    for page in (REFERENCE / "report.html", rebuilt / "report.html"):
        text = page.read_text()
        assert [claim.id for claim in CLAIMS if f'id="{claim.id}"' not in text] == []
        assert [name for name in NAMES - YOUNGER if f'id="experiment-{name[:2]}"' not in text] == []


def test_the_page_stays_below_a_megabyte(rebuilt):
    """It stands in the repository, and is sent by mail."""
    for page in (REFERENCE / "report.html", rebuilt / "report.html"):
        assert page.stat().st_size < 1_000_000


def test_its_table_has_every_claim_with_a_verdict(rebuilt):
    """The file for a spreadsheet."""
    with (rebuilt / "verdicts.csv").open(newline="") as file:
        rows = {row["claim"]: row["claim_verdict"] for row in csv.DictReader(file)}

    assert rows.keys() == {claim.id for claim in CLAIMS}
    assert set(rows.values()) <= set(Verdict)


def test_a_left_out_experiment_leaves_its_claim_open_with_its_reason(tmp_path):
    """In the words of its folder, said once, on the page as for a comparison."""
    why = "it cannot run on local processes: no CPU limit"
    folder.skip(tmp_path / "15-small-box", "15-small-box", why)
    shutil.copytree(REFERENCE / "02-sixteen-at-once", tmp_path / "02-sixteen-at-once")

    [shown] = [each for each in gather(tmp_path).claims if each.claim.id == "A6"]
    compared = decide_all(claims.gather(tmp_path))["A6"]

    assert shown.verdict is Verdict.UNMEASURED
    assert shown.absences == ((Reason.NOT_RUN, f"experiment 15 was left out: {why}"),)
    assert compared == shown


@pytest.mark.parametrize("run", RUNS, ids=lambda path: path.name)
def test_each_run_is_judged_as_it_was(run):
    """By `make check-run`, which compares with what stands beside the samples."""
    assert checking.check_run(run) == 0


def test_twelve_deciding_numbers_come_out_of_the_raw_samples_without_the_lab():
    """scripts/recompute.py imports nothing of it; the report's parts have the same means."""
    script = ROOT / "scripts/recompute.py"
    assert not re.search(r"^(from|import) lab", script.read_text(), re.M)
    done = subprocess.run(
        [sys.executable, "-I", script, REFERENCE], capture_output=True, text=True, check=True
    )
    computed = [line.split("\t") for line in done.stdout.splitlines()]
    report = json.loads((REFERENCE / "report.json").read_text())
    means = {
        (each["id"], part["part"]): part["measured"]["middle"]
        for each in report["claims"]
        for part in reversed(each["parts"])  # of several bases, the first counts
        if part["measured"]
    }

    assert len(computed) == 12
    for claim, part, number in computed:
        if claim != "C4":  # the report pools bursts of 16 and of 3
            assert float(number) == pytest.approx(means[claim, part], rel=1e-4)
    assert {float(number) for claim, _, number in computed if claim == "C4"} == {25, 100}


def test_the_readme_has_the_numbers_of_the_reference():
    """Of its three answers, rounded as they stand there."""
    text = (ROOT / "README.md").read_text()
    report = json.loads((REFERENCE / "report.json").read_text())
    with (REFERENCE / "cells.csv").open(newline="") as file:
        cells = {
            (row["experiment"][:2], row["cell"], row["metric"]): float(row["middle"])
            for row in csv.DictReader(file)
        }
    [b1] = [each for each in report["claims"] if each["id"] == "B1"]
    ratios = [each for each in b1["parts"] if "by Flask" in each["part"]]
    measured = {each["basis"]: each["measured"] for each in ratios}
    usual = measured["the rate is per processor second of one worker"]
    granian = measured["the rate is per processor second with Granian for both"]

    def share(shape: str) -> float:
        slots = cells["08", "fastapi-async-100.async-io.closed-100", "throughput_rps"]
        return 100 * cells["08", f"{shape}.io.closed-100", "throughput_rps"] / slots

    burst = [
        cells["02", f"{name}.io.burst-16", "makespan_s"] for name in ("flask-svc", "fastapi-svc")
    ]
    shares = {f"{share(name):.0f}" for name in ("gthread-100", "gevent-100", "flask-asgi-100")}
    assert shares == {"100"}
    for sentence in (
        "took Flask's four sync workers {:.2f} s and FastAPI {:.2f} s".format(*burst),
        "on threads, on greenlets and behind an ASGI server reached 100 % of FastAPI's throughput",
        f"answered {usual['middle']:.1f} times as many requests on FastAPI and uvicorn",
        f"it was {granian['middle']:.1f} times ({granian['low']:.1f} to {granian['high']:.1f})",
    ):
        assert sentence in text

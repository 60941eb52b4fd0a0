"""The report: what is on the page, and in the files beside it, for runs that were made up."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from math import inf
from pathlib import Path
from typing import Any

import pytest
from made_report import make

from lab.claims.claim import Decision
from lab.claims.ledger import CLAIMS
from lab.experiments import catalogue, experiment_file
from lab.report import exports, labels, render, report_data
from lab.report.figures.figure import inlined
from lab.report.formulas import formula, inputs, said
from lab.report.quantities import quantity
from lab.results.reading import RunUnreadableError
from lab.verdicts import verdict_files
from lab.verdicts.judge import ExperimentVerdict
from lab.verdicts.judgement import Judgement, Verdict
from lab.verdicts.summary import summarize

ROOT = Path(__file__).parents[2]

FEW = ("02", "04", "11", "15", "16")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of some experiments: one was skipped, one interrupted, and the page is written."""
    folder = make(tmp_path_factory.mktemp("made") / "report", only=FEW)
    assert render.render(folder) == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def page(report: Path) -> str:
    """The page's source."""
    return (report / "report.html").read_text(encoding="utf-8")


class Words(HTMLParser):
    """All that is to be read inside of the element of an id, in a line."""

    def __init__(self, id: str) -> None:
        super().__init__()
        self.id, self.depth, self.words = id, 0, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth or dict(attrs).get("id") == self.id:
            self.depth += tag not in ("meta", "link", "br")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing is in it."""

    def handle_endtag(self, tag: str) -> None:
        self.depth -= bool(self.depth)

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.words += data


def words(page: str, id: str) -> str:
    reader = Words(id)
    reader.feed(page)
    assert reader.words, f"nothing with id {id}"
    return " ".join(reader.words.split())


def document(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((report / "report.json").read_text(encoding="utf-8"))
    return found


def outside(page: str) -> Iterator[str]:
    """Whatever a browser would fetch."""
    for name in ("src", "href", "data", "poster", "srcset", "action"):
        for value in re.findall(rf'\s{name}="([^"]*)"', page):
            if not value.startswith(("#", "data:,")):
                yield value
    yield from re.findall(r"@import|url\((?!#)[^)]*\)", page)


# ------------------------------------------------------------------- the page


def test_every_claim_has_a_row_with_a_verdict(page: str) -> None:
    """Whether or not what decides it was run."""
    for claim in CLAIMS:
        row = words(page, claim.id)
        assert row.startswith(claim.id)
        assert any(str(verdict) in row for verdict in Verdict), row


def test_the_line_on_top_counts_the_verdicts(page: str, report: Path) -> None:
    """As many as there are rows of each, and the machine, the runtime and the day."""
    counts = document(report)["verdicts"]
    top = " ".join(
        re.sub(r"<[^>]+>", " ", page[page.index("<body>") : page.index("<main>")]).split()
    )

    assert f"{len(CLAIMS)} claims" in top
    assert sum(counts.values()) == len(CLAIMS)
    for verdict, number in counts.items():
        assert re.search(rf"\b{number} (is |are )?{verdict[:4]}", top), top
    assert "2 cores" in top
    assert "local processes" in top
    assert "full run" in top


def test_a_verdict_is_a_word_and_a_shape(page: str) -> None:
    """A reader who sees no colours sees three different marks."""
    rows = page[page.index('id="ledger"') : page.index('id="experiments"')]

    for verdict in Verdict:
        assert f'<symbol id="mark-{verdict}"' in page
        for mark in re.findall(rf'<span class="verdict {verdict} ">(.*?)</span>', rows):
            assert f'href="#mark-{verdict}"' in mark
            assert str(verdict) in mark


def test_nothing_is_fetched(page: str) -> None:
    """The page opens from a disk, on a machine without a network, without JavaScript."""
    assert list(outside(page)) == []
    assert "<script" not in page


def test_an_experiment_says_what_was_asked_predicted_and_measured(page: str) -> None:
    """Question, formula with its function and inputs, each series, the verdict, the command."""
    shown = words(page, "experiment-02")
    experiment = experiment_file.read(catalogue.find("02"), cores=2)

    assert experiment.question in shown
    assert "ceil(n / c) * s" in shown
    assert "makespan_s" in shown
    assert "requests 16, slots 4, service 1 s" in shown
    assert "flask-svc /io, 16 at once" in shown
    assert "4 s" in shown
    assert "holds" in shown
    assert "make run EXP=02" in shown


def test_a_skipped_experiment_says_why(page: str) -> None:
    """In place of its numbers."""
    assert "256 MiB: run it with Docker" in words(page, "experiment-15")


def test_an_interrupted_experiment_says_how_far_it_came(page: str) -> None:
    """What was measured before is shown all the same."""
    shown = words(page, "experiment-16")

    assert "Interrupted: Ctrl-C" in shown
    assert "5 of 24 measurements" in shown
    assert "50" in shown
    assert "inconclusive" in shown


def test_slopes_have_their_error(page: str) -> None:
    """What one more of something costs, and how well that is known."""
    assert re.search(r"[\d.]+ ± [\d.]+ kB per", words(page, "experiment-11"))


def test_the_machine_and_its_limits_are_told(page: str) -> None:
    """Those of the runs, and the versions of what was measured."""
    machine = words(page, "machine")

    for told in ("Made Processor", "1,048,576", "28,232", "24,000 requests/s", "gunicorn 27.0.1"):
        assert told in machine


def test_a_quick_run_says_so(tmp_path: Path) -> None:
    """On top, and in the command that repeats it."""
    page = render.render(make(tmp_path / "report", only=("01",), quick=True)).read_text("utf-8")

    assert "quick run" in page
    assert "tolerances are wider" in page
    assert "make run EXP=01 QUICK=1" in words(page, "experiment-01")


def test_there_is_no_winner(page: str) -> None:
    """Claims hold or fail; frameworks do not win."""
    assert not re.search(r"winner|trophy|🏆|beats|champion", page, re.IGNORECASE)


def test_text_of_a_run_cannot_become_markup(tmp_path: Path) -> None:
    """A reason may hold any sign."""
    folder = make(tmp_path / "report", only=("01",))
    path = folder / "01-one-user" / "run.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    run |= {"state": "failed", "reason": "<b>& `x<y`"}
    path.write_text(json.dumps(run), encoding="utf-8")

    page = render.render(folder).read_text(encoding="utf-8")

    assert "&lt;b&gt;&amp; <code>x&lt;y</code>" in page
    assert "<b>& " not in page


def test_the_same_files_give_the_same_page(report: Path) -> None:
    """It can be rebuilt, also where nothing was ever measured."""
    before = (report / "report.html").read_bytes()

    render.render(report)

    assert (report / "report.html").read_bytes() == before


def test_what_was_judged_is_shown_as_it_was(tmp_path: Path) -> None:
    """Stored verdicts are not made again; a run without any is judged now."""
    folder = make(tmp_path / "report", only=("01", "02"))
    [one, two] = report_data.gather(folder).judged
    assert two.verdict.judgement is not None
    fails = Judgement(Verdict.FAILS, "as it was stored")
    verdict_files.write(one.run.folder, one.summary, ExperimentVerdict(one.verdict.cells, fails))

    [one, two] = report_data.gather(folder).judged

    assert one.verdict.judgement == fails
    assert two.verdict.judgement.verdict is Verdict.HOLDS  # type: ignore[union-attr]
    assert two.summary == summarize(two.run)


def test_one_run_alone_is_a_report_too(tmp_path: Path) -> None:
    """Claims that need others are inconclusive and say so."""
    folder = make(tmp_path / "report", only=("02",)) / "02-sixteen-at-once"

    page = render.render(folder).read_text(encoding="utf-8")

    assert "holds" in words(page, "C1")
    assert "experiment 05 was not run" in words(page, "C5")


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    """With a sentence that names it."""
    with pytest.raises(RunUnreadableError, match="no run is in it"):
        render.render(tmp_path)
    with pytest.raises(RunUnreadableError, match="no such folder"):
        render.render(tmp_path / "missing")


# ---------------------------------------------------------------- the exports


def test_the_document_has_what_is_documented(report: Path) -> None:
    """docs/results.md is what others read it by, and it names every key."""
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    section = text[text.index("## report.json") :].partition("\n## ")[0]
    documented = set(re.findall(r"`(\w+)`", section))
    found = document(report)
    run = next(each for each in found["experiments"] if each.get("fits"))

    for keys in (found, found["claims"][0], run, run["cells"][0], run["fits"][0]):
        assert set(keys) <= documented, set(keys) - documented
    assert set(exports.COLUMNS) <= documented


def test_claims_in_the_document_are_those_of_the_ledger(report: Path) -> None:
    """In its order, with what the small picture shows."""
    found = document(report)["claims"]

    assert [each["id"] for each in found] == [claim.id for claim in CLAIMS]
    [first] = [each for each in found if each["id"] == "C1"]
    assert first["verdict"] == "holds"
    assert first["claimed"][0] < first["measured"]["middle"] < first["claimed"][1]


def test_an_open_end_is_null(report: Path) -> None:
    """JSON has no infinity."""
    at_least = Decision(Judgement(Verdict.HOLDS, "It is more."), claimed=(3.0, inf))
    gathered = report_data.gather(report)
    decided = [replace(each, decision=at_least) for each in gathered.claims]

    found = exports.document(replace(gathered, claims=decided))

    assert found["claims"][0]["claimed"] == [3.0, None]
    assert json.dumps(found, allow_nan=False)


def test_the_tables_have_a_line_for_each_claim_and_metric(report: Path) -> None:
    """CSV that a spreadsheet opens."""
    with (report / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        verdicts = list(csv.DictReader(file))
    with (report / "cells.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))

    assert [line["claim"] for line in verdicts] == [claim.id for claim in CLAIMS]
    assert {line["verdict"] for line in verdicts} <= {str(verdict) for verdict in Verdict}
    assert {line["experiment"][:2] for line in cells} == set(FEW) - {"15"}


# ------------------------------------------------------------------ the words


def test_formulas_are_those_of_the_docstrings() -> None:
    """On a line of its own, in a sentence, or between commas."""
    assert formula("makespan_s") == "ceil(n / c) * s"
    assert formula("throughput_rps") == "X = min(N / (s + z), c / s)"
    assert formula("busy_slots") == "L = a * s"
    assert formula("open_mean_s") == "s + (w + d / 2) * (a * s / c - 1)"
    assert formula("nothing") == formula("") == ""


def test_every_prediction_has_a_formula() -> None:
    """A docstring without one would leave a hole in the page."""
    functions = {
        cell.prediction.function
        for name in catalogue.names()
        for cell in experiment_file.read(catalogue.find(name), cores=2).cells
    } - {""}

    assert functions
    for function in functions:
        assert re.search(r"[*/=(]", formula(function)), function
        assert formula(function) not in said(function)


def test_inputs_are_words_with_units() -> None:
    """None is no limit."""
    assert inputs({"requests": 16, "slots": None, "service_s": 0.5, "rate_rps": 40.0}) == (
        "requests 16, slots without limit, service 0.5 s, rate 40 per second"
    )


def test_cells_are_named_by_what_differs() -> None:
    """Shape and path alone where all are sent the same load."""
    cells = experiment_file.read(catalogue.find("01"), cores=2).cells

    assert labels.of(cells)["flask-svc.io.closed-1"] == "flask-svc /io"
    assert labels.in_common(cells) == "1 user"


def test_all_cells_have_different_names() -> None:
    """In every experiment there is, and no bare ids."""
    for name in catalogue.names():
        cells = experiment_file.read(catalogue.find(name), cores=2).cells
        named = labels.of(cells)
        assert len(set(named.values())) == len(cells), name
        assert len(cells) == 1 or not set(named) & set(named.values()), name


@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        ("makespan_s", [0.2, 4.0], (1.0, "s")),
        ("makespan_s", [0.2, 0.4], (1e3, "ms")),
        ("pss_bytes", [48e6], (1e-6, "MB")),
        ("second_wave_share", [0.1], (100.0, "%")),
        ("waves", [3.0], (1.0, "")),
        ("makespan_s", [], (1.0, "s")),
        ("overhead_s", [-2e-3], (1e3, "ms")),
    ],
)
def test_a_figure_has_the_unit_that_keeps_numbers_short(
    metric: str, values: list[float], expected: tuple[float, str]
) -> None:
    """One unit for all its values."""
    found = quantity(metric, values)

    assert (found.factor, found.unit) == expected


# --------------------------------------------------------------- the drawings


def test_two_drawings_do_not_share_ids() -> None:
    """A page knows each id once, or it clips one figure with the frame of another."""
    svg = '<svg width="9" height="9"><g clip-path="url(#clip1)"/><clipPath id="clip1"/></svg>'

    one, two = inlined(svg, label="one"), inlined(svg, label="two")

    [first] = re.findall(r'id="([^"]+)"', one)
    [second] = re.findall(r'id="([^"]+)"', two)
    assert first != second
    assert f"url(#{first})" in one


def test_what_a_drawing_shows_can_be_heard() -> None:
    """Its label, with signs that would end the attribute made harmless."""
    assert 'role="img" aria-label="5 &lt; 6 &quot;s&quot;"' in inlined(
        '<svg width="9" height="9"></svg>', label='5 < 6 "s"'
    )

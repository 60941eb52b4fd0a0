"""The report: what is on the page, and in the files beside it, for runs that were made up."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from math import inf
from pathlib import Path
from typing import Any

import pytest
from made_decision import decided, made_claim, made_outcome, made_part
from made_report import make

from lab.claims import lock
from lab.claims.claim import ARTICLES, Failing, Kind
from lab.claims.findings import Findings, Found
from lab.claims.ledger import CLAIMS
from lab.claims.ledger import claim as claim_of
from lab.claims.rule import Decision
from lab.experiments import catalogue, experiment_file
from lab.report import exports, labels, render, report_data
from lab.report.figures.figure import inlined
from lab.report.formulas import formula, inputs, said
from lab.report.quantities import quantity
from lab.report.report_data import Gathered
from lab.results.reading import RunUnreadableError
from lab.verdicts import verdict_files
from lab.verdicts.absence import Absence, Reason
from lab.verdicts.judge import ExperimentVerdict
from lab.verdicts.judgement import Judgement, Measured, Verdict
from lab.verdicts.summary import summarize

ROOT = Path(__file__).parents[2]

FEW = ("02", "04", "11", "15", "16", "29")


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
    """Whatever a browser would fetch. A link to an article is followed by the reader alone."""
    articles = {article.address for article in ARTICLES.values()}
    for name in ("src", "href", "data", "poster", "srcset", "action"):
        for tag, value in re.findall(rf'<(\w+)[^>]*\s{name}="([^"]*)"', page):
            is_link = tag == "a" and value in articles
            if not value.startswith(("#", "data:,")) and not is_link:
                yield value
    yield from re.findall(r"@import|url\((?!#)[^)]*\)|fetch\(|XMLHttp|import\(|WebSocket\(", page)


def slots_are_enough(**fields: Any) -> Decision:
    """The decision behind the first answer: 100 threads serve as many users as 100 coroutines."""
    claim = claim_of("B9")
    measured = Measured((99.87,), 99.87, 99.1, 101)
    outcome = made_outcome(claim.parts[0], measured=measured, verdict=Verdict.FAILS)
    return Decision(claim=claim, verdict=Verdict.FAILS, outcomes=(outcome,), **fields)


def page_of(*decisions: Decision) -> str:
    """The page of a report that has these decisions and no experiment."""
    return render.html(Gathered(Path(), (), decisions, Findings(found={})))


def marks_in(page: str, id: str) -> list[str]:
    """Names of the marks inside of the claim with that id."""
    row = page[page.index(f'id="{id}"') :]
    return re.findall(r'href="#mark-([\w-]+)"', row.partition('<div class="claim"')[0])


# ------------------------------------------------------------------- the page


def test_every_claim_has_a_row_with_its_verdict(page: str, report: Path) -> None:
    """Whether or not what decides it was run."""
    kept = {each["id"]: each["verdict"] for each in document(report)["claims"]}
    for claim in CLAIMS:
        row = words(page, claim.id)
        assert row.startswith(claim.id)
        assert kept[claim.id] in row, row


def test_the_top_has_the_machine_and_the_kind_of_run(page: str) -> None:
    """Cores, runtime and day."""
    top = " ".join(
        re.sub(r"<[^>]+>", " ", page[page.index("<body") : page.index("<main>")]).split()
    )

    for told in ("2 cores", "local processes", "full run", "2026"):
        assert told in top


def test_contents_and_filter_count_the_claims(page: str, report: Path) -> None:
    """By article and verdict, as the rows do."""
    claims = document(report)["claims"]
    contents = words(page, "ledger").partition("Experiments, the machine")[0]
    rows = re.findall(r'data-verdict="([\w-]+)" data-article="(\w)"', page)
    buttons = re.findall(
        r'<button type="button" name="(\w+)" value="([\w-]+)">(.*?)</button>', page
    )

    assert len(rows) == len(claims) == len(CLAIMS)
    for letter in "CAB":
        own = [each["verdict"] for each in claims if each["source"] == letter]
        [told] = re.findall(rf"{re.escape(ARTICLES[letter].title)} (\d+ claims: [^:]*)", contents)
        assert told.startswith(f"{len(own)} claims")
        assert sum(map(int, re.findall(r"\d+(?= )", told.partition(":")[2]))) == len(own)
        for verdict in set(own):
            assert re.search(rf"\b{own.count(verdict)} {verdict[:4]}", told), told
    shown = {(name, value): int(re.findall(r"\d+", text)[-1]) for name, value, text in buttons}
    assert shown == {
        ("verdict", name): number for name, number in Counter(v for v, _ in rows).items()
    } | {("article", name): number for name, number in Counter(a for _, a in rows).items()}


def test_a_verdict_is_a_word_and_a_shape() -> None:
    """A reader who sees no colours sees six different marks, and one for each kind of failing."""
    page = page_of(
        *(decided(verdict, made_claim(f"A{n}")) for n, verdict in enumerate(Verdict, start=91)),
        *(
            decided(
                Verdict.FAILS,
                made_claim(f"B{n}", parts=(made_part(failing=failing),)),
                failing=failing,
            )
            for n, failing in enumerate(Failing, start=91)
        ),
    )

    marks = {}
    for n, verdict in enumerate(Verdict, start=91):
        assert str(verdict) in words(page, f"A{n}")
        marks[verdict] = marks_in(page, f"A{n}")[0]
    for n, failing in enumerate(Failing, start=91):
        assert f"fails {failing}" in words(page, f"B{n}")
        marks[failing] = marks_in(page, f"B{n}")[0]
        assert marks_in(page, f"B{n}") == [marks[failing]] * 2  # of the claim, and of its part
    assert marks[Failing.FALSE] == marks[Verdict.FAILS]
    shapes = [re.findall(rf'<symbol id="mark-{mark}".*', page) for mark in {*marks.values()}]
    assert len(shapes) == len(Verdict) + len(Failing) - 1
    assert len({shape.partition("viewBox")[2] for [shape] in shapes}) == len(shapes)


def test_nothing_is_fetched(page: str) -> None:
    """The page opens from a disk, on a machine without a network; its one script is in it."""
    assert list(outside(page)) == []
    assert page.count("<script") == page.count("<script>") == 1


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


def test_a_predicted_range_has_both_ends_and_the_draw(page: str) -> None:
    """The formulas of both functions, and what the busiest worker drew in a row of its own."""
    shown = words(page, "experiment-29")

    for words_of in (
        "makespan_s",
        "one_worker_makespan_s",
        "ceil(n / p) * s",
        "T / (ceil(k / p) * s) = 1",
        "2 s to 8 s",
        "share of the busiest worker",
    ):
        assert words_of in shown


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


def test_what_was_measured_is_judged_by_the_rules_of_today(tmp_path: Path) -> None:
    """Also where the run has a verdict of its own day, so that cells and claims agree."""
    folder = make(tmp_path / "report", only=("01", "02"))
    [one, two] = report_data.gather(folder).judged
    assert two.verdict.judgement is not None
    stored = one.verdict
    fails = Judgement(Verdict.FAILS, "as it was stored")
    verdict_files.write(one.run.folder, one.summary, ExperimentVerdict(one.verdict.cells, fails))

    [one, two] = report_data.gather(folder).judged

    assert one.verdict == stored
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


# ---------------------------------------------------------------- the answers


def test_answers_have_numbers_and_lead_to_rows() -> None:
    """Two digits of what was measured; a group without a sentence says so."""
    page = page_of(slots_are_enough())

    answer = words(page, "answers")
    assert "100 users got 100 % of the answers" in answer
    assert answer.count("Nothing was decided here.") == 2
    [links] = re.findall(r"<li><b>it has a slot.*?</li>", page)
    assert re.findall(r'href="#(\w+)"', links) == ["B9"]
    assert 'id="B9"' in page


def test_answers_of_a_report_lead_to_its_rows(page: str) -> None:
    """Whatever is linked on the page is on it."""
    assert words(page, "answers").startswith("Flask is fine when …")
    for target in re.findall(r'href="#([^"]+)"', page[page.index("<main>") :]):
        assert f'id="{target}"' in page, target


def test_answers_come_before_surprises_and_any_count(page: str) -> None:
    """A reader in a hurry sees what was found before how much."""
    places = [page.index(each) for each in ('id="answers"', 'id="surprises"', 'class="note"')]

    assert places == sorted(places)
    assert "claims" not in words(page, "answers")


# ------------------------------------------------------------------- the rows


def test_surprises_are_what_fails_and_what_holds_on_a_condition() -> None:
    """The clearest first, each with its reason and a link to its row."""
    page = page_of(
        decided(Verdict.HOLDS, made_claim("A91")),
        decided(Verdict.INCONCLUSIVE, made_claim("A92")),
        decided(Verdict.FAILS, made_claim("A93"), failing=Failing.NOT_HERE),
        decided(Verdict.FAILS, made_claim("A94"), failing=Failing.OFF_BY_ONE),
        decided(Verdict.HOLDS_IF, made_claim("A95"), condition="requests wait"),
        decided(
            Verdict.FAILS,
            made_claim("A96", parts=(made_part(fails="it is slow"),)),
            failing=Failing.FALSE,
        ),
    )
    list_of_them = page[page.index('id="surprises"') : page.index('id="ledger"')]
    lines = re.findall(r"<li>(<a href=.*?)</li>", list_of_them)
    told = [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]

    assert [line.partition(" ")[0] for line in told] == ["A96", "A95", "A94", "A93"]
    assert told[0] == "A96 It is said. fails (false): it is slow."
    assert told[1] == "A95 It is said. holds if requests wait."
    assert "the time: 1.50 s (1.40 to 1.60), claimed 1 to 2." in told[3].replace("\xa0", " ")


def test_a_report_without_surprises_says_so() -> None:
    """An empty list would look like a mistake."""
    assert "No claim fails" in words(page_of(decided()), "surprises")


def test_how_much_was_judged_is_told_after_the_surprises() -> None:
    """Outcomes that hold or fail, and how many of them chance may turn."""
    found = Findings(found={"02": Found(series=3), "05": Found(problem="failed", series=9)})
    claim = made_claim(parts=(made_part("one", "a", "b"), made_part("two", claimed=None)))
    one, two = claim.parts
    outcomes = (
        made_outcome(one),
        made_outcome(one, 1, verdict=Verdict.INCONCLUSIVE),
        made_outcome(two, verdict=None),
    )
    gathered = Gathered(Path(), (), [decided(claim=claim, outcomes=outcomes)], found)

    told = words(render.html(gathered), "surprises")

    assert "1 claim of three articles. 1 of 2 outcomes are decided" in told
    assert "by chance at most 0.025 of them are wrong" in told
    assert "3 series of each experiment" in told
    assert "provisional" not in told


def test_a_provisional_verdict_says_so_wherever_it_is_told() -> None:
    """At its answer, among the surprises, in its row, and in the line below."""
    decision = slots_are_enough(is_provisional=True)

    page = page_of(decision)

    assert "B9 provisional" in words(page, "answers")
    assert "provisional" in words(page, "surprises").partition("1 verdict is provisional")[0]
    assert "1 verdict is provisional" in words(page, "surprises")
    assert "provisional" in words(page, "B9")
    assert "provisional" not in page_of(replace(decision, is_provisional=False))


def test_an_open_row_says_where_the_claim_stands_and_how_it_is_read() -> None:
    """Article, author, heading, both readings, what is missing, and the hash of all that."""
    claim = made_claim(charitable="It is meant so.", missing="a unit")
    page = page_of(decided(Verdict.UNDECIDABLE, claim))
    row = words(page, "A91")

    for told in (
        ARTICLES["A"].title,
        ARTICLES["A"].author,
        "Its heading",
        "Literally. It is so.",
        "Charitably. It is meant so.",
        "What is missing. A unit.",
        f"Definition {lock.hash_of(claim)}",
    ):
        assert told in row
    assert f'<a href="{ARTICLES["A"].address}">' in page
    assert "Charitably" not in words(page_of(decided()), "A91")


def test_an_open_row_has_a_line_for_each_part_on_each_basis() -> None:
    """Kind, basis, claimed, measured with its interval, margin, verdict, and a picture."""
    claim = made_claim(
        parts=(
            made_part("the time", "it waits", "it computes", kind=Kind.MECHANISM),
            made_part("the size", claimed=None, unit="MB"),
        )
    )
    time, size = claim.parts
    noisy = (Absence(Reason.NOISY, "it was 1 to 3 s"),)
    outcomes = (
        made_outcome(time),
        made_outcome(time, 1, verdict=Verdict.INCONCLUSIVE, margin=None, absences=noisy),
        made_outcome(size, verdict=None, margin=None),
    )
    page = page_of(decided(Verdict.INCONCLUSIVE, claim, outcomes=outcomes))
    row = page[page.index('id="A91"') :]
    lines = [
        " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", line).replace("\xa0", " ").split())
        for line in re.findall(r"<tr>(.*?)</tr>", row, re.DOTALL)
    ]

    assert lines[1:4] == [
        "the time mechanism it waits 1 to 2 s 1.50 s (1.40 to 1.60) 20 % holds the time, s",
        "it computes 1 to 2 s 1.50 s (1.40 to 1.60) – inconclusive too noisy : it was 1 to 3 s "
        "the time, s",
        "the size number – – 1.50 MB (1.40 to 1.60) – stated beside",
    ]
    labels_of_pictures = re.findall(r'role="img" aria-label="([^"]+)"', row)
    assert labels_of_pictures == [
        "the time, if it waits: claimed 1 to 2, measured 1.50 s (1.40 to 1.60)",
        "the time, if it computes: claimed 1 to 2, measured 1.50 s (1.40 to 1.60)",
    ]


@pytest.mark.parametrize("reason", Reason)
def test_what_is_absent_has_its_word_in_the_folded_row(reason: Reason) -> None:
    """With its sentence, and the number of further ones."""
    reasons = (Absence(reason, "it was so"), Absence(reason, "it was otherwise"))
    page = page_of(decided(Verdict.UNMEASURED, outcomes=(), absences=reasons))
    summary = page[page.index('id="A91"') :].partition("</summary>")[0]

    assert f'<span class="kind">{reason}</span>' in summary
    assert "It was so" in summary
    inconclusive = page_of(decided(Verdict.INCONCLUSIVE, absences=reasons))
    assert "It was so, and 1 more." in words(inconclusive, "A91")


def test_the_condition_of_a_claim_stands_in_its_folded_row() -> None:
    """It completes the verdict."""
    page = page_of(decided(Verdict.HOLDS_IF, condition="requests wait"))

    assert "holds if requests wait" in words(page, "A91").partition("Where it stands")[0]


def test_an_experiment_has_the_numbers_that_decide_claims(page: str) -> None:
    """Also of a metric that its cells do not predict, with a link to the claim."""
    rows = re.findall(r"<tr>(.*?)</tr>", page[page.index('id="experiment-02"') :], re.DOTALL)
    [waves] = [row for row in rows if ">waves</td>" in row and "flask-svc /io, 16 at once" in row]

    assert '<a href="#C1">C1</a>' in waves
    assert waves.count("<span>4</span>") == 3


# ---------------------------------------------------------- runs and the paper


def test_changed_runs_stand_below_the_surprises(report: Path) -> None:
    """And nothing does where no sources were changed."""
    first = report_data.gather(report).judged[0]
    metadata = {**first.run.metadata, "git": {"changed": True}}
    changed = replace(first, run=replace(first.run, metadata=metadata))
    gathered = Gathered(report, (changed,), (), Findings(found={}))

    assert "When all experiments ran, sources differed" in words(render.html(gathered), "surprises")


def test_a_report_of_clean_sources_says_nothing_of_them(page: str) -> None:
    """There is nothing to tell."""
    assert "sources differed" not in page


def test_unknown_versions_are_called_unknown() -> None:
    """Rather than left out."""
    assert "Libraries of the servers: unknown" in words(page_of(), "machine")


def test_paper_has_page_numbers_and_no_controls() -> None:
    """The style says it; a browser shows it in tests/browser."""
    style = render.style()
    paper = style[style.index("@page") :]

    assert re.search(r"@bottom-right \{ content: counter\(page\)[^}]*counter\(pages\)", paper)
    assert re.search(r"\.filter[^{}]*\{ display: none; \}", paper)


def test_motion_is_left_to_those_who_do_not_mind() -> None:
    """Nothing moves outside of the query."""
    still = re.sub(
        r"@media \(prefers-reduced-motion: no-preference\) \{(?:[^{}]*\{[^{}]*\})*[^{}]*\}",
        "",
        render.style(),
    )

    assert still != render.style()
    assert not re.search(r"scroll-behavior|transition|animation", still)


# ---------------------------------------------------------------- the exports


def test_the_document_has_what_is_documented(report: Path) -> None:
    """docs/results.md is what others read it by, and it names every key."""
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    section = text[text.index("## report.json") :].partition("\n## ")[0]
    documented = set(re.findall(r"`(\w+)`", section))
    found = document(report)
    run = next(each for each in found["experiments"] if each.get("fits"))

    claim = found["claims"][0]
    for keys in (found, claim, claim["parts"][0], run, run["cells"][0], run["fits"][0]):
        assert set(keys) <= documented, set(keys) - documented
    assert set(exports.COLUMNS) <= documented
    assert {str(reason) for reason in Reason} <= set(re.findall(r"^\| ([^|`]+) \|", section, re.M))


def test_claims_in_the_document_are_those_of_the_ledger(report: Path) -> None:
    """In its order, with what the small pictures show."""
    found = document(report)["claims"]

    assert [each["id"] for each in found] == [claim.id for claim in CLAIMS]
    [first] = [each for each in found if each["id"] == "C1"]
    assert first["verdict"] == "holds"
    for part in first["parts"]:
        assert part["claimed"][0] <= part["measured"]["middle"] <= part["claimed"][1]


def test_an_open_end_is_null(report: Path) -> None:
    """JSON has no infinity."""
    at_least = decided(claim=made_claim(parts=(made_part(claimed=(3.0, inf)),)))
    gathered = report_data.gather(report)

    found = exports.document(replace(gathered, claims=[at_least]))

    assert found["claims"][0]["parts"][0]["claimed"] == [3.0, None]
    assert json.dumps(found, allow_nan=False)


def test_the_tables_have_a_line_for_each_outcome_and_metric(report: Path) -> None:
    """CSV that a spreadsheet opens; a claim without parts has a line, too."""
    with (report / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        verdicts = list(csv.DictReader(file))
    with (report / "cells.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))

    lines = Counter(line["claim"] for line in verdicts)
    assert lines == {each["id"]: max(1, len(each["parts"])) for each in document(report)["claims"]}
    assert list(lines) == [claim.id for claim in CLAIMS]
    assert {line["claim_verdict"] for line in verdicts} <= {str(verdict) for verdict in Verdict}
    assert {line["verdict"] for line in verdicts} <= {str(each) for each in Verdict} | {
        "beside",
        "",
    }
    assert {line["experiment"][:2] for line in cells} == set(FEW) - {"15"}


# ------------------------------------------------------------------ the words


def test_formulas_are_those_of_the_docstrings() -> None:
    """On a line of its own, in a sentence, or between commas."""
    assert formula("makespan_s") == "ceil(n / c) * s"
    assert formula("throughput_rps") == "X = min(N / (S + z), c / s)"
    assert formula("busy_slots") == "L = a * s"
    assert formula("open_mean_s") == "S + (w + d / 2) * (a * s / c - 1)"
    assert formula("one_worker_makespan_s") == "ceil(n / p) * s"
    assert formula("makespan_over_draw") == "T / (ceil(k / p) * s) = 1"
    assert formula("nothing") == formula("") == ""


def test_every_prediction_has_a_formula() -> None:
    """A docstring without one would leave a hole in the page."""
    functions = {
        function
        for name in catalogue.names()
        for cell in experiment_file.read(catalogue.find(name), cores=2).cells
        for function in (cell.prediction.function, cell.prediction.most_function)
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

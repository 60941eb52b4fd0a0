"""Measured blocks of the handouts: from a report's folder to a page, and nothing else changes."""

import gzip
import json
import shutil

import pytest

from lab.environment import ROOT
from lab.rounded import exact
from lab.runtime import RuntimeProblem
from lab.verdicts.judgement import Measured
from workshop.handouts.measured import refresh
from workshop.handouts.measured_amounts import in_one_unit, spread
from workshop.handouts.measured_page import rewritten

REFERENCE = ROOT / "results" / "reference"
END = "<!-- end measured -->"
SKIPPED = "06-forty-tokens"


def without(run, cell):
    """Take a cell out of a run, as if it had not been asked for."""
    described = json.loads((run / "run.json").read_text())
    cells = described["experiment"]["cells"]
    described["experiment"]["cells"] = [each for each in cells if each["id"] != cell]
    (run / "run.json").write_text(json.dumps(described))
    for name in ("summary.json", "verdict.json"):
        derived = json.loads((run / name).read_text())
        del derived["cells"][cell]
        (run / name).write_text(json.dumps(derived))
    lines = (run / "measurements.jsonl").read_text().splitlines(keepends=True)
    kept = "".join(line for line in lines if json.loads(line)["cell"] != cell)
    (run / "measurements.jsonl").write_text(kept)
    rows = gzip.decompress((run / "samples.csv.gz").read_bytes()).decode().splitlines()
    kept = "".join(f"{row}\n" for row in rows if not row.startswith(f"{cell},"))
    (run / "samples.csv.gz").write_bytes(gzip.compress(kept.encode()))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Four experiments of the kept report; a fifth was left out, and of one a cell."""
    folder = tmp_path_factory.mktemp("report")
    for name in ("01-one-user", "02-sixteen-at-once", "09-client-pool", "10-overhead"):
        shutil.copytree(REFERENCE / name, folder / name)
    (folder / SKIPPED).mkdir()
    skipped = {"experiment": SKIPPED, "reason": "A quick report leaves it out."}
    (folder / SKIPPED / "skipped.json").write_text(json.dumps(skipped))
    without(folder / "02-sixteen-at-once", "flask-svc.io.burst-3")
    return folder


@pytest.fixture
def page(tmp_path, report):
    """A function that puts text on a page, refreshes it, and returns what is there then."""

    def page(text, run=report):
        path = tmp_path / "01-page.md"
        path.write_bytes(text.encode())
        refresh(tmp_path, run)
        return path.read_bytes().decode()

    return page


def block(asked, body=""):
    return f"<!-- measured: {asked} -->\n{body}{END}\n"


def body_of(text):
    """What stands between the markers of a page with one block."""
    return text.partition("-->\n")[2].partition(END)[0].splitlines()


def test_a_table_has_a_row_for_each_cell_in_the_order_asked_for(page):
    """Its name as a reader says it, the prediction, and the measurement with its spread."""
    asked = "table 02 fastapi-svc.io.burst-16 flask-svc.io.burst-16"

    head, rule, first, second = body_of(page(block(asked)))

    summary = json.loads((REFERENCE / "02-sixteen-at-once/summary.json").read_text())
    found = summary["cells"]["fastapi-svc.io.burst-16"]["metrics"]["makespan_s"]
    told = "1.01 s (1.01 to 1.02)"
    assert told == f"{found['middle']:.2f} s ({found['low']:.2f} to {found['high']:.2f})"
    assert head == "| Makespan | predicted | measured |"
    assert rule == "|---|---|---|"
    assert first == f"| fastapi-svc `/io`, 16 at once | 1 s | {told} |"
    assert second == "| flask-svc `/io`, 16 at once | 4 s | 4.02 s |"


def test_a_verdict_has_a_column_where_one_does_not_hold(page):
    """And times of one table are in one unit."""
    asked = "table 09 default-limits.weather.burst-1000 aiohttp.weather.burst-10"
    lines = body_of(page(block(asked)))

    assert lines[0] == "| Makespan | predicted | measured | verdict |"
    assert [line.split("|")[4].strip() for line in lines[2:]] == ["fails", "holds"]
    assert all(" s " in line.split("|")[3] for line in lines[2:])


def test_what_answers_a_prediction_is_marked(page):
    """By the number of the prediction on its page; what was not measured answers nothing."""
    asked = "table 02 2:flask-svc.io.burst-16 1:flask-svc.io.burst-3 fastapi-svc.io.burst-16"

    marked, left, plain = body_of(page(block(asked)))[2:]

    assert marked.endswith('| 4 s | <span data-prediction="2">4.02 s</span> |')
    assert "data-prediction" not in left + plain


def test_a_prediction_without_a_number_is_refused(page):
    """The colon belongs to the number before it."""
    with pytest.raises(RuntimeProblem, match=r"last:flask-svc\.io.*expected the number of a pred"):
        page(block("table 02 last:flask-svc.io.burst-16"))


def test_another_metric_has_no_prediction(page):
    """Theory spoke of the makespan alone."""
    head, _, row = body_of(page(block("table 02 metric=peak_busy flask-svc.io.burst-16")))

    assert head == "| Busy slots at most | measured |"
    assert row == "| flask-svc `/io`, 16 at once | 4 |"


def test_cells_that_sound_alike_are_told_apart(page):
    """By what else differs, and no two rows of a table have the same name."""
    lines = body_of(page(block("table 10")))[2:]

    names = [line.split("|")[1] for line in lines]
    assert len(set(names)) == len(names) == 9
    assert sum("kept connection" in name for name in names) == 4


def test_a_chart_is_a_file_and_a_picture_that_says_what_it_shows(page, tmp_path):
    """With real colours and a font, for a place that has no style of its own."""
    (line,) = body_of(page(block("chart 09")))

    assert line.startswith("![Client pool: makespan, measured. as-printed: from 542 ms")
    assert line.endswith("](charts/09.svg)")
    svg = (tmp_path / "charts/09.svg").read_text()
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="700"')
    assert "var(" not in svg
    assert 'fill="#ffffff"/>' in svg
    assert ">Client pool<" in svg


def test_a_claim_is_quoted_with_its_verdict(page):
    """What decides it may be missing; then its sentence says so."""
    first, _, second = body_of(page(block("claim C1")))
    assert first.startswith("> C1: Flask with 4 sync workers serves 16 requests at once")
    assert second.startswith("> **Holds.** The burst's length: 4.02 task lengths (4.02 to")

    assert body_of(page(block("claim C2")))[2].startswith("> **Not measured here.** ")


def test_the_machine_is_named_with_where_its_numbers_lie(page, report):
    """By the path in the repository, and elsewhere by the folder's name alone."""
    text = block("machine")

    told = "From a run on a machine with 2 cores, in containers, on 2026-11-30 "
    assert body_of(page(text, REFERENCE)) == [f"{told}(`results/reference`)."]
    assert body_of(page(text)) == [f"{told}(`{report.name}`)."]


def test_what_a_report_lacks_is_said(page):
    """An experiment that was skipped, or that nobody asked for, or a single cell."""
    for number in ("06", "16"):
        for kind in ("table", "chart"):
            text = page(block(f"{kind} {number}", "old\n"))
            assert body_of(text) == ["*Not measured in this report.*"]
    assert "](charts" not in text

    lines = body_of(page(block("table 02 flask-svc.io.burst-3 flask-svc.io.burst-16")))
    assert lines[2] == "| `flask-svc.io.burst-3` | | not measured in this report |"
    assert lines[3] == "| flask-svc `/io`, 16 at once | 4 s | 4.02 s |"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("table 77 x", "no experiment 77: expected one of 01, 02"),
        ("table 02 flask-svc.io.burst-17", "no cell flask-svc.io.burst-17 in experiment 02"),
        ("table 02 metric=speed flask-svc.io.burst-16", "no metric speed: expected one of"),
        ("table 02 metric=pss_bytes flask-svc.io.burst-16", "pss_bytes is not measured of"),
        ("table 02 metric=waves metric=waves", "expected one metric at most"),
        ("table", "expected the number of an experiment"),
        ("chart", "expected the number of an experiment"),
        ("chart 02 09", "expected the number of an experiment and nothing else"),
        ("claim C99", "no claim C99: expected one of C1"),
        ("machine 02", "expected nothing after it"),
        ("picture 02", "expected one of table, chart, claim, machine"),
    ],
)
def test_what_no_report_could_have_is_refused(page, tmp_path, asked, sentence):
    """With a sentence that names page, line and block; no page is changed."""
    text = f"first\n\n{block('machine', 'old' + chr(10))}\n{block(asked)}"

    with pytest.raises(RuntimeProblem) as refused:
        page(text)

    assert str(refused.value).startswith(f'01-page.md, line 7, "measured: {asked}": {sentence}')
    assert (tmp_path / "01-page.md").read_text() == text
    assert not (tmp_path / "charts").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<!-- measured: machine -->\n", 'line 1, "measured: machine": expected <!-- end'),
        (f"<!-- measured: machine -->\n{block('machine')}", "line 1"),
        (f"{block('machine')}{END}\n", "line 3: end of a measured block that did not begin"),
    ],
)
def test_a_block_has_both_its_ends(page, text, sentence):
    """Or more than the block would be lost."""
    with pytest.raises(RuntimeProblem, match=sentence):
        page(text)


def test_all_else_stays_byte_for_byte(page):
    """Also other line ends, spaces at the end of a line, and a last line without an end."""
    before = "# Ünïcode \r\n\n\ttab  \n\f\n```\n<!-- measured: chart 02 -->\n```\n"
    after = "\n~~~markdown\n<!-- end measured -->\n~~~\nno end"

    text = page(f"{before}{block('machine', 'old' + chr(10))}{after}")

    assert text.startswith(before)
    assert text.endswith(f"{END}\n{after}")
    assert "old" not in text


def test_what_is_fresh_is_not_written_again(page, tmp_path):
    """A second time changes nothing, and touches no file."""
    text = page(block("machine") + block("chart 02") + block("table 02"))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in files}
    assert len(before) == 2

    assert page(text) == text
    refreshed = tmp_path / "charts/02.svg"
    assert refreshed.stat().st_mtime_ns == before[refreshed]


def test_a_page_without_blocks_needs_no_report(tmp_path):
    """Nor does a folder without pages."""
    refresh(tmp_path, tmp_path / "nothing")
    (tmp_path / "a.md").write_text("words\n")
    refresh(tmp_path, tmp_path / "nothing")

    (tmp_path / "b.md").write_text(block("machine"))
    with pytest.raises(RuntimeProblem, match="no such folder"):
        refresh(tmp_path, tmp_path / "nothing")


def test_a_longer_fence_holds_a_shorter_one():
    """A marker inside is an example, whatever closes in between."""
    text = "````\n```\n<!-- measured: machine -->\n```\n````\n<!-- measured: x -->\n" + END

    assert rewritten(text, name="", kinds=["x"], write=lambda _: "new") == text.replace(
        END, "new\n" + END
    )


def test_times_of_a_table_share_a_unit_unless_one_would_be_all_zeros():
    """Three digits of each."""
    told = in_one_unit("mean_s", [3.2, 0.851])
    assert (told(3.2), told(0.851)) == ("3.20 s", "0.851 s")
    told = in_one_unit("mean_s", [3.2, 0.0004])
    assert (told(3.2), told(0.0004)) == ("3.20 s", "400 µs")
    told = in_one_unit("mean_s", [0.0031, 0.0009])
    assert told(0.0009) == "0.900 ms"
    told = in_one_unit("pss_bytes", [3e9, 2e6])
    assert told(2e6) == "2 MB"


def test_a_spread_that_cannot_be_seen_is_left_out():
    """And its unit is said once, unless there are two."""
    told = in_one_unit("mean_s", [])
    assert spread(Measured([], 1.0001, 1.0002, 1.0003), told) == "1.00 s"
    assert spread(Measured([], 1.1, 1.05, 1.2), told) == "1.10 s (1.05 to 1.20)"
    assert spread(Measured([], 1.1, 0.9, 1.2), told) == "1.10 s (900 ms to 1.20 s)"
    assert exact("0.800 s") == "0.8 s"

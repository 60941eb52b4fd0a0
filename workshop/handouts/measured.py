"""Writes a report's numbers and charts into the handouts.

A page asks with a block on lines of its own, which is rewritten each time:

    <!-- measured: table 02 flask-svc.io.burst-16 -->
    <!-- measured: table 02 metric=p99_s flask-svc.io.burst-16 fastapi-svc.io.burst-16 -->
    <!-- measured: table 02 1:flask-svc.io.burst-16 -->
    <!-- measured: chart 02 -->
    <!-- measured: claim C6 -->
    <!-- measured: machine -->

Each block ends with `<!-- end measured -->`. "1:" marks the cell whose measured value answers the
page's first prediction.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from lab.environment import ROOT
from lab.report.report_data import gather
from lab.results.folder import replace_text
from lab.results.reading import RunUnreadableError
from lab.runtime import RuntimeProblem
from workshop.handouts import chart_files
from workshop.handouts.measured_claim import claim
from workshop.handouts.measured_machine import machine
from workshop.handouts.measured_page import MeasuredBlock, rewritten
from workshop.handouts.measured_report import BlockProblem, MeasuredReport
from workshop.handouts.measured_table import table

REFERENCE = ROOT / "results" / "reference"
CHARTS = "charts"
LEFT = "*Not measured in this report.*"


def refresh(folder: Path, run: Path = REFERENCE) -> None:
    """Rewrite every block of the pages (*.md) in `folder` from the report's folder `run`.

    Charts go to `folder`/charts. The rest of a page stays unchanged, byte for byte. Raises
    RuntimeProblem, with nothing written, for an unreadable report and for a block that asks for
    something that does not exist.
    """
    pages = {path: path.read_bytes().decode("utf-8") for path in sorted(folder.glob("*.md"))}
    drawn: dict[Path, str] = {}
    found: list[MeasuredReport] = []

    def written(block: MeasuredBlock) -> str:
        if not found:  # read the report only if a page needs it
            found.append(_read(run))
        return _WRITTEN[block.kind](block, found[0], folder, drawn)

    # All pages are rewritten in memory first, so that an error leaves every file unchanged.
    texts = {
        path: rewritten(text, name=path.name, kinds=list(_WRITTEN), write=written)
        for path, text in pages.items()
    }
    changed = {path: text for path, text in texts.items() if text != pages[path]}
    if drawn:
        (folder / CHARTS).mkdir(exist_ok=True)
    for path, text in (drawn | changed).items():
        _replace(path, text)


def _read(run: Path) -> MeasuredReport:
    try:
        return MeasuredReport(gather(run))
    except RunUnreadableError as problem:
        raise RuntimeProblem(str(problem)) from problem


def _table(
    block: MeasuredBlock, report: MeasuredReport, folder: Path, drawn: dict[Path, str]
) -> str:
    if not block.words:
        raise BlockProblem("expected the number of an experiment")
    number, *rest = block.words
    metrics = [each.partition("=")[2] for each in rest if each.startswith("metric=")]
    if len(metrics) > 1:
        raise BlockProblem("expected one metric at most")
    cells = [each for each in rest if not each.startswith("metric=")]
    return table(report, number, cells, metric=metrics[0] if metrics else "") or LEFT


def _chart(
    block: MeasuredBlock, report: MeasuredReport, folder: Path, drawn: dict[Path, str]
) -> str:
    judged = report.judged(block.one("the number of an experiment"))
    svg = chart_files.svg(judged) if judged else ""
    if judged is None or not svg:
        return LEFT
    name = f"{judged.number}.svg"
    drawn[folder / CHARTS / name] = svg
    return f"![{chart_files.said(judged)}]({CHARTS}/{name})"


def _claim(
    block: MeasuredBlock, report: MeasuredReport, folder: Path, drawn: dict[Path, str]
) -> str:
    return claim(report, block.one("the id of a claim"))


def _machine(
    block: MeasuredBlock, report: MeasuredReport, folder: Path, drawn: dict[Path, str]
) -> str:
    if block.words:
        raise BlockProblem("expected nothing after it")
    return machine(report.gathered)


_WRITTEN: Mapping[str, Callable[[MeasuredBlock, MeasuredReport, Path, dict[Path, str]], str]] = {
    "table": _table,
    "chart": _chart,
    "claim": _claim,
    "machine": _machine,
}


def _replace(path: Path, text: str) -> None:
    # Unchanged files keep their modification time, so the site is not stale.
    if not path.exists() or path.read_bytes() != text.encode():
        replace_text(path, text)

"""Put a report's numbers and charts where the handouts ask for them.

A page asks with a block, which stands by itself and is written anew each time:

    <!-- measured: table 02 flask-svc.io.burst-16 -->
    <!-- measured: table 02 metric=p99_s flask-svc.io.burst-16 fastapi-svc.io.burst-16 -->
    <!-- measured: table 02 1:flask-svc.io.burst-16 -->
    <!-- measured: chart 02 -->
    <!-- measured: claim C6 -->
    <!-- measured: machine -->

each of them ended by `<!-- end measured -->`. "1:" says that what was measured of this cell is
the answer to the page's first prediction.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from lab.environment import ROOT
from lab.handouts import charts
from lab.handouts.measured_claim import claim
from lab.handouts.measured_machine import machine
from lab.handouts.measured_page import Block, rewritten
from lab.handouts.measured_report import BlockProblem, Report
from lab.handouts.measured_table import table
from lab.report.gathering import gather
from lab.results.reading import RunUnreadableError
from lab.runtime import RuntimeProblem

REFERENCE = ROOT / "results" / "reference"
CHARTS = "charts"
LEFT = "*Not measured in this report.*"


def refresh(folder: Path, run: Path = REFERENCE) -> None:
    """Write every block of the pages (*.md) in `folder` anew, from the report's folder `run`.

    Charts go to `folder`/charts. All else on a page stays as it is, byte for byte. Raises
    RuntimeProblem, with nothing written, for a report that cannot be read, and for a block that
    asks for what there is not.
    """
    pages = {path: path.read_bytes().decode("utf-8") for path in sorted(folder.glob("*.md"))}
    drawn: dict[Path, str] = {}
    found: list[Report] = []

    def written(block: Block) -> str:
        if not found:  # only a page that asks needs a report
            found.append(_read(run))
        return _WRITTEN[block.kind](block, found[0], folder, drawn)

    texts = {
        path: rewritten(text, name=path.name, kinds=list(_WRITTEN), write=written)
        for path, text in pages.items()
    }
    changed = {path: text for path, text in texts.items() if text != pages[path]}
    if drawn:
        (folder / CHARTS).mkdir(exist_ok=True)
    for path, text in (drawn | changed).items():
        _replace(path, text)


def _read(run: Path) -> Report:
    try:
        return Report(gather(run))
    except RunUnreadableError as problem:
        raise RuntimeProblem(str(problem)) from problem


def _table(block: Block, report: Report, folder: Path, drawn: dict[Path, str]) -> str:
    if not block.words:
        raise BlockProblem("expected the number of an experiment")
    number, *rest = block.words
    metrics = [each.partition("=")[2] for each in rest if each.startswith("metric=")]
    if len(metrics) > 1:
        raise BlockProblem("expected one metric at most")
    cells = [each for each in rest if not each.startswith("metric=")]
    return table(report, number, cells, metric=metrics[0] if metrics else "") or LEFT


def _chart(block: Block, report: Report, folder: Path, drawn: dict[Path, str]) -> str:
    judged = report.judged(block.one("the number of an experiment"))
    svg = charts.svg(judged) if judged else ""
    if judged is None or not svg:
        return LEFT
    name = f"{judged.number}.svg"
    drawn[folder / CHARTS / name] = svg
    return f"![{charts.said(judged)}]({CHARTS}/{name})"


def _claim(block: Block, report: Report, folder: Path, drawn: dict[Path, str]) -> str:
    return claim(report, block.one("the id of a claim"))


def _machine(block: Block, report: Report, folder: Path, drawn: dict[Path, str]) -> str:
    if block.words:
        raise BlockProblem("expected nothing after it")
    return machine(report.gathered)


_WRITTEN: Mapping[str, Callable[[Block, Report, Path, dict[Path, str]], str]] = {
    "table": _table,
    "chart": _chart,
    "claim": _claim,
    "machine": _machine,
}


def _replace(path: Path, text: str) -> None:
    """Whoever reads the file meanwhile has the old one or the new one, whole."""
    if path.exists() and path.read_bytes() == text.encode():
        return
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(text.encode())
    if path.exists():
        new.chmod(path.stat().st_mode)
    new.replace(path)

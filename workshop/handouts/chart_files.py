"""An experiment's chart as an SVG file for a page, the booklet or a slide.

It contains the report's own figures, 700 px wide in total and on a light panel, so that one file
fits a light page, a dark page and paper.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape

from lab.charts.theme import FONT, LIGHT
from lab.charts.tones import page_variables
from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import said as with_unit
from lab.experiments.metric_catalogue import words as metric_words
from lab.report import figures, labels
from lab.report.figures import PageFigure
from lab.report.report_data import Judged
from workshop.handouts.measured_names import names

WIDTH_PX = 700
EDGE_PX = 14  # margin of the panel around the figures
GAP_PX = 16
RADIUS_PX = 8
TITLE_PX = 15
HEADING_PX = EDGE_PX + TITLE_PX + 10.0
MOST = 10  # largest number of values listed in a description
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>(.*)</svg>', re.DOTALL)
_PROPERTY = re.compile(r"var\(--([\w-]+)\)")


def svg(judged: Judged) -> str:
    """All figures of an experiment below each other, small ones in pairs; empty for none."""
    drawn = figures.of_experiment(judged.run, judged.summary)
    if not drawn:
        return ""
    parts, height_px = [_heading(judged)], HEADING_PX
    for row in _rows(drawn):
        height_px += _placed(row, height_px, parts) + GAP_PX
    height_px += EDGE_PX - GAP_PX
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="{height_px:g}" '
        f'viewBox="0 0 {WIDTH_PX} {height_px:g}" font-family="{FONT}">\n'
        f'<rect width="{WIDTH_PX}" height="{height_px:g}" rx="{RADIUS_PX}" '
        f'fill="{LIGHT.background}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _heading(judged: Judged) -> str:
    """Title, and the conditions that all figures share."""
    experiment = judged.run.experiment
    common = labels.in_common(experiment.cells)
    rest = f'<tspan font-weight="normal" fill="{LIGHT.quiet}">  {escape(common)}</tspan>'
    return (
        f'<text x="{EDGE_PX}" y="{EDGE_PX + TITLE_PX}" font-size="{TITLE_PX}px" '
        f'font-weight="bold" fill="{LIGHT.ink}" xml:space="preserve">'
        f"{escape(labels.title(experiment.name))}{rest if common else ''}</text>"
    )


def _placed(row: Sequence[PageFigure], top_px: float, parts: list[str]) -> float:
    """Add a row of drawings, aligned at their lower ends; return its height in px."""
    inner_px = WIDTH_PX - 2 * EDGE_PX
    half_px = (inner_px - GAP_PX) // 2
    drawn = [_taken_out(each.at(half_px if each.is_half else inner_px)) for each in row]
    highest_px = max(height_px for height_px, _ in drawn)
    for number, (height_px, content) in enumerate(drawn):
        left_px = EDGE_PX + number * (half_px + GAP_PX)
        down_px = top_px + highest_px - height_px
        parts.append(f'<g transform="translate({left_px},{down_px:g})">{content}</g>')
    return highest_px


def _rows(drawn: Sequence[PageFigure]) -> Iterator[list[PageFigure]]:
    """Group the figures into rows: two small figures in succession share one."""
    waiting: list[PageFigure] = []
    for each in drawn:
        if waiting and not each.is_half:
            yield waiting
            waiting = []
        waiting.append(each)
        if len(waiting) == 2 or not each.is_half:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _taken_out(figure: str) -> tuple[float, str]:
    """Height and content of a drawing, in the light theme's colours."""
    found = _SIZE.fullmatch(figure.strip())
    assert found is not None
    # A file has no page around it that could define CSS variables.
    colours = page_variables(LIGHT)
    return float(found[2]), _PROPERTY.sub(lambda each: colours[each[1]], found[3])


def said(judged: Judged) -> str:
    """The chart as text for screen readers: every value, or the two ends of each line."""
    experiment = judged.run.experiment
    metric = experiment.chart.metric
    cells = [cell for cell in experiment.cells if _value(judged, cell)]
    named = names(cells)
    told = [f"{named[cell.id]}: {_value(judged, cell)}" for cell in cells]
    if len(cells) > MOST and experiment.chart.kind == "sweep":
        told = [_line(judged, name, each) for name, each in labels.series(cells).items()]
    elif len(cells) > MOST:
        # A screen reader would read out every value.
        told = [*told[:MOST], f"and {len(told) - MOST} more"]
    title = labels.title(experiment.name)
    return _plain(f"{title}: {metric_words(metric)}, measured. {'; '.join(told)}.")


def _line(judged: Judged, name: str, cells: Sequence[Cell]) -> str:
    first, last = (f"{_value(judged, cell)} at {cell.x:,g}" for cell in (cells[0], cells[-1]))
    return f"{name}: {first}" if len(cells) == 1 else f"{name}: from {first} to {last}"


def _value(judged: Judged, cell: Cell) -> str:
    """Measured value, with the prediction of the same metric; empty where nothing was measured."""
    metric = judged.run.experiment.chart.metric
    found = judged.summary.cells.get(cell.id)
    value = found.metrics.get(metric) if found else None
    if value is None:
        return ""
    told = with_unit(metric, value.middle)
    expected = cell.prediction.value if cell.measure == metric else None
    return told if expected is None else f"{told} (predicted {with_unit(metric, expected)})"


def _plain(text: str) -> str:
    """Replace characters that would end a description in Markdown."""
    return text.replace("[", "(").replace("]", ")").replace("`", "")

"""Write the page of a report: one file that needs no other, and its numbers beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from lab.charts.theme import DARK, FONT, LIGHT, Theme
from lab.charts.tones import page_variables
from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import said, said_range
from lab.experiments.metric_catalogue import words as metric_words
from lab.report import (
    answers,
    claim_rows,
    deciding,
    exports,
    figures,
    formulas,
    labels,
    machine_words,
)
from lab.report.claim_rows import shown
from lab.report.deciding import CellMetric
from lab.report.quantities import quantity
from lab.report.report_data import Gathered, Judged, LeftOut, gather
from lab.rounded import digits, exact
from lab.verdicts.judge import LARGEST, depends_on_draw
from lab.verdicts.judgement import Judgement, Measured

PAGE = "report.html"
# Code between backticks; the space between number and unit.
_CODE = re.compile("`([^`]+)`")
_UNIT = re.compile(r"(?<=\d) (?=(?:%|s|ms|µs|kB|KB|MB|MiB|GB|CPU)\b|%)")
HERE = Path(__file__).parent


def render(report_folder: Path) -> Path:
    """Write report.html, report.json, verdicts.csv and cells.csv; return the page's path.

    It only reads files, so that it can be repeated on an old report. Raises RunUnreadableError
    where there is no report, and OSError where it cannot be written.
    """
    gathered = gather(report_folder)
    exports.write(gathered)
    page = report_folder / PAGE
    page.write_text(html(gathered), encoding="utf-8")
    return page


def html(gathered: Gathered) -> str:
    """Return the page as text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,  # a missing value is an error, not an empty place
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    deciders = deciding.metrics([each.claim for each in gathered.claims], gathered.findings)
    return environment.get_template("page.html").render(
        style=Markup(style()),
        marks=Markup((HERE / "marks.svg").read_text(encoding="utf-8")),
        in_short=machine_words.in_short(gathered.metadata),
        runtime=machine_words.runtime(gathered.metadata),
        date=machine_words.date(gathered.metadata),
        quick=gathered.quick,
        script=Markup((HERE / "page.js").read_text(encoding="utf-8")),
        answers=answers.said(gathered.claims),
        surprises=claim_rows.surprises(gathered.claims),
        in_numbers=claim_rows.in_numbers(gathered),
        provisional=sum(each.is_provisional for each in gathered.claims),
        changed=machine_words.changed_runs(gathered),
        counts=claim_rows.counts(gathered.claims),
        articles=claim_rows.articles(gathered),
        experiments=[
            _left(each) if isinstance(each, LeftOut) else _experiment(each, gathered, deciders)
            for each in gathered.experiments
        ],
        facts=machine_words.facts(gathered),
        limits=machine_words.limits(gathered),
        versions=machine_words.versions(gathered),
    )


def prose(text: str) -> Markup:
    """Return text as HTML: backticks become code, and no line ends before a unit.

    >>> prose("an `async def` view & more")
    Markup('an <code>async def</code> view &amp; more')
    """
    whole = _UNIT.sub("\N{NO-BREAK SPACE}", str(escape(text)))
    return Markup(_CODE.sub(r"<code>\1</code>", whole))


def style() -> str:
    """Return the stylesheet with the charts' font, and their colours for light and dark."""
    text = (HERE / "style.css").read_text(encoding="utf-8")
    return (
        text.replace("/* light */", _variables(LIGHT))
        .replace("/* dark */", _variables(DARK))
        .replace("/* font */", FONT)
    )


def _variables(theme: Theme) -> str:
    return " ".join(f"--{name}: {value};" for name, value in page_variables(theme).items())


def _left(left: LeftOut) -> dict[str, Any]:
    return {
        "number": left.number,
        "title": labels.title(left.name),
        "is_left": True,
        "reason": left.reason,
    }


def _experiment(
    judged: Judged, gathered: Gathered, deciders: Mapping[CellMetric, Sequence[str]]
) -> dict[str, Any]:
    run, summary, verdict = judged.run, judged.summary, judged.verdict
    experiment, names = run.experiment, labels.of(run.experiment.cells)
    deciding = [
        each.claim.id for each in gathered.claims if judged.number in each.claim.experiments
    ]
    return {
        "number": judged.number,
        "title": labels.title(experiment.name),
        "is_left": False,
        "is_control": experiment.is_control,
        "question": experiment.question,
        "explains": experiment.explains,
        "claims": deciding,
        "verdict": _shown(verdict.judgement),
        "sentence": "" if verdict.judgement is None else verdict.judgement.sentence,
        "state": run.metadata["state"],
        "reason": run.metadata.get("reason") or "",
        "notes": run.metadata.get("notes") or (),
        "measured": len(run.measurements),
        "asked": len(experiment.cells) * experiment.series,
        "series": experiment.series,
        "in_common": labels.in_common(experiment.cells),
        "predictions": _predictions(experiment.cells),
        "figures": [
            {"wide": Markup(each.wide), "narrow": Markup(each.narrow), "is_half": each.is_half}
            for each in figures.of_experiment(run, summary)
        ],
        "number_of_cells": len(experiment.cells),
        "cells": [
            row
            for cell in experiment.cells
            for row in _cell(cell, names[cell.id], judged, deciders)
        ],
        "fits": _fits(judged),
        "doubts": _doubts(judged),
        "command": f"make run EXP={judged.number}" + (" QUICK=1" if experiment.quick else ""),
    }


def _shown(judgement: Judgement | None) -> dict[str, str] | None:
    return shown(None if judgement is None else judgement.verdict)


def _predictions(cells: tuple[Cell, ...]) -> list[dict[str, str]]:
    """Each function used for a prediction, and each reason for having none, once."""
    found: dict[str, dict[str, str]] = {}
    for cell in cells:
        prediction = cell.prediction
        for function in filter(None, (prediction.function, prediction.most_function)):
            found.setdefault(
                function,
                {
                    "function": function,
                    "formula": formulas.formula(function),
                    "said": formulas.said(function),
                    "why_none": "",
                },
            )
        if prediction.why_none:
            found.setdefault(
                prediction.why_none,
                {"function": "", "formula": "", "said": "", "why_none": prediction.why_none},
            )
    return list(found.values())


def _cell(
    cell: Cell, name: str, judged: Judged, deciders: Mapping[CellMetric, Sequence[str]]
) -> Iterator[dict[str, Any]]:
    # A row for the metric of the cell, one for each further metric that decides a claim, and one
    # for the draw of the workers where the prediction depends on it.
    found, judgement = judged.summary.cells.get(cell.id), judged.verdict.cells.get(cell.id)
    metrics = found.metrics if found else {}
    predicted = cell.prediction.value
    yield {
        "name": name,
        "inputs": formulas.inputs(cell.prediction.inputs),
        "predicted": (
            "" if predicted is None else said_range(cell.measure, predicted, cell.prediction.most)
        ),
        "tolerance": "" if predicted is None else _tolerance(cell),
        "verdict": _shown(judgement),
        "claims": deciders.get((judged.number, cell.id, cell.measure), ()),
        **_numbers(cell.measure, metrics.get(cell.measure)),
    }
    for metric, measured in metrics.items():
        claims = deciders.get((judged.number, cell.id, metric))
        is_shown = claims or (metric == LARGEST and depends_on_draw(cell))
        if is_shown and metric != cell.measure:
            yield {
                "name": name,
                "inputs": "",
                "predicted": "",
                "tolerance": "",
                "verdict": None,
                "claims": claims or (),
                **_numbers(metric, measured),
            }


def _numbers(metric: str, measured: Measured | None) -> dict[str, Any]:
    ends = () if measured is None else (measured.low, measured.high)
    return {
        "metric": metric_words(metric),
        "values": [] if measured is None else _together(metric, measured.values),
        "middle": "" if measured is None else said(metric, measured.middle),
        "range": "" if measured is None else " – ".join(_together(metric, ends)),
    }


def _tolerance(cell: Cell) -> str:
    if cell.tolerance_absolute is not None:
        return f"± {exact(said(cell.measure, cell.tolerance_absolute))}"
    return f"± {cell.tolerance * 100:.3g} %"


def _together(metric: str, values: Sequence[float]) -> list[str]:
    """Values with their unit; where all have the same unit, only the last value has it."""
    told = [said(metric, value) for value in values]
    units = {each.partition(" ")[2] for each in told}
    if len(units) > 1:
        return told
    return [*(each.partition(" ")[0] for each in told[:-1]), *told[-1:]]


def _fits(judged: Judged) -> list[dict[str, str]]:
    # A slope is what one more of something costs. The error shown is two of its standard errors.
    found = []
    for fit in judged.run.experiment.fits:
        line = judged.summary.fits.get(fit.name)
        if line is not None:
            unit = quantity(fit.metric, [line.slope])
            error = digits(2 * line.slope_error * unit.factor, 2)
            found.append(
                {
                    "name": fit.name.replace("-", " "),
                    "slope": f"{digits(line.slope * unit.factor)} ± {error} {unit.unit}".strip(),
                    "per": fit.per,
                    "intercept": said(fit.metric, line.intercept),
                }
            )
    return found


def _doubts(judged: Judged) -> list[tuple[str, str]]:
    # Each doubt once, with the names of its cells.
    names = labels.of(judged.run.experiment.cells)
    found: dict[str, list[str]] = {}
    for id, cell in judged.summary.cells.items():
        for doubt in cell.doubts:
            found.setdefault(doubt, []).append(names.get(id, id))
    total = len(judged.run.experiment.cells)
    return [
        (doubt, "every cell" if len(cells) == total > 1 else ", ".join(cells))
        for doubt, cells in found.items()
    ]

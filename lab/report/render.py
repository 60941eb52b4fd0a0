"""Write the page of a report: one file that needs no other, and its numbers beside it."""

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from lab.charts.theme import DARK, FONT, LIGHT, Theme
from lab.charts.tones import page_variables
from lab.claims.claim import ARTICLES
from lab.claims.rule import Decision
from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import said
from lab.experiments.metric_catalogue import words as metric_words
from lab.report import exports, figures, formulas, labels, machine_words
from lab.report.quantities import quantity
from lab.report.report_data import Gathered, Judged, LeftOut, gather
from lab.rounded import digits, exact
from lab.verdicts.judgement import Verdict

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
    known = {each.number for each in gathered.experiments}
    return environment.get_template("page.html").render(
        style=Markup(style()),
        marks=Markup((HERE / "marks.svg").read_text(encoding="utf-8")),
        in_short=machine_words.in_short(gathered.metadata),
        runtime=machine_words.runtime(gathered.metadata),
        date=machine_words.date(gathered.metadata),
        quick=gathered.quick,
        counts=[(verdict, gathered.count(verdict)) for verdict in Verdict],
        articles=_articles(gathered, known),
        experiments=[
            _left(each) if isinstance(each, LeftOut) else _experiment(each, gathered)
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


def _articles(gathered: Gathered, known: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "letter": letter,
            "title": ARTICLES[letter].title,
            "claims": [_claim(each, gathered, known) for each in group],
        }
        for letter, group in groupby(gathered.claims, key=lambda each: each.claim.source)
    ]


def _claim(decision: Decision, gathered: Gathered, known: set[str]) -> dict[str, Any]:
    claim = decision.claim
    names = {each.number: _name(each) for each in gathered.experiments}
    return {
        "id": claim.id,
        "text": claim.text,
        "reading": claim.literal,
        "verdict": str(decision.verdict),
        "sentence": decision.sentence,
        "reasons": [each.sentence for each in decision.absences],
        "picture": Markup("".join(map(figures.of_outcome, decision.shown[:1]))),
        "experiments": [
            {"number": number, "title": labels.title(names[number]) if number in known else ""}
            for number in claim.experiments
        ],
    }


def _name(each: Judged | LeftOut) -> str:
    return each.name if isinstance(each, LeftOut) else each.run.experiment.name


def _left(left: LeftOut) -> dict[str, Any]:
    return {
        "number": left.number,
        "title": labels.title(left.name),
        "is_left": True,
        "reason": left.reason,
    }


def _experiment(judged: Judged, gathered: Gathered) -> dict[str, Any]:
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
        "verdict": None if verdict.judgement is None else str(verdict.judgement.verdict),
        "sentence": "" if verdict.judgement is None else verdict.judgement.sentence,
        "state": run.metadata["state"],
        "reason": run.metadata.get("reason") or "",
        "notes": run.metadata.get("notes") or (),
        "measured": len(run.measurements),
        "asked": len(experiment.cells) * experiment.series,
        "repeats": experiment.series,
        "in_common": labels.in_common(experiment.cells),
        "predictions": _predictions(experiment.cells),
        "figures": [
            {"wide": Markup(each.wide), "narrow": Markup(each.narrow), "is_half": each.is_half}
            for each in figures.of_experiment(run, summary)
        ],
        "cells": [_cell(cell, names[cell.id], judged) for cell in experiment.cells],
        "fits": _fits(judged),
        "doubts": _doubts(judged),
        "command": f"make run EXP={judged.number}" + (" QUICK=1" if experiment.quick else ""),
    }


def _predictions(cells: tuple[Cell, ...]) -> list[dict[str, str]]:
    """Each function used for a prediction, and each reason for having none, once."""
    found: dict[str, dict[str, str]] = {}
    for cell in cells:
        prediction = cell.prediction
        if prediction.function:
            found.setdefault(
                prediction.function,
                {
                    "function": prediction.function,
                    "formula": formulas.formula(prediction.function),
                    "said": formulas.said(prediction.function),
                    "why_none": "",
                },
            )
        elif prediction.why_none:
            found.setdefault(
                prediction.why_none,
                {"function": "", "formula": "", "said": "", "why_none": prediction.why_none},
            )
    return list(found.values())


def _cell(cell: Cell, name: str, judged: Judged) -> dict[str, Any]:
    found, judgement = judged.summary.cells.get(cell.id), judged.verdict.cells.get(cell.id)
    measured = found.metrics.get(cell.measure) if found else None
    predicted = cell.prediction.value
    ends = () if measured is None else (measured.low, measured.high)
    return {
        "name": name,
        "shape": cell.shape,
        "metric": metric_words(cell.measure),
        "inputs": formulas.inputs(cell.prediction.inputs),
        "predicted": "" if predicted is None else said(cell.measure, predicted),
        "tolerance": "" if predicted is None else _tolerance(cell),
        "values": [] if measured is None else _together(cell.measure, measured.values),
        "middle": "" if measured is None else said(cell.measure, measured.middle),
        "range": "" if measured is None else " – ".join(_together(cell.measure, ends)),
        "verdict": None if judgement is None else str(judgement.verdict),
        "doubts": found.doubts if found else (),
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

"""A load and a worksheet that somebody wrote: what they become, and what is asked back."""

from pathlib import Path
from typing import Any

import made_exercise
import pytest

from lab.experiments import experiment_file
from lab.experiments.experiment import Experiment
from lab.experiments.toml_table import ExperimentFileError
from lab.results.measurement import Measurement, Row
from lab.results.reading import Run
from lab.samples import Sample
from lab.verdicts.summary import summarize
from workshop.exercises import arranging, exercise_screen, own_load, worksheet
from workshop.exercises import exercise_file as exercise_file
from workshop.exercises.arranging import NotYet
from workshop.exercises.exercise import Requirement
from workshop.exercises.judging import GradedRequirement

DOCUMENT: dict[str, Any] = {
    "question": "?",
    "explains": ".",
    "series": 1,
    "measure": "p99_s",
    "why_none": "it is the attendee's",
    "tolerance": 0.1,
    "upstream": {"delay_ms": 1000},
    "shapes": [{"name": "yours", "target": "flask-svc"}],
    "cells": [
        {
            "shapes": ["yours"],
            "routes": ["io"],
            "load": {"kind": "open", "rate_rps": 40, "warmup_s": 1, "duration_s": 4},
        }
    ],
    "chart": {"kind": "points", "metric": "p99_s"},
}
OPEN_30 = {"kind": "open", "rate_rps": 30, "duration_s": 4}
SHEET: dict[str, Any] = {
    "service": "prices for the start page",
    "why": "It waits most of the time, and threads will do.",
    "rate_rps": 30,
    "delay_ms": 800,
    "target": "flask-gthread",
    "workers": 2,
    "threads": 20,
    "connections": 20,
}


def made(document: dict[str, Any]) -> Experiment:
    return experiment_file.described(document, "load.toml", "09-made")


@pytest.mark.parametrize(
    ("load", "id"),
    [
        ({"kind": "open", "rate_rps": 12, "duration_s": 10}, "yours.io.open-12"),
        ({"kind": "closed", "users": 5, "duration_s": 3, "warmup_s": 1}, "yours.io.closed-5"),
        ({"kind": "burst", "requests": 16}, "yours.io.burst-16"),
    ],
)
def test_a_load_takes_the_place_of_every_cells(load: dict[str, Any], id: str) -> None:
    """All else of the exercise stays as it is."""
    [cell] = made(own_load.fill(DOCUMENT, load, "load.toml")).cells

    assert (cell.id, cell.load.kind) == (id, load["kind"])
    assert DOCUMENT["cells"][0]["load"]["kind"] == "open"


BAD_LOADS = [
    ({}, "kind = "),
    ({"kind": "hold", "requests": 5}, 'kind = "hold": expected one of burst, closed, open'),
    ({"kind": "open", "duration_s": 5}, "rate_rps is missing"),
    ({"kind": "open", "rate_rps": 10}, "duration_s is missing"),
    ({"kind": "open", "rate_rps": 10_000, "duration_s": 5}, "rate_rps = 10000: expected 200"),
    ({"kind": "open", "rate_rps": [1, 2], "duration_s": 5}, "expected one number"),
    ({"kind": "open", "rate_rps": 10, "duration_s": 3600}, "duration_s = 3600: expected 10 at"),
    ({"kind": "closed", "users": 5, "duration_s": 5, "rate_rps": 5}, "rate_rps is no key here"),
    ({"kind": "burst", "requests": 501}, "requests = 501: expected 500 at most"),
    ({"kind": "burst", "requests": "5"}, "requests"),
]


@pytest.mark.parametrize(("load", "said"), BAD_LOADS)
def test_a_load_that_cannot_be_sent_is_told(load: dict[str, Any], said: str) -> None:
    """By its file and key; a check sends no load that would take minutes."""
    with pytest.raises(ExperimentFileError) as problem:
        own_load.fill(DOCUMENT, load, "load.toml")
    assert str(problem.value).startswith("load.toml: ")
    assert said in str(problem.value)


def test_a_worksheet_becomes_a_server_and_its_arrivals() -> None:
    """Of the given target, with the settings of its framework where they differ."""
    experiment = made(worksheet.fill(DOCUMENT, SHEET, "worksheet.toml"))

    [cell], [shape] = experiment.cells, experiment.shapes
    assert (shape.name, shape.target) == ("yours", "flask-gthread")
    assert shape.settings == {
        "FLASK_WORKERS": "2",
        "FLASK_THREADS": "20",
        "FLASK_CONNECTIONS": "20",
    }
    assert (cell.id, cell.load.rate_rps, cell.load.duration_s) == ("yours.io.open-30", 30, 4)
    assert (cell.service_s, cell.slots) == (0.8, 40)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"target": "fastapi-svc"}, "/async-io"),
        ({"target": "fastapi-svc", "route": "io"}, "/io"),
        ({"parts": 3}, "/async-io-multi?parts=3"),
        ({"worker_class": "gthread", "client_connections": 50}, "/io"),
    ],
)
def test_a_worksheet_asks_the_natural_route(changes: dict[str, Any], path: str) -> None:
    """The one that the framework waits best on, in parts where it says so."""
    few = {name: value for name, value in SHEET.items() if name not in ("connections", "threads")}

    [cell] = made(worksheet.fill(DOCUMENT, few | changes, "worksheet.toml")).cells
    assert cell.path == path


BAD_SHEETS = [
    ({"why": "", "rate_rps": 0}, "worksheet.toml: not filled in yet: why, rate_rps"),
    ({"why": "because"}, 'why = "because": expected a sentence'),
    ({"rate_rps": 5000}, "rate_rps = 5000: expected 200 at most"),
    ({"delay_ms": 9}, "delay_ms = 9: expected 50 to 3000"),
    ({"parts": 17}, "parts = 17"),
    ({"target": "django"}, 'target = "django": expected one of flask-svc'),
    ({"workers": 1.5}, "workers = 1.5: expected a whole number"),
    ({"route": "async-io-multi"}, "async-io-multi for several parts"),
    ({"tread": 4}, "tread is no key here"),
]


@pytest.mark.parametrize(("changes", "said"), BAD_SHEETS)
def test_a_worksheet_with_gaps_or_too_much_is_told(changes: dict[str, Any], said: str) -> None:
    """By its file and key, and not as a fault."""
    with pytest.raises(ExperimentFileError) as problem:
        worksheet.fill(DOCUMENT, SHEET | changes, "worksheet.toml")
    assert str(problem.value).startswith("worksheet.toml: ")
    assert said in str(problem.value)


@pytest.mark.parametrize("text", [None, "rate_rps = = 3", 'kind = "hold"', ""])
def test_ones_own_file_that_will_not_do_is_not_yet(tmp_path: Path, text: str | None) -> None:
    """Whoever is asked to write it is told, and the exercise is not to blame."""
    toml = made_exercise.CALLS.replace('"code"', '"file"').replace(
        "fastapi_svc/app.py", "load.toml"
    )
    folder = tmp_path / "02-calls"
    made_exercise.written(folder, {"start/load.toml": 'kind = "burst"\nrequests = 4\n'})
    exercise = exercise_file.read(made_exercise.calls(tmp_path, toml))
    exercise.mine.mkdir()
    if text is not None:
        (exercise.mine / "load.toml").write_text(text)

    with pytest.raises(NotYet, match=r"^load\.toml: "):
        arranging.experiment(exercise, {})


def test_what_a_worksheet_is_held_against() -> None:
    """In flight by Little's law, slots for each, answers for each arrival, waits in a tail."""
    experiment = made(worksheet.fill(DOCUMENT, SHEET, "worksheet.toml"))
    [cell] = experiment.cells
    # 30 a second for 4 s after 1 s of warm-up; each is answered after 1.2 s.
    rows = [
        Row(
            Sample(
                start_s=index / 30,
                sent_s=index / 30,
                latency_s=1.2,
                status=200,
                target="yours",
                route="io",
                upstream_s=0.8,
            ),
            "measured" if index >= 30 else "warm-up",
            0,
            index / 30,
        )
        for index in range(150)
    ]
    one = Measurement(cell=cell.id, series=1, began_s=0, wall_s=6, rows=rows)
    run = Run(Path("run"), {"state": "complete"}, experiment, [one])
    values = {
        name: arranging_value(run, name)
        for name in ("in_flight", "slots_share", "kept_up", "p99_waits")
    }

    assert values == {
        "in_flight": pytest.approx(24),
        "slots_share": pytest.approx(40 / 24),
        "kept_up": pytest.approx(0.95, abs=0.06),
        "p99_waits": pytest.approx(1.5),
    }


SAID = {
    "in_flight": "yours has 24 requests in flight",
    "slots_share": "yours has 1.67 slots for each request in flight",
    "kept_up": "the answers for each arrival of yours are 95.0 %",
    "p99_waits": "99 of 100 answers of yours take 1.50 waits at most",
    "failed_share": "5.0 % of the requests to yours failed",
    "p99_s": "the 99th percentile of yours is 1.20 s (30 per second)",
    "throughput_rps": "yours gave 28.5 answers per second",
    "pss_bytes": "yours takes 1.20 MB of memory",
    "CLIENT_CONNECTIONS": "CLIENT_CONNECTIONS is 5",
}
VALUES = {
    "in_flight": 24.0,
    "slots_share": 1.667,
    "kept_up": 0.95,
    "p99_waits": 1.5,
    "failed_share": 0.05,
    "p99_s": 1.2,
    "throughput_rps": 28.5,
    "pss_bytes": 1_200_000.0,
    "CLIENT_CONNECTIONS": 5.0,
}


@pytest.mark.parametrize("metric", SAID)
def test_a_number_is_said_in_words(metric: str) -> None:
    """In the sentence of a PASS, and in that of a NOT YET before its bound."""
    [cell] = made(DOCUMENT | {"cells": [dict(DOCUMENT["cells"][0], load=OPEN_30)]}).cells
    requirement = Requirement(cell="yours", metric=metric, at_least=99.0)
    answer = GradedRequirement(requirement=requirement, cell=cell, value=VALUES[metric])

    said = SAID[metric]
    assert exercise_screen.passed([answer, answer]) == f"PASS: {said}."
    assert exercise_screen.missed(answer).startswith(f"{said}; at least ")


def arranging_value(run: Run, name: str) -> Any:
    from workshop.exercises import quantities

    return quantities.value(run, summarize(run), run.experiment.cells[0], name)

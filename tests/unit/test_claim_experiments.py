"""The ledger and the experiments' files name each other rightly."""

import contextlib

import pytest

from lab.claims.code_count import Amounts, Code
from lab.claims.findings import Findings, Found, MissingError
from lab.claims.ledger import CLAIMS
from lab.claims.measures import of
from lab.experiments import catalogue, experiment_file
from lab.experiments.metric_catalogue import METRICS
from lab.results.measurement import Measurement, Row
from lab.samples import Sample
from lab.verdicts.estimates import Line

CODE = Code(
    validation_lines=1,
    plain_lines=1,
    plain_statements=1,
    documented_lines=1,
    documented_statements=1,
)
AMOUNTS = Amounts(
    users=dict.fromkeys(("FastAPI", "Flask by hand", "Flask with extension"), CODE),
    documented_with={"fastapi": ["fastapi"], "flask": ["flask_openapi"]},
)


class Asked(Findings):
    """Findings that have an answer to everything, and remember what they were asked."""

    measured: set[tuple[str, str]]
    cells: set[tuple[str, str]]
    metrics: set[str]
    lines: set[tuple[str, str]]
    shapes: set[tuple[str, str]]

    def __init__(self, measured):
        super().__init__(found={}, amounts=AMOUNTS)
        object.__setattr__(self, "measured", measured)
        for name in ("cells", "metrics", "lines", "shapes"):
            object.__setattr__(self, name, set())

    def experiment(self, number):
        self.cells.add((number, ""))
        return Found(cores=2)

    def metric(self, experiment, cell, name):
        self.cells.add((experiment, cell))
        self.metrics.add(name)
        return of([1.0, 1.0, 1.0])

    def has(self, experiment, cell):
        return (experiment, cell) in self.measured

    def predicted(self, experiment, cell):
        self.cells.add((experiment, cell))
        return 1.0

    def line(self, experiment, fit):
        self.lines.add((experiment, fit))
        return Line(1.0, 0.1, 0.0, ((1.0, 1.0),))

    def fitted(self, experiment, fit):
        self.lines.add((experiment, fit))
        return {"a": 1.0, "b": 2.0, "c": 3.0}

    def workers(self, experiment, shape):
        self.shapes.add((experiment, shape))
        return 4

    def measurements(self, experiment, cell):
        self.cells.add((experiment, cell))
        rows = [Row(Sample(0.0, 1.0, 200, "flask-svc", "io"))]
        return [Measurement(cell=cell, series=1, began_s=0, wall_s=1, rows=rows)]


def asked_by(claim, measured):
    """What a claim looks at, where so much was measured."""
    asked = Asked(measured)
    with contextlib.suppress(MissingError):
        claim.rule(asked)
    return asked


def read(number, *, quick):
    return experiment_file.read(catalogue.find(number), quick=quick, cores=2)


@pytest.mark.parametrize("quick", [False, True], ids=["full", "quick"])
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_a_claim_looks_at_is_measured(claim, quick):
    """Its cells, lines and shapes are in the files, also of a quick run; no others are asked."""
    own = {number: read(number, quick=quick) for number in claim.experiments}
    in_files = {(number, cell) for number, each in own.items() for cell in cells(each)}
    asked = asked_by(claim, in_files)

    assert {number for number, _ in asked.cells | asked.lines | asked.shapes} == set(own)
    assert asked.metrics <= set(METRICS)
    made_up = {(number, cell) for number, _ in asked.lines for cell in "abc"}
    assert sorted(asked.cells - in_files - made_up) == []
    fits = {(number, fit.name) for number, each in own.items() for fit in each.fits}
    assert sorted(asked.lines - fits) == []
    shapes = {(number, shape.name) for number, each in own.items() for shape in each.shapes}
    assert sorted(asked.shapes - shapes) == []


def cells(experiment):
    """Its ids; and "" for the experiment itself."""
    return ["", *(cell.id for cell in experiment.cells)]


@pytest.mark.parametrize("name", catalogue.names())
def test_an_experiment_names_the_claims_that_it_decides(name):
    """The same ones that name it."""
    number = name[:2]
    decided = [claim.id for claim in CLAIMS if number in claim.experiments]

    assert sorted(read(number, quick=False).claims) == sorted(decided)


def test_a_full_run_measures_what_a_quick_one_may_leave_out():
    """Cells that a claim can do without are in the full files all the same."""
    for claim in CLAIMS:
        own = {number: read(number, quick=False) for number in claim.experiments}
        in_files = {(number, cell) for number, each in own.items() for cell in cells(each)}

        assert asked_by(claim, in_files).cells == asked_by(claim, Everything()).cells


class Everything:
    """A set that has whatever is looked for."""

    def __contains__(self, _):
        return True

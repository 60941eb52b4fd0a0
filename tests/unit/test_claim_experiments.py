"""The ledger and the experiments' files name each other rightly."""

import pytest

from lab.claims import batches, memory
from lab.claims.ledger import CLAIMS
from lab.claims.quantity import Combined, Computed, Metric, Quantity, Scaled
from lab.experiments import catalogue, experiment_file
from lab.experiments.metric_catalogue import METRICS


def read(number, *, quick=False):
    return experiment_file.read(catalogue.find(number), quick=quick, cores=2)


def quantities(claim):
    return [basis.quantity for part in claim.parts for basis in part.bases]


def leaves(quantity: Quantity) -> list[Quantity]:
    """The metrics and computed numbers of an expression."""
    match quantity:
        case Combined():
            return [*leaves(quantity.one), *leaves(quantity.other)]
        case Scaled():
            return leaves(quantity.quantity)
    return [quantity]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_a_claim_reads_is_measured(claim):
    """Its cells and metrics are in the files."""
    for quantity in quantities(claim):
        for number, cell in quantity.cells():
            assert cell in [each.id for each in read(number).cells]
        for leaf in leaves(quantity):
            assert isinstance(leaf, Metric | Computed)
            if isinstance(leaf, Metric):
                assert leaf.name in METRICS


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_quick_run_leaves_no_claim_without_anything(claim):
    """A part may be left out, with a reason; a claim that can be decided keeps one."""
    measured = [
        all(
            cell in [each.id for each in read(number, quick=True).cells]
            for number, cell in quantity.cells()
        )
        for quantity in quantities(claim)
    ]

    assert any(measured) or not measured


@pytest.mark.parametrize("name", catalogue.names())
def test_an_experiment_names_the_claims_that_it_decides(name):
    """The same ones that name it."""
    number = name[:2]
    decided = [claim.id for claim in CLAIMS if number in claim.experiments]

    assert sorted(read(number).claims) == sorted(decided)


def test_a_slope_reads_the_cells_of_its_line():
    """A cell that is added to the line in the file must be doubted, too."""
    fits = {fit.name: set(fit.cells) for fit in read("11").fits}

    assert fits["flask-worker"] == set(memory.IDLE.values())
    assert fits["preloaded-worker"] == set(memory.SHARED)
    for fit, (shape, route, numbers) in memory.HELD.items():
        assert fits[fit] == {f"{shape}.{route}.hold-{number}" for number in numbers}


def test_numbers_of_workers_in_ranges_are_those_of_the_files():
    """They are written in the claims, because a range has to be known before it is measured."""
    for number in ("02", "03", "04", "05", "21"):
        [shape] = [each for each in read(number).shapes if each.name == "flask-svc"]
        cells = [each for each in read(number).cells if each.shape == shape.name]
        assert {each.slots for each in cells} == {batches.WORKERS}

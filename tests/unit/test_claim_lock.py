"""Readings are locked: a changed definition needs an entry in the log, with a reason."""

from dataclasses import replace

import pytest

from lab.claims import batches, lock
from lab.claims.claim import Basis, Failing, Kind
from lab.claims.ledger import CLAIMS, claim


def test_each_definition_is_the_last_one_of_the_log():
    """Else: add an entry to lab/claims/changes.toml, with the day, the reason and these hashes."""
    now = {each.id: lock.hash_of(each) for each in CLAIMS}
    locked = lock.locked()
    changed = {id: value for id, value in now.items() if locked.get(id) != value}

    assert changed == {}
    assert locked.keys() == now.keys()


def test_the_log_says_why_and_goes_forward():
    """From the oldest to the newest change, each with a sentence."""
    changes = lock.changes()

    assert [each.on for each in changes] == sorted(each.on for each in changes)
    for each in changes:
        assert each.claims
        assert each.reason.endswith(".")
        assert set(each.claims) <= {claim.id for claim in CLAIMS}
    assert {"A3", "A9", "C6"} <= {id for each in changes[:2] for id in each.claims}


B1 = claim("B1")
[RATE, *_] = B1.parts
[BASIS, *_] = RATE.bases


def with_basis(**changed: object) -> object:
    basis: Basis = replace(BASIS, **changed)  # type: ignore[arg-type]
    return replace(B1, parts=(replace(RATE, bases=(basis, *RATE.bases[1:])), *B1.parts[1:]))


@pytest.mark.parametrize(
    "changed",
    [
        replace(B1, text="Something else."),
        replace(B1, literal="Something else."),
        replace(B1, charitable="Something else."),
        replace(B1, missing="a load"),
        replace(B1, parts=B1.parts[1:]),
        replace(B1, parts=(replace(RATE, claimed=(2001, 5000)), *B1.parts[1:])),
        replace(B1, parts=(replace(RATE, is_sameness=True), *B1.parts[1:])),
        replace(B1, waits_for="a database"),
        replace(B1, parts=(replace(RATE, kind=Kind.MECHANISM), *B1.parts[1:])),
        replace(B1, parts=(replace(RATE, failing=Failing.FALSE), *B1.parts[1:])),
        replace(B1, parts=(replace(RATE, unit="per minute"), *B1.parts[1:])),
        with_basis(label="something else"),
        with_basis(claimed=(1, 2)),
        with_basis(quantity=BASIS.quantity * 1.01),
        with_basis(quantity=BASIS.quantity / BASIS.quantity),
    ],
)
def test_whatever_decides_is_in_the_hash(changed):
    """Texts, ranges, bases and the arithmetic."""
    assert lock.hash_of(changed) != lock.hash_of(B1)


@pytest.mark.parametrize(
    "changed",
    [
        replace(B1, parts=(replace(RATE, holds="it is so"), *B1.parts[1:])),
        replace(B1, parts=(replace(RATE, fails="it is not"), *B1.parts[1:])),
        replace(B1, section="Elsewhere"),
    ],
)
def test_what_only_explains_is_not(changed):
    """An explanation can be mended without a new reading."""
    assert lock.hash_of(changed) == lock.hash_of(B1)


def test_the_code_of_what_a_reading_calls_is_in_the_hash(monkeypatch):
    """The tolerance of C4, and a function that it calls."""
    before = lock.hash_of(claim("C4"))

    with monkeypatch.context() as changed:
        changed.setattr(batches, "NEAR", 0.5)
        assert lock.hash_of(claim("C4")) != before
    with monkeypatch.context() as changed:
        changed.setattr(batches, "answer_times", batches.on_time)
        assert lock.hash_of(claim("C4")) != before
    assert lock.hash_of(claim("C4")) == before

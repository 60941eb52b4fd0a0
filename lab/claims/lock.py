"""Locked readings: a hash of each claim's definition, and the log of what was changed and why."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.claims.claim import Claim, Part

LOG = Path(__file__).with_name("changes.toml")
DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of the log: the `claims` whose definition changed on a day, and the reason.

    `hashes` are those after the change; empty for changes that are older than the hashes.
    """

    on: str
    claims: tuple[str, ...]
    reason: str
    hashes: Mapping[str, str]


def hash_of(claim: Claim) -> str:
    """Return the first 8 hex digits of the SHA-256 of a claim's definition.

    The experiments that it reads have hashes of their own (lab/results/sources.py).
    """
    definition = {
        "id": claim.id,
        "text": claim.text,
        "literal": claim.literal,
        "charitable": claim.charitable,
        "missing": claim.missing,
        "waits_for": claim.waits_for,
        "parts": [_part(each) for each in claim.parts],
    }
    return hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:DIGITS]


def changes() -> tuple[Change, ...]:
    """Return the log, oldest first. Raises KeyError where an entry lacks a field."""
    entries = tomllib.loads(LOG.read_text(encoding="utf-8"))["changes"]
    return tuple(
        Change(
            on=each["on"],
            claims=tuple(each.get("claims", each.get("hashes", {}))),
            reason=each["reason"],
            hashes=each.get("hashes", {}),
        )
        for each in entries
    )


def locked() -> dict[str, str]:
    """Return the last logged hash of each claim."""
    return {id: value for each in changes() for id, value in each.hashes.items()}


def _part(part: Part) -> dict[str, Any]:
    return {
        "what": part.what,
        "unit": part.unit,
        "kind": part.kind,
        "failing": part.failing,
        "same": part.is_sameness,
        "bases": [
            [
                basis.label,
                basis.unit,
                str(part.claimed_on(basis)),
                basis.quantity.definition(),
            ]
            for basis in part.bases
        ],
    }

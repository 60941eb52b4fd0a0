"""Why a verdict is absent: a closed list of reasons, the same in files and on pages.

docs/results.md explains them for readers.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from lab.verdicts.doubt_rules import Doubt


class Reason(StrEnum):
    """What kept a number from deciding."""

    GENERATOR = "generator-limited"
    UPSTREAM = "upstream-limited"
    MACHINE = "machine-limited"
    FEW = "too few"
    """Too few samples or series, or a run that ended early."""
    NOISY = "too noisy"
    """The interval over the series reaches across an edge of what is claimed."""
    DISTURBED = "disturbed"
    """What was measured is not what the experiment defines: failures, other slots, a lost process,
    changed sources."""
    NOT_BUILT = "not built"
    QUICK = "left out by quick"
    NOT_RUN = "not run"


class Absence(NamedTuple):
    """A reason with the sentence that explains it, without a full stop."""

    reason: Reason
    sentence: str


OF_DOUBT: Mapping[Doubt, Reason] = MappingProxyType(
    {
        "incomplete": Reason.FEW,
        "limit": Reason.MACHINE,
        "errors": Reason.DISTURBED,
        "slots": Reason.DISTURBED,
        "generator": Reason.GENERATOR,
        "ceiling": Reason.GENERATOR,
        "upstream-ceiling": Reason.UPSTREAM,
        "late-load": Reason.GENERATOR,
        "unsent": Reason.GENERATOR,
        "upstream-late": Reason.UPSTREAM,
        "departure": Reason.GENERATOR,
        "held": Reason.DISTURBED,
        "replaced": Reason.DISTURBED,
        "busy-machine": Reason.MACHINE,
        "uneven-machine": Reason.MACHINE,
        "series": Reason.FEW,
        "samples": Reason.FEW,
        "spread": Reason.NOISY,
    }
)
"""The reason of each kind of doubt; a test holds it complete."""

"""How the ledger's sentences say numbers.

>>> times(1.873), digits(4.0312), listed(["a", "b", "c"])
('1.87 times', '4.03', 'a, b and c')
"""

from collections.abc import Sequence

from lab.verdicts.words import digits, said

__all__ = ["digits", "listed", "said", "times"]


def times(ratio: float) -> str:
    """A ratio."""
    return f"{digits(ratio)} times"


def listed(words: Sequence[str]) -> str:
    """A list in a sentence."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"

"""What was changed while the charts ran: the upstream's dial, and the shapes of the targets.

A change is noticed by its words, from one look to the next, so that it does not matter who made it.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.live.history import KEEP_S
from lab.rounded import digits, exact, share

KEEP = 20
"""Changes that are kept."""
UPSTREAM = "upstream"

Kind = Literal["upstream", "shape"]


@dataclass(frozen=True, slots=True)
class Change:
    """A change, noticed at `at_s`, a time of day in seconds. `number` counts from 1 in a run."""

    number: int
    at_s: float
    what: str
    kind: Kind


@dataclass(slots=True)
class Changes:
    """The last changes. `known` are the last words for each part of the lab, by its name."""

    known: dict[str, str] = field(default_factory=dict)
    _last: deque[Change] = field(default_factory=lambda: deque(maxlen=KEEP))
    _count: int = 0

    def look(self, now_s: float, words: Mapping[str, str]) -> bool:
        """Compare with the last look; return whether anything has changed.

        `words` has those parts of the lab that are known now: UPSTREAM and targets, by name. A part
        that becomes known has not changed.
        """
        before = self._count
        for name, said in words.items():
            if self.known.get(name, said) != said:
                self._count += 1
                kind: Kind = "upstream" if name == UPSTREAM else "shape"
                self._last.append(Change(self._count, now_s, f"{name}: {said}", kind))
        self.known.update(words)
        return self._count > before

    def forget(self) -> None:
        """Begin to count again, because a run begins."""
        self._last.clear()
        self._count = 0

    def rows(self, end_s: float) -> list[dict[str, Any]]:
        """Return the changes that charts with this end show, oldest first, as in docs/state.md."""
        return [
            {
                "number": each.number,
                "at_s": each.at_s,
                "t_s": round(each.at_s - end_s, 2),
                "what": each.what,
                "kind": each.kind,
            }
            for each in self._last
            if end_s - KEEP_S <= each.at_s <= end_s
        ]


def dial_in_words(behaviour: Mapping[str, Any]) -> str:
    """Return the upstream's dial in words: "200 ms", "200 ms ± 50 ms, 5 % errors", or "frozen"."""
    if behaviour["hang_rate"] == 1:
        return "frozen"
    parts = [f"{_ms(behaviour['delay_ms'])}{_spread(behaviour)}"]
    for rate, noun in (("error_rate", "errors"), ("hang_rate", "hang"), ("reset_rate", "resets")):
        if behaviour[rate]:
            parts.append(f"{share(behaviour[rate])} {noun}")
    return ", ".join(parts)


def _spread(behaviour: Mapping[str, Any]) -> str:
    match behaviour["distribution"]:
        case "uniform":
            return f" ± {_ms(behaviour['spread_ms'])}"
        case "lognormal":
            return f" lognormal, sigma {exact(digits(behaviour['sigma']))}"
    return ""


def _ms(time_ms: float) -> str:
    return f"{exact(digits(time_ms))} ms"

"""The runs of the page that are over: their settings, their results, and two of them compared.

The unit of a comparison is a window of a run, as wide as throughput is averaged, because answers
that come in one wave are not independent. It uses the rule of `make compare`
(lab/verdicts/difference.py), and says as that does when two runs do not differ significantly. A
series of starts can differ by more: windows of one run share its servers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from lab.live.history import History
from lab.live.load import BURST, OPEN, STEPS
from lab.rounded import count, counted
from lab.verdicts.difference import Answer, Difference, of_values
from lab.verdicts.judgement import Measured

KEEP_RUNS = 12
"""Runs kept, the newest; what is older is forgotten."""


@dataclass(frozen=True, slots=True)
class KeptTarget:
    """One target of a run: its server in words, and one number per window, the oldest first.

    `predicted_rps` and `predicted_s` are what theory said at its end, None where it says nothing.
    """

    name: str
    shape: str | None
    slots: int | None
    throughput_rps: tuple[float, ...]
    latency_s: tuple[float, ...]
    predicted_rps: float | None = None
    predicted_s: float | None = None

    @property
    def middle_rps(self) -> float | None:
        """Mean throughput of all windows; None without any."""
        return _middle(self.throughput_rps)

    @property
    def middle_s(self) -> float | None:
        """Mean of the windows' median latencies; None without any."""
        return _middle(self.latency_s)


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One run that is over. `began_s` is a time of day in seconds, `lasted_s` its length.

    `kind` is that of its load; `load` and `upstream` are in words, `headline` is the sentence at
    its end.
    """

    kind: str
    number: int
    began_s: float
    lasted_s: float
    load: str
    upstream: str
    headline: str
    targets: tuple[KeptTarget, ...]

    def described(self) -> dict[str, Any]:
        """Return it as `runs[]` of docs/state.md."""
        return {
            "number": self.number,
            "began_s": self.began_s,
            "lasted_s": round(self.lasted_s, 1),
            "load": self.load,
            "upstream": self.upstream,
            "headline": self.headline,
            "targets": [
                {
                    "name": each.name,
                    "shape": each.shape,
                    "slots": each.slots,
                    "throughput_rps": each.middle_rps,
                    "latency_s": each.middle_s,
                    "predicted_rps": each.predicted_rps,
                    "predicted_s": each.predicted_s,
                }
                for each in self.targets
            ],
        }


def load_in_words(run: Mapping[str, Any]) -> str:
    """Return the load of a run (docs/state.md): "closed, 40 users", "bursts of 100 every 5 s"."""
    options, users = run["options"], counted(run["form"]["user_count"], "user")
    think = f", {options['think_s']:g} s between" if options["think_s"] else ""
    return {
        BURST: f"bursts of {count(options['burst_size'])} every {options['burst_every_s']:g} s",
        OPEN: f"{options['arrival_rate']:g} arrivals a second, {options['arrivals']}",
        STEPS: f"steps of {options['step_s']:g} s{think}",
    }.get(run["load"], f"{users}{think}")


def windows(
    history: History, *, width_s: float, settled_at_s: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return throughput and median latency of each whole window from `settled_at_s` on.

    `width_s` is the window's width in seconds, `settled_at_s` a time of day. The last minute is
    what a history has; of a run that ended before it settled, the last window counts.
    """
    whole = max(1, round(width_s))
    settled = [each for each in history.seconds if each.end_s > settled_at_s]
    seconds = settled if len(settled) >= whole else list(history.seconds)[-whole:]
    groups = [seconds[n : n + whole] for n in range(0, len(seconds) - whole + 1, whole)]
    rates = tuple(
        history.throughput_rps(group[-1].end_s - whole / 2, width_s=whole / 2) for group in groups
    )
    times = ([each.p50_s for each in group if each.p50_s is not None] for group in groups)
    return rates, tuple(median(each) for each in times if each)


def compared(a: KeptRun, b: KeptRun) -> list[dict[str, Any]]:
    """Return the differences B - A of the targets that both have, by metric."""
    before = {each.name: each for each in a.targets}
    return [
        {"target": now.name, "metric": metric, **_told(of_values(*map(_measured, pair)))}
        for now in b.targets
        if (earlier := before.get(now.name))
        for metric, pair in (
            ("throughput_rps", (earlier.throughput_rps, now.throughput_rps)),
            ("latency_s", (earlier.latency_s, now.latency_s)),
        )
        if all(pair)
    ]


def unlike(a: KeptRun, b: KeptRun) -> list[str]:
    """Return in words what differs between the settings of two runs."""
    found = [
        f"{what}: {one} in {a.number}, {other} in {b.number}"
        for what, one, other in (("load", a.load, b.load), ("upstream", a.upstream, b.upstream))
        if one != other
    ]
    before = {each.name: each for each in a.targets}
    for now in b.targets:
        earlier = before.get(now.name)
        if earlier and earlier.shape != now.shape:
            found.append(f"{now.name}: {earlier.shape} in {a.number}, {now.shape} in {b.number}")
    return found


def _middle(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _measured(values: Sequence[float]) -> Measured:
    return Measured(tuple(values), fmean(values), min(values), max(values))


def _told(difference: Difference) -> Mapping[str, Any]:
    return {
        "answer": str(difference.answer),
        "differs": difference.answer is Answer.DIFFERS,
        "part": difference.part,
        "low": difference.low,
        "high": difference.high,
    }

"""What one cell gave when it was measured once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.samples import Sample

WARM_UP, MEASURED = PHASES = ("warm-up", "measured")


@dataclass(frozen=True, slots=True)
class Row:
    """A sample with its place: phase, and which burst of the measurement (from 0).

    `due_s` is when the load asked for it; the sample's own `start_s` is when the driver sent it.
    """

    sample: Sample
    phase: str = MEASURED
    burst: int = 0
    due_s: float | None = None

    @property
    def response_s(self) -> float:
        """The answer's time from when the request was due, which only open load knows."""
        begin_s = self.sample.start_s if self.due_s is None else self.due_s
        return self.sample.end_s - begin_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of a server, as its kernel saw it: CPU seconds since its start, PSS in bytes."""

    pid: int
    parent: int
    cpu_s: float
    pss_bytes: int
    threads: int
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One cell, measured for the `repeat`-th time (from 1).

    `began_s` counts from the begin of the run. `rows` are the samples, and `counts` answers by
    their latency in whole microseconds, where samples were not kept. `failed` counts failures
    among those. `upstream` is what its /stats says of this shape alone; {} where it was not
    asked. `before`, `held` and `after` are the server's processes, where the
    experiment looks at them; `held` is the look while requests are held. `driver` is what
    the driver says of itself (docs/results.md), `figures` what a kind measures without samples.
    `answers` are what single requests were answered with, where an experiment looks at that.
    """

    cell: str
    repeat: int
    began_s: float
    wall_s: float
    rows: Sequence[Row] = ()
    counts: Mapping[int, int] = field(default_factory=dict)
    failed: int = 0
    upstream: Mapping[str, Any] = field(default_factory=dict)
    before: Sequence[Process] = ()
    held: Sequence[Process] = ()
    after: Sequence[Process] = ()
    driver: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Sequence[float]] = field(default_factory=dict)
    answers: Sequence[Mapping[str, Any]] = ()

"""The result of measuring one cell once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.samples import Sample

WARM_UP, MEASURED = PHASES = ("warm-up", "measured")


@dataclass(frozen=True, slots=True)
class Row:
    """A sample with its phase and the 0-based number of its burst in the measurement.

    `due_s` is when an open load wanted the request sent, None for other loads. The sample's
    `start_s` is when the driver really sent it.
    """

    sample: Sample
    phase: str = MEASURED
    burst: int = 0
    due_s: float | None = None

    @property
    def response_s(self) -> float:
        """Seconds from the due time to the end of the answer; from `start_s` where none was due."""
        begin_s = self.sample.start_s if self.due_s is None else self.due_s
        return self.sample.end_s - begin_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of a server at one moment, according to the kernel.

    `cpu_s` is the CPU time in seconds since the process started, `pss_bytes` the proportional
    set size (PSS). `switches` counts the context switches of its living threads since they
    started; 0 in runs of older labs.
    """

    pid: int
    parent: int
    cpu_s: float
    pss_bytes: int
    threads: int
    switches: int = 0
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measurement of one cell. `series` is the 1-based number of its series.

    `began_s` counts seconds from the start of the run, `wall_s` is the length. `rows` are the
    samples. Where samples were not kept, `counts` has the number of answers by latency in whole
    microseconds, and `failed` the number of failures. `upstream` is its /stats for this shape
    alone, {} where it was not asked; `database` are the database's counts of it for a route that
    waits there. `before`, `held` and `after` are the server's processes
    before the load, while requests are held, and after it; empty where the experiment does not
    read them. `driver` is the driver's own account (docs/results.md), `figures` are numbers that
    a kind of load measures without samples. `answers` are the answers to single requests, where
    the experiment keeps them.
    """

    cell: str
    series: int
    began_s: float
    wall_s: float
    rows: Sequence[Row] = ()
    counts: Mapping[int, int] = field(default_factory=dict)
    failed: int = 0
    upstream: Mapping[str, Any] = field(default_factory=dict)
    database: Mapping[str, Any] = field(default_factory=dict)
    before: Sequence[Process] = ()
    held: Sequence[Process] = ()
    after: Sequence[Process] = ()
    driver: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Sequence[float]] = field(default_factory=dict)
    answers: Sequence[Mapping[str, Any]] = ()

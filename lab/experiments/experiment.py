"""Data classes of an experiment, as its file in experiments/ describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BURST, CLOSED, OPEN, HOLD, SOCKETS, THREADS, ASK = LOADS = (
    "burst",
    "closed",
    "open",
    "hold",
    "sockets",
    "threads",
    "ask",
)

UPSTREAM, DRIVER = "upstream", "driver"
"""Stand-ins for the shape's name in cells without one: upstream asked directly, and threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One server under test: a target of lab/targets.py, with the settings that differ.

    `name` is unique in its experiment and consists of small letters, digits and hyphens; the
    upstream counts the server under it. Precedence of settings, lowest first: .env, the
    target's own, the experiment's for this framework, the shape's, the user's; `settings` holds
    the last three merged. `package` is a folder with a changed flask_svc/ or fastapi_svc/ that
    runs in place of the lab's; None for the lab's own code.
    """

    name: str
    target: str
    settings: Mapping[str, str] = field(default_factory=dict)
    package: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load that the driver sends. Each kind uses only some of the fields.

    burst    `requests` at once, each on its own connection; `bursts` of them in a row
    closed   `users`, each on one connection (kept open if `keep_alive`), who think `think_s`
             between an answer and the next request; measured for `duration_s` after `warmup_s`.
             They start evenly over `ramp_s`; with 0 all ask in step and are answered in step
    open     `rate_rps` arrivals per second, `arrivals` "even" or "random", answered or not,
             never more than `max_in_flight` at once; warm-up and duration as for closed
    hold     `requests` at once that stay in flight while the run reads the server's processes
    sockets  `requests` WebSockets at once, each held for `hold_s` after its handshake
    threads  starts and joins `requests` threads inside the driver; sends nothing
    ask      `asks`: single requests one after the other, each `requests` times

    `keeps` is "samples" (one row per request), or "counts" for loads with too many requests:
    the number of answers for each latency in microseconds.
    """

    kind: str
    requests: int = 0
    bursts: int = 1
    users: int = 0
    think_s: float = 0.0
    keep_alive: bool = True
    ramp_s: float = 0.0
    rate_rps: float = 0.0
    arrivals: str = "even"
    max_in_flight: int = 10_000
    warmup_s: float = 0.0
    duration_s: float = 0.0
    hold_s: float = 0.0
    keeps: str = "samples"
    asks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A predicted number: the `value` of `function` in lab/theory.py for `inputs`.

    Where theory has no number, `value` is None, `function` is empty and `why_none` gives the
    reason. An input of None means no limit. A range has `most`, the value of `most_function`,
    which is at least `value`; both functions share the inputs.
    """

    function: str = ""
    inputs: Mapping[str, float | None] = field(default_factory=dict)
    value: float | None = None
    why_none: str = ""
    most_function: str = ""
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One shape under one load: the smallest unit with a prediction and a verdict.

    `measure` names the metric (docs/results.md) to compare with the prediction. The prediction
    holds within `tolerance` (a share of the prediction), or within `tolerance_absolute` (in the
    metric's unit) where that is not None; of a range, each end has the tolerance. `x` is the
    cell's place on the chart's x axis. The load asks `path` of the shape's server, or of the
    upstream itself if `direct`.
    `errors_expected` marks cells whose point is that requests fail. `fresh` restarts the
    server before each measurement, for cells where leftovers of the previous measurement would
    be measured, too.

    `slots` are the shape's slots for this route (None: no limit). `service_s` is the mean time
    in seconds that a request holds a slot, None where theory does not know it. `expected_s` is
    the estimated length of the load in seconds, from the first request to the last answer.
    """

    id: str
    shape: str
    route: str
    path: str
    load: Load
    measure: str
    prediction: Prediction
    tolerance: float
    tolerance_absolute: float | None = None
    x: float | None = None
    direct: bool = False
    errors_expected: bool = False
    fresh: bool = False
    slots: int | None = None
    service_s: float | None = None
    expected_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A straight line through several cells; its slope is the cost of one more `per` in `metric`.

    `cells` are ids of cells; each cell's `x` is the abscissa.
    """

    name: str
    metric: str
    per: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of a sweep with its own axes, for some of the shapes."""

    x_title: str
    shapes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """How the report draws an experiment.

    `kind` "points" draws a row for each cell, "sweep" a line for each shape over x, "staircase"
    the answers of a burst in order. `metric` is the drawn metric. `lanes` are ids of cells whose
    workers the chart shows, too. A sweep has `panels` where x counts different things for
    different shapes.
    """

    kind: str
    metric: str
    x_title: str = ""
    log_x: bool = False
    log_y: bool = False
    lanes: tuple[str, ...] = ()
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A question, and everything needed to answer it on this machine.

    `name` is the file's stem, such as "02-sixteen-at-once". `behaviour` are the settings of the
    upstream's dial. `runtimes` are the runtimes it can run on; `why_not` has a reason for each
    other one. `fresh` restarts the servers before every measurement. `probes` reads their CPU
    time and memory before and after each measurement. `is_control`: theory predicts no
    difference. `definition` is the hash of its file (definition.py), "" where there is none.
    """

    name: str
    question: str
    explains: str
    claims: tuple[str, ...]
    shapes: tuple[Shape, ...]
    cells: tuple[Cell, ...]
    chart: Chart
    behaviour: Mapping[str, Any]
    series: int
    quick: bool
    runtimes: tuple[str, ...] = ("docker", "local")
    why_not: Mapping[str, str] = field(default_factory=dict)
    fits: tuple[Fit, ...] = ()
    is_control: bool = False
    fresh: bool = False
    probes: bool = False
    definition: str = ""

    @property
    def number(self) -> str:
        """The two digits at the start of `name`, as `make run EXP=` takes them."""
        return self.name[:2]

    def shape(self, name: str) -> Shape:
        """Return the shape with that name. Raises KeyError."""
        return {each.name: each for each in self.shapes}[name]

    def cell(self, id: str) -> Cell:
        """Return the cell with that id. Raises KeyError."""
        return {each.id: each for each in self.cells}[id]

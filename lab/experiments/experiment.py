"""An experiment as its file in experiments/ describes it, ready to run."""

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
"""What stands for a shape where a cell has none: the upstream asked directly, and threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One server under test: a target of lab/targets.py, with the settings that differ.

    `name` is unique in its experiment, of small letters, digits and hyphens; the
    upstream counts the server under it. `settings` are the experiment's for this framework,
    the shape's own over them, and over both what the user asked for; the target's own
    and .env lie below. `package` is a folder with a flask_svc/ or fastapi_svc/ of somebody's
    own that runs in place of the lab's; None for the lab's.
    """

    name: str
    target: str
    settings: Mapping[str, str] = field(default_factory=dict)
    package: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the driver is told to send. A kind uses the numbers it needs.

    burst    `requests` at once, each on a connection of its own; `bursts` of them in a row
    closed   `users`, each on a connection it keeps if `keep_alive`, thinking `think_s`
             between an answer and the next request; measured for `duration_s` after `warmup_s`.
             They begin evenly over `ramp_s`, or else all ask, and are answered, in step
    open     `rate_rps` arrivals per second, `arrivals` "even" or "random", answered or not,
             never more than `max_in_flight` at once; likewise warmed up and measured
    hold     `requests` at once that stay in flight while the server is looked at
    sockets  `requests` WebSockets at once, each held for `hold_s` after its handshake
    threads  starts and joins `requests` threads inside the driver; nothing is sent
    ask      `asks`: single requests one after the other, `requests` times each
    `keeps` is "samples", or "counts" where there are too many to keep each:
    how many answers took so many microseconds.
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
    """A number from arithmetic alone: `value` of `function` in lab/theory.py for `inputs`.

    `value` is None, and `function` empty, where theory has no number; `why_none` then says why.
    An input of None means no limit.
    """

    function: str = ""
    inputs: Mapping[str, float | None] = field(default_factory=dict)
    value: float | None = None
    why_none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One shape under one load: the smallest thing that has a prediction and a verdict.

    `measure` names the metric (docs/results.md) that the prediction is held against;
    it holds within `tolerance` times the prediction, or within `tolerance_absolute` in the
    metric's own unit where that is given. `x` is where the cell stands on a chart's axis.
    `path` goes to the shape's server, or to the upstream itself if `direct`.
    `errors_expected` is for cells whose point is that requests fail. `fresh` starts the
    shape's server anew before each measurement, where what is left of the one before would
    be measured, too.

    `slots` are the shape's for this route (None: no limit), `service_s` is how long a request
    holds one on average; None where theory does not know. `expected_s` is an estimate of
    how long the load takes, from the first request to the last answer.
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
    """A straight line through cells of one series: what one more `per` costs in `metric`.

    `cells` are ids; each cell's `x` is the abscissa.
    """

    name: str
    metric: str
    per: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of a sweep with axes of its own, for these shapes."""

    x_title: str
    shapes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """How the report draws an experiment.

    kind "points" has a row for each cell, "sweep" has x on an axis, a line for each
    shape, "staircase" has the answers of a burst in order; `metric` is what is drawn, `lanes`
    are ids of cells whose workers are shown too. A sweep is drawn in `panels` where x counts
    one thing for some shapes and another for the rest.
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
    """A question, and all it takes to put it to this machine.

    `name` is the file's, such as "02-sixteen-at-once". `behaviour` is what the upstream's
    dial is set to. `runtimes` are those it can run on; `why_not` says why for the others.
    `fresh` starts the servers anew for every measurement, `probes` looks at their CPU time and
    memory before and after each. `is_control`: theory predicts no difference.
    """

    name: str
    question: str
    explains: str
    claims: tuple[str, ...]
    shapes: tuple[Shape, ...]
    cells: tuple[Cell, ...]
    chart: Chart
    behaviour: Mapping[str, Any]
    repeats: int
    quick: bool
    runtimes: tuple[str, ...] = ("docker", "local")
    why_not: Mapping[str, str] = field(default_factory=dict)
    fits: tuple[Fit, ...] = ()
    is_control: bool = False
    fresh: bool = False
    probes: bool = False

    @property
    def number(self) -> str:
        """The two digits that `make run EXP=` takes."""
        return self.name[:2]

    def shape(self, name: str) -> Shape:
        """The shape of that name; KeyError where there is none."""
        return {each.name: each for each in self.shapes}[name]

    def cell(self, id: str) -> Cell:
        """The cell of that id; KeyError where there is none."""
        return {each.id: each for each in self.cells}[id]

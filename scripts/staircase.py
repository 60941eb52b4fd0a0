"""Draws docs/staircase.svg: 16 requests at once to each service, as they were answered.

    .venv/bin/python scripts/staircase.py docs/staircase.svg

Without a file it prints the picture.

The times are those of the middle series in results/reference. The picture moves in real time: one
second of the animation is one second of the run. It is CSS alone, so that it moves inside an <img>;
without animation, or for a reader who prefers less motion, it shows the end.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.charts.theme import COLOURS, DARK, LIGHT, Theme
from lab.environment import ROOT
from lab.experiments.experiment import Cell
from lab.results import folder, reading
from lab.results.measurement import Measurement

RUN = ROOT / "results/reference/02-sixteen-at-once"
CELLS = ("flask-svc.io.burst-16", "fastapi-svc.io.burst-16")
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

WIDTH, HEIGHT = 640, 512
LEFT, PER_S, LAST_S = 20, 142, 4
ROW, BAR = 9, 7
PANELS = (96, 316)  # top of the rows
AXIS = 490
HOLDS_S = 3.0  # the end stays before the animation begins again
SWEEP_S = 4.2


@dataclass(frozen=True, slots=True)
class Request:
    """Seconds since the burst: when the request took its slot, and when it was answered."""

    began_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Burst:
    """One burst: the target, the predicted end in seconds, its requests by their end."""

    target: str
    slots: str
    predicted_s: float
    requests: Sequence[Request]

    @property
    def ended_s(self) -> float:
        """Seconds from the first send to the last answer."""
        return self.requests[-1].ended_s

    def counts(self) -> list[tuple[float, int, int]]:
        """Return (from second, requests that hold a slot, requests that wait) for each wave."""
        found = []
        for wave in range(round(self.ended_s)):
            held = [each for each in self.requests if round(each.began_s) == wave]
            left = [each for each in self.requests if round(each.began_s) > wave]
            found.append(
                (min(each.began_s for each in held) if wave else 0.0, len(held), len(left))
            )
        return found


def bursts() -> list[Burst]:
    """Read both bursts from the run."""
    run = reading.read(RUN)
    cells = {each.id: each for each in run.experiment.cells}
    return [_burst(cells[name], run.of(name)) for name in CELLS]


def _burst(cell: Cell, series: Sequence[Measurement]) -> Burst:
    found = sorted((_requests(each) for each in series), key=lambda each: each[-1].ended_s)
    predicted_s = cell.prediction.value
    assert predicted_s is not None
    waves = round(predicted_s)
    slots = f"{cell.load.requests // waves} slots" if waves > 1 else "a slot for each"
    return Burst(cell.shape, slots, predicted_s, found[len(found) // 2])


def _requests(measured: Measurement) -> list[Request]:
    samples = [each.sample for each in measured.rows]
    zero_s = min(each.start_s for each in samples)
    ends = sorted((each.start_s + each.latency_s - zero_s, each.upstream_s) for each in samples)
    # Its slot waits for the upstream, so that it was taken that long before the answer.
    return [Request(max(0.0, end - (upstream_s or 0.0)), end) for end, upstream_s in ends]


def drawn() -> str:
    """Return the picture."""
    both = bursts()
    shown = list(zip(both, PANELS, strict=True))
    said = "; ".join(
        f"{each.target}, {each.slots}: predicted {each.predicted_s:.2f} s, "
        f"measured {each.ended_s:.2f} s"
        for each in both
    )
    title = f"16 requests at once, 1 s each. {said}."
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="{FONT}" role="img" aria-labelledby="t">',
        f'<title id="t">{title}</title>',
        "<style>",
        *_style(both),
        "</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="12"/>',
        f'<text class="ink title" x="{LEFT}" y="38">16 requests at once, 1 s each</text>',
    ]
    for burst, top in shown:
        parts += _rows(burst, top)
    # It lies on the bars and moves to the right, with the time.
    parts += [
        f'<g class="sweep"><rect class="page" x="{LEFT}" y="{PANELS[0] - 4}" width="{WIDTH}" '
        f'height="{16 * ROW + 8}"/><rect class="page" x="{LEFT}" y="{PANELS[1] - 4}" '
        f'width="{WIDTH}" height="{16 * ROW + 8}"/>'
        f'<path class="now" d="{_panel_lines(LEFT)}"/></g>',
        *_axis(),
    ]
    for burst, top in shown:
        parts += _words(burst, top)
    return "\n".join([*parts, "</svg>", ""])


def _axis() -> Iterator[str]:
    for second in range(LAST_S + 1):
        x = LEFT + second * PER_S
        yield f'<path class="grid" d="{_panel_lines(x)}"/>'
        yield f'<text class="quiet" x="{x}" y="{AXIS}" text-anchor="middle">{second} s</text>'


def _panel_lines(x: float) -> str:
    """Path of a vertical line through both panels, not through the words above them."""
    return "".join(f"M{x} {top - 4}V{top + 16 * ROW + 4}" for top in PANELS)


def _rows(burst: Burst, top: float) -> Iterator[str]:
    yield f'<g class="{burst.target}">'
    for number, each in enumerate(burst.requests):
        y, x = top + number * ROW, LEFT + each.began_s * PER_S
        if each.began_s > 0.1:
            yield f'<path class="wait" d="M{LEFT} {y + BAR / 2}H{x:.1f}"/>'
        width = (each.ended_s - each.began_s) * PER_S - 2
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>'
    yield "</g>"


def _words(burst: Burst, top: float) -> Iterator[str]:
    y = top - 18
    name = f'<tspan class="{burst.target} name">{burst.target}</tspan>'
    yield f'<text class="quiet" x="{LEFT}" y="{y}">{name}  {burst.slots}</text>'
    for number, (_, held, left) in enumerate(burst.counts()):
        said = f"busy slots {held}, queue {left}"
        yield (
            f'<text class="ink count {_key(burst, number)}" x="{WIDTH - LEFT}" y="{y}" '
            f'text-anchor="end">{said}</text>'
        )
    yield (
        f'<text class="ink {_key(burst)}" x="{WIDTH - LEFT}" y="{y}" text-anchor="end">'
        "16 answered</text>"
    )
    x = LEFT + burst.predicted_s * PER_S
    bottom = top + 16 * ROW
    yield f'<path class="predicted" d="M{x:.1f} {top - 4}V{bottom}"/>'
    is_late = burst.predicted_s > LAST_S / 2
    at, anchor = (x - 10, "end") if is_late else (x + 14, "start")
    said = f"predicted {burst.predicted_s:.2f} s"
    middle = top + (28 if is_late else 60)
    yield f'<text class="quiet halo" x="{at:.1f}" y="{middle}" text-anchor="{anchor}">{said}</text>'
    yield (
        f'<text class="{burst.target} result halo {_key(burst)}" x="{at:.1f}" y="{middle + 34}" '
        f'text-anchor="{anchor}">{burst.ended_s:.2f} s</text>'
    )


def _key(burst: Burst, number: int | None = None) -> str:
    """Class of what is shown in one wave, or from the last answer on."""
    return f"{burst.target}-{'end' if number is None else number}"


def _style(both: Sequence[Burst]) -> Iterator[str]:
    yield from _colours(LIGHT)
    yield (
        "text{font-size:21px} .title{font-size:25px;font-weight:600} .name{font-weight:600} "
        ".result{font-size:36px;font-weight:700} .halo{stroke-width:6;paint-order:stroke} "
        ".count,.sweep{opacity:0} "
        ".grid{stroke-width:1;opacity:.7} .wait{stroke-width:1.5} .now{stroke-width:2} "
        ".predicted{stroke-width:2;stroke-dasharray:5 4} path{fill:none}"
    )
    yield "@media (prefers-color-scheme:dark){"
    yield from _colours(DARK)
    yield "}"
    # Only who has not asked for less motion sees any: else the picture is its own end.
    yield "@media (prefers-reduced-motion:no-preference){"
    total_s = SWEEP_S + HOLDS_S
    yield f".sweep{{opacity:1;animation:sweep {total_s:g}s linear infinite}}"
    end = 100 * SWEEP_S / total_s
    far = SWEEP_S * PER_S
    yield (
        f"@keyframes sweep{{0%{{transform:translateX(0)}}{end:.2f}%{{transform:"
        f"translateX({far:g}px);opacity:1}}{end + 1:.2f}%,100%{{transform:translateX({far:g}px);"
        "opacity:0}}"
    )
    for burst in both:
        starts = [start_s for start_s, _, _ in burst.counts()]
        for number, start_s in enumerate(starts):
            stop_s = [*starts, burst.ended_s][number + 1]
            yield from _shown(_key(burst, number), start_s, stop_s, total_s)
        yield from _shown(_key(burst), burst.ended_s, total_s, total_s)
    yield "}"


def _shown(name: str, start_s: float, stop_s: float, total_s: float) -> Iterator[str]:
    """Show a text from `start_s` to `stop_s` of each round."""
    steps = {0.0: 1 if start_s == 0 else 0, 100 * start_s / total_s: 1}
    if stop_s < total_s:
        steps[100 * stop_s / total_s] = 0
    frames = "".join(f"{at:.2f}%{{opacity:{opacity}}}" for at, opacity in steps.items())
    yield f".{name}{{animation:{name} {total_s:g}s step-end infinite}}@keyframes {name}{{{frames}}}"


def _colours(theme: Theme) -> Iterator[str]:
    yield (
        f".page{{fill:{theme.background}}} .halo{{stroke:{theme.background}}} "
        f".ink{{fill:{theme.ink}}} .quiet{{fill:{theme.quiet}}} "
        f".grid{{stroke:{theme.grid}}} .wait{{stroke:{theme.quiet};opacity:.45}} "
        f".now,.predicted{{stroke:{theme.ink}}}"
    )
    for target in ("flask-svc", "fastapi-svc"):
        colour = COLOURS[target] if theme is LIGHT else theme.strong(target)
        yield f".{target}{{fill:{colour}}}"


if __name__ == "__main__":
    if sys.argv[1:]:
        folder.replace_text(Path(sys.argv[1]), drawn())
    else:
        sys.stdout.write(drawn())

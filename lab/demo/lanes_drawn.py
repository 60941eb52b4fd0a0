"""Lanes drawn as lines of text.

    worker 4711  ██████ 4 ██████▒▒▒▒▒▒ 4 ▒▒▒▒▒▒██████ 4 ██████   12

Two shades alternate, so that neighbouring blocks differ on any projector. The number in a block is
its number of requests, shown where it is more than one.
"""

from dataclasses import dataclass

from rich.text import Text

from lab.lanes import Lane

STEPS_S = tuple(base * 10**power for power in (-3, -2, -1, 0, 1, 2) for base in (1, 2, 5))
"""Allowed distances in seconds between two ticks of a time axis."""

SHADES = "█▒"
SHADES_ASCII = "#="


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps seconds to columns: `columns` columns show the time from 0 to `end_s`."""

    end_s: float
    columns: int

    def column(self, at_s: float) -> int:
        """Column of a time in seconds, limited to the ends of the scale."""
        return max(0, min(self.columns, round(at_s / self.end_s * self.columns)))

    def step_s(self) -> float:
        """Shortest of STEPS_S whose ticks leave room for their labels."""
        for step_s in STEPS_S:
            if step_s / self.end_s * self.columns >= len(_seconds(self.end_s, step_s)) + 3:
                return step_s
        return self.end_s


def draw_axis(scale: Scale, *, label_width: int, ascii_only: bool = False) -> list[Text]:
    """Two lines: the labels in seconds, and a rule with a tick below each."""
    step_s = scale.step_s()
    rule_sign, tick_sign = "-+" if ascii_only else "─┬"
    # Room for the label of a tick in the last column.
    labels, rule = [" "] * (scale.columns + 9), [rule_sign] * (scale.columns + 1)
    # 1e-9: float division may fall just below a whole number of steps.
    for index in range(int(scale.end_s / step_s + 1e-9) + 1):
        column, label = scale.column(index * step_s), _seconds(index * step_s, step_s)
        rule[column] = tick_sign
        labels[column : column + len(label)] = label
    margin = " " * label_width
    return [
        Text(margin + "".join(labels).rstrip(), style="dim", no_wrap=True),
        Text(margin + "".join(rule), style="dim", no_wrap=True),
    ]


def draw_lane(
    lane: Lane, scale: Scale, *, label_width: int, colour: str, ascii_only: bool = False
) -> Text:
    """One line: the worker's pid, its blocks, and the number of requests it served."""
    signs, styles = [" "] * scale.columns, [""] * scale.columns
    shades = SHADES_ASCII if ascii_only else SHADES
    free_from, ended_s = 0, 0.0
    for index, block in enumerate(lane.blocks):
        # A block that overlaps the previous one begins at its end, and a pause of less than half a
        # column is not drawn.
        pause = (block.start_s - ended_s) * scale.columns / scale.end_s
        first = free_from if pause < 0.5 else scale.column(block.start_s)
        ended_s = block.end_s
        # At least one column, so that a very short block stays visible.
        free_from = min(max(scale.column(block.end_s), first + 1), scale.columns)
        width = free_from - first
        label = f" {block.count} " if block.count > 1 else ""
        shade = shades[index % 2]
        bar = label.center(width, shade) if len(label) + 2 <= width else shade * width
        signs[first:free_from] = bar
        styles[first:free_from] = [colour if sign in shades else f"bold {colour}" for sign in bar]
    line = Text(f"  worker {lane.worker_pid}".ljust(label_width), no_wrap=True)
    for sign, style in zip(signs, styles, strict=True):
        line.append(sign, style)
    line.append(f" {lane.count}", style="bold")
    return line


def draw_mark(
    label: str, at_s: float, scale: Scale, *, label_width: int, ascii_only: bool = False
) -> Text:
    """One line from 0 to a time, to compare a prediction with a measurement."""
    rule_sign, end_sign = "-|" if ascii_only else "─┤"
    length = max(scale.column(at_s), 1)
    line = Text(f"  {label}".ljust(label_width), no_wrap=True)
    line.append(rule_sign * (length - 1) + end_sign)
    line.append(f" {at_s:.2f} s", style="bold")
    return line


def _seconds(at_s: float, step_s: float) -> str:
    """Label of the axis, with as many decimals as the step needs."""
    decimals = next(n for n in range(4) if abs(round(step_s, n) - step_s) < 1e-9 or n == 3)
    return f"{at_s:.{decimals}f} s"

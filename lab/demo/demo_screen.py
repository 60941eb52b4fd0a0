"""The demo's output in a terminal: heading, lanes, table, closing text."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from lab import lanes
from lab.demo import demo_words as demo_words
from lab.demo import lanes_drawn
from lab.demo.demo_cells import FEW, ROUTE_NAMES, TARGETS, DemoCell, DemoResult
from lab.demo.lanes_drawn import Scale
from lab.targets import ROUTES

COLOURS = {"flask-svc": "cyan", "fastapi-svc": "green"}
LONGEST_SCALE = 100  # columns; a wider picture shows nothing more
RIGHT_MARGIN = len(" 25.00 s")


def heading(console: Console, cells: Sequence[DemoCell]) -> None:
    """Print the next load and its predictions, before anything is sent."""
    requests = cells[0].requests
    routes = {cell.route: ROUTES[cell.route].path for cell in cells}
    where = f" to {next(iter(routes.values()))}" if len(routes) == 1 else ""
    _title(console, f"{requests} requests at once{where}")
    for cell in sorted(cells, key=_place):
        path = "" if where else f" {routes[cell.route]}"
        line = Text("predicted  ")
        line.append(f"{cell.target}{path}".ljust(11 if where else 27), style=COLOURS[cell.target])
        line.append(f" {cell.predicted_makespan_s:5.2f} s", style="bold")
        line.append(f"  {demo_words.arithmetic(cell, steps=bool(where))}")
        console.print(line)


def picture(console: Console, results: Sequence[DemoResult]) -> None:
    """Draw the lanes of some results on one time axis, each with prediction and measurement."""
    ascii_only = console.options.ascii_only
    drawn = [(result, lanes.lanes(result.typical.samples)) for result in results]
    names = [f"  worker {lane.worker_pid} " for _, each in drawn for lane in each]
    label_width = max(map(len, ["  predicted ", *names]))
    # One scale for all lanes, so that their lengths can be compared by eye.
    longest_s = max(
        max(result.cell.predicted_makespan_s, result.typical.makespan_s) for result in results
    )
    columns = min(console.width - label_width - RIGHT_MARGIN, LONGEST_SCALE)
    scale = Scale(end_s=longest_s, columns=max(columns, 10))

    console.print()
    for line in lanes_drawn.draw_axis(scale, label_width=label_width, ascii_only=ascii_only):
        console.print(line)
    for result, its_lanes in drawn:
        cell = result.cell
        if result is not results[0]:
            console.print()
        console.print(Text(f"{cell.target} {ROUTES[cell.route].path}", COLOURS[cell.target]))
        for lane in its_lanes:
            console.print(
                lanes_drawn.draw_lane(
                    lane,
                    scale,
                    label_width=label_width,
                    colour=COLOURS[cell.target],
                    ascii_only=ascii_only,
                )
            )
        if 0 < len(its_lanes) < cell.workers:
            idle = cell.workers - len(its_lanes)
            console.print(Text(f"  {idle} of {cell.workers} workers accepted none", style="dim"))
        for label, at_s in (
            ("predicted", cell.predicted_makespan_s),
            ("measured", result.typical.makespan_s),
        ):
            console.print(
                lanes_drawn.draw_mark(
                    label, at_s, scale, label_width=label_width, ascii_only=ascii_only
                )
            )


def table(console: Console, results: Sequence[DemoResult]) -> None:
    """Print a table of all cells, 76 columns wide."""
    grid = Table(box=SIMPLE_HEAD, padding=0, show_edge=False, header_style="dim")
    grid.add_column("at\nonce", justify="right")
    grid.add_column("route")
    grid.add_column("target")
    for name in ("slots", "pre-\ndicted", "meas-\nured", "ratio", "waves", "busy\nslots", "failed"):
        grid.add_column(name, justify="right")
    for row, result in enumerate(results):
        cell, after = result.cell, results[row + 1 : row + 2]
        grid.add_row(
            str(cell.requests),
            ROUTES[cell.route].path,
            Text(cell.target, COLOURS[cell.target]),
            # "none" means no limit; the legend below the table says so.
            "none" if cell.slots is None else str(cell.slots),
            f"{cell.predicted_makespan_s:.2f}",
            f"{result.measured_makespan_s:.2f}",
            f"{result.ratio:.3f}",
            f"{cell.predicted_waves}/{result.typical.waves}",
            f"{result.peak_busy_slots:g}",
            str(len(result.failed)),
            end_section=bool(after) and after[0].cell.requests != cell.requests,
        )
    _title(console, "Prediction and measurement, in seconds")
    console.print(grid)
    console.print()
    console.print(
        Text(
            'Slots: "none" is no limit. Waves: predicted/measured. Busy slots: the most requests '
            "of the target that the upstream held at once; a request to /async-io-multi makes "
            f"{max(each.cell.parts for each in results)} calls at once and counts as one here.",
            style="dim",
        )
    )


def last_words(console: Console, sentences: Sequence[str], dashboard: str) -> None:
    """Print the conclusions and the dashboard's address."""
    _title(console, "What that means")
    for sentence in sentences:
        console.print(Text(sentence))
        console.print()
    console.print(Text(f"The dashboard, to see it live and with your own numbers: {dashboard}"))


def order(results: Sequence[DemoResult]) -> list[DemoResult]:
    """Sort by number of requests, then by route, with the targets side by side."""
    return sorted(results, key=lambda each: _place(each.cell))


def groups(cells: Sequence[DemoCell]) -> list[list[DemoCell]]:
    """The cells under one heading: 16 requests by route, and all cells of 100."""
    few = [cell for cell in cells if cell.requests == FEW]
    routes = dict.fromkeys(cell.route for cell in few)
    return [
        *([cell for cell in few if cell.route == route] for route in routes),
        [cell for cell in cells if cell.requests != FEW],
    ]


def _title(console: Console, words: str) -> None:
    console.print()
    console.print(Rule(Text(words, "bold"), align="left", style="dim"))


def _place(cell: DemoCell) -> tuple[int, int, int]:
    return cell.requests, ROUTE_NAMES.index(cell.route), TARGETS.index(cell.target)

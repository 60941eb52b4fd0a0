"""Every figure of the lab: one drawing for the dashboard, the report and paper.

    still("latency", rows)                            # an Altair chart with its rows
    svg("latency", rows, theme=DARK)                  # the same as text, for print
    specs()["dark"]["latency"]                        # without rows, for a browser

Rows are those of `seconds` in docs/state.md; the figure `lanes` takes those of `blocks`.
Each figure also marks the rows of `changes`, which are a dataset of their own.
A page embeds a specification once, then updates it each second:

    const { view } = await vegaEmbed(element, spec, { actions: false });
    view.data("seconds", state.seconds);              // lanes: "blocks", state.blocks
    view.signal("is_over", state.run.state === "stopped");  // "end" below the axis, not "now"
    await view.runAsync();

Several views may share the same rows. `element` must be visible and have a width when the
chart is embedded. The chart fills it, and follows when the window is resized. The other
theme is another specification: call `view.finalize()` and embed that one. `css_variables`
gives the colours for what a page shows beside the charts.

The report's figures are drawn once, with their rows in them, on a `sheet` of a given width
and with axes of `scales`: `points`, `sweep`, `staircase`, `burst_lanes` and `claim`, each a
module here. In the theme `tones.PAGE` they take the colours of the page around them.
"""

from lab.charts.browser_files import javascript, specs_json
from lab.charts.figures import FIGURES, live, specs, still, svg
from lab.charts.frame import Rows
from lab.charts.theme import COLOURS, DARK, LIGHT, THEMES, Theme, css_variables

__all__ = [
    "COLOURS",
    "DARK",
    "FIGURES",
    "LIGHT",
    "THEMES",
    "Rows",
    "Theme",
    "css_variables",
    "javascript",
    "live",
    "specs",
    "specs_json",
    "still",
    "svg",
]

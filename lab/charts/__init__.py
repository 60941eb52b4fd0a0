"""Every figure of the lab: the same drawing live in the dashboard, in the report and on paper.

    still("latency", rows)                            # an Altair chart with its rows
    svg("latency", rows, theme=DARK)                  # the same as text, for print
    specs()["dark"]["latency"]                        # without rows, for a browser

Rows are those of `seconds` in docs/state.md, and for `lanes` those of `blocks`.
What a page does with a specification, once and then each second:

    const { view } = await vegaEmbed(element, spec, { actions: false });
    view.data("seconds", state.seconds);              // lanes: "blocks", state.blocks
    view.signal("is_over", state.run.state === "stopped");  // "end" below the axis, not "now"
    await view.runAsync();

The same rows may go to several views. `element` must be shown and have a width
when it is embedded. The chart fills it, and follows when the window is resized.
The other theme is another specification: `view.finalize()`, and embed that.
`css_variables` has the colours for what a page shows beside the charts.

The report's figures are drawn once, with their rows in them, on a `sheet` of a given width
and with axes of `scales`: `points`, `sweep`, `staircase`, `burst_lanes` and `claim`, each a
module here. In the theme `tones.PAGE` their colours are those of the page around them.
"""

from lab.charts.figures import FIGURES, live, specs, specs_json, still, svg
from lab.charts.frame import Rows
from lab.charts.theme import COLOURS, DARK, LIGHT, THEMES, Theme, css_variables
from lab.charts.vega import javascript

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

"""Marks of changes on the time axis: a thin rule for each, with its number in a badge at the top.

The page lists the numbers with their words, which would not fit into a chart. All places are in
pixels, because not every figure has a scale.
"""

import altair as alt

from lab.charts.frame import SPAN
from lab.charts.theme import TEXT_PX, Theme

CHANGES = "changes"
"""The dataset: rows of `changes` in docs/state.md."""
BADGE_PX = 18  # height of a badge, which grows with the digits of its number
DIGIT_PX = 8


def layers(theme: Theme) -> list[alt.Chart]:
    """Return the layers, for a figure with frame.py's parameter SPAN."""
    # Every other badge is one line lower, so that neighbours in time do not touch.
    middle_px = f"datum.number % 2 ? 0 : {BADGE_PX}"
    half_px = f"({BADGE_PX - DIGIT_PX} + {DIGIT_PX} * length('' + datum.number)) / 2"
    shown = (
        alt.Chart(alt.NamedData(CHANGES))
        .transform_filter(f"datum.t_s >= -{SPAN}")
        .transform_calculate(
            x_px=f"width * (1 + datum.t_s / {SPAN})", middle_px=middle_px, half_px=half_px
        )
    )
    x, y = alt.ExprRef("datum.x_px"), alt.ExprRef("datum.middle_px")
    return [
        shown.mark_rule(color=theme.quiet).encode(
            x=alt.XValue(x), y=alt.YValue(y), y2=alt.Y2Value("height")
        ),
        shown.mark_rect(
            color=theme.quiet,
            cornerRadius=BADGE_PX / 2,
            x=alt.ExprRef("datum.x_px - datum.half_px"),
            x2=alt.ExprRef("datum.x_px + datum.half_px"),
            y=alt.ExprRef(f"datum.middle_px - {BADGE_PX / 2}"),
            y2=alt.ExprRef(f"datum.middle_px + {BADGE_PX / 2}"),
        ).encode(),
        shown.mark_text(
            color=theme.background, fontWeight="bold", fontSize=TEXT_PX, x=x, y=y
        ).encode(text="number:Q"),
    ]

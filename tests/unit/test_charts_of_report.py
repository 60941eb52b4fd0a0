"""The report's figures: where their marks lie, in whose colours, and that their words fit.

Pictures are looked at as Vega's scene graph: the marks with their places in pixels.
"""

import itertools
import re
from collections.abc import Iterator
from math import ceil, inf
from typing import Any
from xml.etree import ElementTree

import altair as alt
import pytest
import vl_convert

from lab.charts import COLOURS, DARK, LIGHT, THEMES, scales, sheet
from lab.charts.burst_lanes_chart import burst_lanes
from lab.charts.claim_chart import DIGIT_PX, claim, is_far
from lab.charts.points_chart import Point, points
from lab.charts.staircase_chart import Staircase, staircase
from lab.charts.staircase_chart import key as staircase_key
from lab.charts.sweep_chart import Series, Stop, sweep
from lab.charts.tones import PAGE, Look, looks, page_variables
from lab.report.figures.figure import inlined
from lab.targets import TARGETS
from lab.verdicts.summary import over_series

Mark = dict[str, Any]

FLASK, FASTAPI = looks([("flask-svc",) * 2, ("fastapi-svc",) * 2], LIGHT).values()
WIDTHS = [830, 346]


def drawn(chart: alt.LayerChart) -> list[Mark]:
    """The marks that are seen, each with its `kind`; the chart keeps to Vega-Lite's schema."""
    marks = _marks(vl_convert.vegalite_to_scenegraph(chart.to_dict())["scenegraph"])
    return [mark for mark in marks if mark.get("opacity") != 0]


def _marks(group: dict[str, Any]) -> Iterator[Mark]:
    for item in group.get("items", ()):
        yield {"kind": group.get("marktype"), "role": group.get("role"), **item}
        for inner in item.get("items", ()):
            yield from _marks(inner)


def of(marks: list[Mark], kind: str, colour: str | None = None) -> list[Mark]:
    """Those that stand for rows, of a kind and in a colour."""
    return [
        mark
        for mark in marks
        if (mark["kind"], mark["role"]) == (kind, "mark")
        and (colour is None or colour in (mark.get("fill"), mark.get("stroke")))
    ]


def texts(marks: list[Mark]) -> list[str]:
    return [mark["text"] for mark in marks if mark["kind"] == "text" and mark["text"]]


def numbers(marks: list[Mark]) -> list[str]:
    return [mark["text"] for mark in marks if mark["role"] == "axis-label"]


# ---------------------------------------------------------------------- axes


@pytest.mark.parametrize(
    ("values", "end", "ticks"),
    [
        ([4.02, None, inf], 5, (0, 1, 2, 3, 4, 5)),
        ([0.9], 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ([1900], 2000, (0, 500, 1000, 1500, 2000)),
        ([], 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ([0, 0], 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
    ],
)
def test_an_axis_goes_from_zero_to_a_round_number(
    values: list[float | None], end: float, ticks: tuple[float, ...]
) -> None:
    """Whatever is not known does not count."""
    axis = scales.axis(values)

    assert (axis.begin, axis.end, axis.ticks) == (0, end, ticks)


def test_an_axis_reaches_below_zero_for_what_lies_there() -> None:
    """With a tick at 0."""
    axis = scales.axis([-0.4, 2.0])

    assert axis.begin < -0.4
    assert 0 in axis.ticks


def test_a_logarithmic_axis_has_powers_of_ten() -> None:
    """Between them 2 and 5 where there is room, and nothing at or below 0."""
    assert scales.axis([3, 40, 0], is_log=True).ticks == (2, 5, 10, 20, 50)
    assert scales.axis([1.5, 9000], is_log=True).ticks == (1, 10, 100, 1000, 10_000)


def test_a_logarithmic_axis_of_nothing_is_a_plain_one() -> None:
    """There is no logarithm of 0."""
    assert not scales.axis([0.0], is_log=True).is_log


def test_chosen_numbers_are_the_ticks() -> None:
    """But those that have no room beside the one before."""
    axis = scales.stops([1, 10, 1000, 1050, 10], is_log=True)

    assert axis.ticks == (1, 10, 1000)
    assert axis.begin < 1
    assert axis.end > 1050


def test_an_axis_knows_where_a_value_lies() -> None:
    """In pixels, as Vega places it."""
    assert scales.axis([4.02]).px(2.5, 300) == 150
    assert scales.axis([1.5, 9000], is_log=True).px(100, 300) == pytest.approx(150)


def test_places_are_spread_until_none_touch() -> None:
    """In their order, around where they were, and inside."""
    places = sheet.spread_out([50, 51, 10, 99, 100], apart=10, begin=0, end=100)

    assert places == [45.5, 55.5, 10, 90, 100]


@pytest.mark.parametrize("same", [0.0, 50.0, 100.0])
def test_places_that_are_the_same_keep_their_order(same: float) -> None:
    """Also at the ends."""
    places = sheet.spread_out([same] * 5, apart=17, begin=0, end=100)

    assert all(b - a == pytest.approx(17) for a, b in itertools.pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= 100


# ------------------------------------------------------------------- colours


def test_a_shape_has_the_colour_of_its_target() -> None:
    """And a second shape of it another colour of the same framework, and another symbol."""
    found = looks(
        [("plain", "fastapi-svc"), ("shared-40", "fastapi-svc"), ("own-40", "fastapi-svc")], LIGHT
    )

    assert found["plain"].colour == COLOURS["fastapi-svc"]
    assert found["shared-40"].colour == COLOURS["fastapi-solo"]
    assert len({each.symbol for each in found.values()}) == 3
    assert len({each.colour for each in found.values()}) == 3


def test_no_shape_takes_the_colour_of_another_target() -> None:
    """Where the experiment has both."""
    shapes = [("one", "fastapi-svc"), ("two", "fastapi-svc"), ("solo", "fastapi-solo")]
    found = looks(shapes, LIGHT)

    assert found["solo"].colour == COLOURS["fastapi-solo"]
    assert found["two"].colour not in COLOURS.values()


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("target", [target.name for target in TARGETS])
def test_tones_can_be_seen_and_names_read(theme: Any, target: str) -> None:
    """3:1 for what is drawn, 4.5:1 for what is read, as WCAG 2 asks."""
    many = looks([(str(number), target) for number in range(12)], theme)

    for each in many.values():
        assert contrast(each.colour, theme.background) >= 3
        assert contrast(each.strong, theme.background) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(hexadecimal: str) -> float:
    shares = [part / 255 for part in bytes.fromhex(hexadecimal[1:])]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_page_defines_every_colour_that_its_figures_name() -> None:
    """In both themes, and no figure brings a colour of its own."""
    look = looks([("a", "flask-svc"), ("b", "flask-svc")], PAGE)
    cells = [cell("a", look["a"]), cell("b", look["b"])]
    svg = sheet.svg(
        points(cells, x=scales.axis([5]), theme=PAGE, width_px=830, description="two cells")
    )
    named = set(re.findall(r"var\(--([\w-]+)\)", svg))

    assert {"ink", "grid", "quiet", "flask-svc-0", "flask-svc-0-name"} <= named
    for theme in (LIGHT, DARK):
        assert named <= set(page_variables(theme))
    assert not re.search(r"#[0-9a-f]{3,6}\b", re.sub(r"url\(#\w+\)", "", svg))


# -------------------------------------------------------------------- points


def cell(name: str, look: Look, **other: Any) -> Point:
    """4 s predicted within 5 %, and three series near it."""
    return Point(
        **{
            "name": name,
            "look": look,
            "found": over_series([4.01, 4.02, 4.3]),
            "told": "4.02 s",
            "predicted": 4.0,
            "band": (3.8, 4.2),
        }
        | other
    )


def rows(*cells: Point, width_px: int = 830, theme: Any = LIGHT) -> list[Mark]:
    return drawn(
        points(cells, x=scales.axis([4.3]), theme=theme, width_px=width_px, description="cells")
    )


def test_a_cell_is_a_row_with_its_series_on_the_prediction() -> None:
    """A dot for each series, a rule at the prediction, a band for the tolerance."""
    marks = rows(cell("flask-svc", FLASK))

    dots = of(marks, "symbol", FLASK.strong)
    [tick] = of(marks, "rule", LIGHT.ink)
    [band] = of(marks, "rect", FLASK.colour)
    assert len(dots) == 3
    assert [dot["x"] for dot in dots] == sorted(dot["x"] for dot in dots)
    assert dots[0]["x"] > tick["x"]
    assert band["x"] < dots[0]["x"] < band["x"] + band["width"] < dots[2]["x"]
    assert band["x"] + band["width"] / 2 == pytest.approx(tick["x"])
    assert {"flask-svc", "4.02 s"} <= set(texts(marks))


def test_equal_series_are_still_three() -> None:
    """They lie below each other."""
    dots = of(rows(cell("flask-svc", FLASK, found=over_series([4.0, 4.0, 4.0]))), "symbol")

    assert len({dot["y"] for dot in dots}) == 3


def test_without_a_prediction_there_is_none() -> None:
    """Neither drawn nor in the key."""
    marks = rows(cell("flask-svc", FLASK, predicted=None, band=None))

    assert of(marks, "rule", LIGHT.ink) == of(marks, "rect") == []
    assert not any("predicted" in text for text in texts(marks))


def test_on_a_telephone_long_names_are_broken() -> None:
    """They stand above their row, and no word of them is lost."""
    name = "fastapi-svc /stream, 16 at once, each on a kept connection"
    marks = rows(cell(name, FASTAPI), cell("short", FLASK), width_px=346)

    lines = of(marks, "text", FASTAPI.strong)
    assert len(lines) > 1
    assert " ".join(mark["text"] for mark in lines) == name
    assert max(mark["y"] for mark in lines) < of(marks, "symbol", FASTAPI.strong)[0]["y"]


@pytest.mark.parametrize("width_px", WIDTHS)
def test_points_are_as_wide_as_asked(width_px: int) -> None:
    """With their names."""
    chart = points(
        [cell("flask-svc", FLASK)],
        x=scales.axis([4.3]),
        theme=LIGHT,
        width_px=width_px,
        description="a cell",
    )

    assert f'width="{width_px}"' in sheet.svg(chart)


# --------------------------------------------------------------------- sweep


def line(name: str, look: Look, **by_x: float) -> Series:
    stops = [
        Stop(float(x[1:]), over_series([y * 0.98, y, y * 1.01]), y * 1.05) for x, y in by_x.items()
    ]
    return Series(name, look, stops)


def swept(*series: Series, width_px: int = 830, **log: bool) -> list[Mark]:
    stops = [stop for each in series for stop in each.stops]
    return drawn(
        sweep(
            series,
            x=scales.stops([stop.x for stop in stops], title="users", is_log=True),
            y=scales.axis([stop.found.high for stop in stops], title="per second", **log),
            theme=LIGHT,
            width_px=width_px,
            description="a sweep",
        )
    )


SWEEP = (
    line("flask-svc", FLASK, _1=1, _10=4, _100=4),
    line("fastapi-svc", FASTAPI, _1=1, _10=10, _100=95),
)


def test_a_sweep_has_a_line_for_each_shape_on_its_prediction() -> None:
    """The median's line is thin, and the prediction broad below it."""
    marks = swept(*SWEEP)

    for look in (FLASK, FASTAPI):
        [rail] = {mark["strokeWidth"] for mark in of(marks, "line", look.colour)}
        [median] = {mark["strokeWidth"] for mark in of(marks, "line", look.strong)}
        assert rail > median
        assert len(of(marks, "symbol", look.strong)) == 9


def test_the_numbers_that_were_chosen_stand_on_the_axis() -> None:
    """And the titles of both."""
    words = texts(swept(*SWEEP))

    assert {"1", "10", "100", "users", "per second"} <= set(words)


def test_a_name_stands_where_its_line_ends() -> None:
    """Right of it, in its colour, with its symbol."""
    marks = swept(*SWEEP)

    for look, name in ((FLASK, "● flask-svc"), (FASTAPI, "● fastapi-svc")):
        [text] = [mark for mark in of(marks, "text", look.strong) if mark["text"] == name]
        last = of(marks, "line", look.strong)[-1]
        assert text["x"] > last["x"]
        assert text["y"] == pytest.approx(last["y"], abs=10)


def test_on_a_telephone_names_stand_above() -> None:
    """Below each other."""
    marks = swept(*SWEEP, width_px=346)

    [one] = of(marks, "text", FLASK.strong)
    [two] = of(marks, "text", FASTAPI.strong)
    assert one["y"] < two["y"] < 0


def test_what_several_predict_is_drawn_once() -> None:
    """In no shape's colour, or the last would cover the others."""
    same = {"_1": 1.0, "_10": 10.0}
    marks = swept(line("a", FLASK, **same), line("b", FASTAPI, **same))

    assert len(of(marks, "line", LIGHT.quiet)) == 2
    assert of(marks, "line", FLASK.colour) == of(marks, "line", FASTAPI.colour) == []


def test_a_fitted_line_is_dashed_and_straight() -> None:
    """It takes the place of the line through the medians."""
    stops = [Stop(x, over_series([2 * x + 1.0])) for x in (1.0, 2.0, 4.0)]
    marks = drawn(
        sweep(
            [Series("request", FASTAPI, stops, fitted=(2.0, 1.0))],
            x=scales.stops([1, 2, 4]),
            y=scales.axis([9]),
            theme=LIGHT,
            width_px=830,
            description="a fit",
        )
    )

    fit = of(marks, "line", FASTAPI.colour)
    assert fit[0]["strokeDash"]
    assert of(marks, "line", FASTAPI.strong) == []
    slopes = [(b["y"] - a["y"]) / (b["x"] - a["x"]) for a, b in itertools.pairwise(fit)]
    assert max(slopes) == pytest.approx(min(slopes))


# ----------------------------------------------------------------- staircase


def stairs(**other: Any) -> list[Mark]:
    burst = Staircase(
        **{
            "name": "flask-svc, 16 at once",
            "look": FLASK,
            "series": [[ceil(k / 4) + 0.01 for k in range(1, 17)] for _ in range(3)],
            "predicted": [ceil(k / 4) for k in range(1, 17)],
            "published": [k // 4 for k in range(1, 17)],
        }
        | other
    )
    return drawn(
        staircase(
            burst,
            y=scales.axis([4.1], title="answered after, s"),
            theme=LIGHT,
            width_px=400,
            description="a burst",
            key=staircase_key(has_published=True),
        )
    )


def test_each_answer_lies_on_its_step() -> None:
    """Sixteen answers in three series, four of each on a step."""
    marks = stairs()

    dots = of(marks, "symbol", FLASK.strong)
    steps = of(marks, "line", FLASK.colour)
    assert len(dots) == 48
    assert len({round(dot["y"]) for dot in dots}) == 4
    assert len({step["y"] for step in steps}) == 4
    assert {round(dot["y"]) for dot in dots} == {round(step["y"]) for step in steps}


def test_a_step_is_as_wide_as_its_answers() -> None:
    """Half an answer to each side, so that the first step begins where the drawing does."""
    marks = stairs()

    dots = sorted(mark["x"] for mark in of(marks, "symbol", FLASK.strong))
    first, second, *_ = (mark["x"] for mark in of(marks, "line", FLASK.colour))
    assert first == pytest.approx(0)
    assert (first + second) / 2 == pytest.approx(dots[1])


def test_the_published_steps_are_dashed_and_lie_lower() -> None:
    """The fourth answer of four workers is the first for which both are right."""
    marks = stairs()

    published = of(marks, "line", LIGHT.ink)
    predicted = of(marks, "line", FLASK.colour)
    assert published[0]["strokeDash"]
    assert published[0]["y"] > predicted[0]["y"]
    assert published[7]["y"] == pytest.approx(predicted[7]["y"])


def test_without_slots_there_is_nothing_published() -> None:
    """The formula needs a number of workers."""
    assert of(stairs(published=()), "line", LIGHT.ink) == []


# --------------------------------------------------------------------- lanes


def test_lanes_of_a_burst_begin_at_its_start() -> None:
    """Four workers, four blocks each, in two tones that take turns."""
    blocks = [
        {
            "target": "flask-svc",
            "pid": 4711 + lane,
            "lane": lane,
            "from_s": float(wave),
            "to_s": wave + 1.0,
            "count": 1 + lane,
            "shade": wave % 2,
        }
        for lane in range(4)
        for wave in range(4)
    ]
    marks = drawn(
        burst_lanes(
            blocks,
            name="flask-svc, 16 at once",
            look=FLASK,
            x=scales.axis([4.0], title="seconds"),
            theme=LIGHT,
            width_px=400,
            description="lanes",
        )
    )

    light, dark = of(marks, "rect", FLASK.colour), of(marks, "rect", FLASK.strong)
    assert len(light) == len(dark) == 8
    assert min(mark["x"] for mark in light) == pytest.approx(0, abs=1)
    assert [mark["text"] for mark in of(marks, "text") if mark["text"].startswith("worker")] == [
        "worker 1",
        "worker 2",
        "worker 3",
        "worker 4",
    ]
    assert [mark["text"] for mark in of(marks, "text", LIGHT.on_target)] == [
        str(1 + lane) for lane in range(1, 4) for _ in range(4)
    ]
    assert "flask-svc, 16 at once" in texts(marks)


# --------------------------------------------------------------------- claim


class Strip:
    """What is drawn of a claim: places in pixels, and the numbers on the axis with theirs."""

    def __init__(
        self,
        allowed: tuple[float, float] | None,
        seen: tuple[float, float, float],
        *,
        is_log: bool = False,
    ) -> None:
        known = [value for value in (*(allowed or ()), *seen) if abs(value) < inf]
        x = scales.axis(known, parts=4, is_log=is_log)
        svg = ElementTree.fromstring(claim(allowed, seen, x=x, theme=LIGHT))
        left, _, width, _ = (float(each) for each in svg.attrib["viewBox"].split())
        self.edges = (left, left + width)
        bands = [
            (float(each.attrib["x"]), float(each.attrib["width"])) for each in svg.iter("rect")
        ]
        self.bands = [(begin, begin + width) for begin, width in bands]
        [self.point] = (float(each.attrib["cx"]) for each in svg.iter("circle"))
        self.axis, self.line, self.whiskers = (
            [float(each) for each in re.findall(r"[MH](-?[\d.]+)", path.attrib["d"])]
            for path in svg.iter("path")
        )
        self.numbers = {each.text or "": float(each.attrib["x"]) for each in svg.iter("text")}


def test_a_claim_is_a_band_and_what_was_measured_a_point_with_whiskers() -> None:
    """Here the one lies inside of the other, on an axis with numbers."""
    strip = Strip((3.6, 4.4), (4.02, 4.0, 4.1))

    [(begin, end)] = strip.bands
    assert begin < strip.point < end
    assert strip.line == strip.whiskers
    assert strip.line[0] < strip.point < strip.line[1]
    assert {"0", "2", "4"} <= set(strip.numbers)
    assert strip.numbers["4"] == pytest.approx((begin + end) / 2)


def test_an_open_end_reaches_to_the_end_of_the_axis() -> None:
    """At least three times."""
    strip = Strip((3, inf), (2.2, 2.0, 2.9))

    [(_, end)] = strip.bands
    assert end == pytest.approx(max(strip.axis))


def test_a_claim_of_one_number_is_still_seen() -> None:
    """As a band a few pixels wide."""
    [(begin, end)] = Strip((1, 1), (0.2, 0.2, 0.2)).bands

    assert end - begin == pytest.approx(3)


def test_without_a_range_there_is_no_band() -> None:
    """Only what was measured."""
    strip = Strip(None, (2.0, 1.9, 2.1))

    assert strip.bands == []
    assert strip.point == pytest.approx(sum(strip.line) / 2)


@pytest.mark.parametrize(
    ("values", "expected"),
    [((2, 20, 50), True), ((2, 20), False), ((0, 50), False), ((-1, 50), False), ((), False)],
)
def test_what_lies_far_apart_needs_a_logarithmic_axis(
    values: tuple[float, ...], expected: bool
) -> None:
    """Unless there is something without a logarithm."""
    assert is_far(*values) is expected


def test_a_far_claim_is_seen_beside_what_was_measured() -> None:
    """Both have room."""
    strip = Strip((5, 20), (120, 118, 122), is_log=True)

    [(begin, end)] = strip.bands
    assert end - begin > 30
    assert strip.point - end > 30


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("high", [4, 30000, 0.035, 123456])
def test_numbers_of_a_claim_neither_touch_nor_leave_the_picture(high: float, is_log: bool) -> None:
    """Also where a font is wide and the numbers are long."""
    strip = Strip((high / 2, high), (high / 3, high / 40, high / 2), is_log=is_log)

    boxes = [
        (at - len(text) * DIGIT_PX / 2, at + len(text) * DIGIT_PX / 2)
        for text, at in strip.numbers.items()
    ]
    assert len(boxes) > 1
    assert strip.edges[0] <= boxes[0][0]
    assert boxes[-1][1] <= strip.edges[1]
    assert all(one[1] < other[0] for one, other in itertools.pairwise(boxes))


# ---------------------------------------------------------------------- keys


def test_a_key_that_is_too_long_gets_a_second_line() -> None:
    """No part of it is broken."""
    assert sheet.broken(["● each series", "▬ predicted"], 400) == [
        f"● each series{sheet.WIDE_SPACE}▬ predicted"
    ]
    assert sheet.broken(["● each series", "▬ predicted"], 100) == ["● each series", "▬ predicted"]
    assert sheet.broken([], 100) == []


def test_what_marks_of_a_group_have_in_common_is_said_once() -> None:
    """And a dot is a circle, at a hundredth of a pixel."""
    dot = "M3.24,0A3.24,3.24,0,1,1,-3.24,0A3.24,3.24,0,1,1,3.24,0"
    svg = inlined(
        '<svg width="9"><g class="mark-symbol role-mark">'
        f'<path transform="translate(1.23456,2)" d="{dot}" fill="red" stroke="a"/>'
        f'<path transform="translate(3,4)" d="{dot}" fill="red" stroke="b"/></g>'
        '<g><text fill="red">a</text><text fill="red">b</text></g></svg>',
        label="Dots",
    )

    assert svg.partition(">")[2] == (
        '<g class="mark" fill="red"><circle cx="1.23" cy="2" r="3.24" stroke="a"/>'
        '<circle cx="3" cy="4" r="3.24" stroke="b"/></g>'
        '<g fill="red"><text>a</text><text>b</text></g></svg>'
    )

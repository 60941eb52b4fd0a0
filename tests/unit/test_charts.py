"""Charts: what is drawn for given rows, in which colours, and from nowhere outside.

Pictures are looked at as Vega's scene graph: the marks with their places in pixels.
"""

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from lab import charts
from lab.charts import DARK, FIGURES, LIGHT, browser_files, figures
from lab.charts.theme import LINE_PX, TEXT_PX, TITLE_PX
from lab.targets import TARGETS

Row = dict[str, Any]
Mark = dict[str, Any]

RATES = {"flask-svc": (4.0, 5.0), "fastapi-svc": (20.0, 1.0)}


@pytest.fixture(
    params=[(theme.name, name) for theme in (LIGHT, DARK) for name in FIGURES], ids="-".join
)
def spec(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each figure in each theme, as a browser gets it."""
    theme, name = request.param
    return charts.specs()[theme][name]


def second(target: str, t_s: int, **other: Any) -> Row:
    """20 users without think time in front of 4 slots, or of no limit, as theory has it."""
    rate, response_s = RATES.get(target, (20.0, 1.0))
    is_flask = target == "flask-svc"
    return {
        "target": target,
        "t_s": t_s,
        "throughput_rps": rate,
        "predicted_rps": rate,
        "p50_s": response_s,
        "p99_s": response_s + 0.5,
        "predicted_s": response_s,
        "busy": 4 if is_flask else 20,
        "queue": 16 if is_flask else 0,
        "slots": 4 if is_flask else None,
        "cores_busy": 0.3 if is_flask else 0.8,
        "cores": 2,
        "memory_mb": 200.0 if is_flask else 60.0,
    } | other


def minute(*targets: str, **other: Any) -> list[Row]:
    """A row for each second and target, oldest first."""
    return [second(target, t_s, **other) for t_s in range(-60, 1) for target in targets]


def block(target: str, lane: int, from_s: float, to_s: float, **other: Any) -> Row:
    """A group of requests that one worker process finished together."""
    return {
        "target": target,
        "worker": 1 + lane,
        "pid": 4711 + lane,
        "lane": lane,
        "row": 0,
        "rows": 1,
        "from_s": from_s,
        "to_s": to_s,
        "count": 1,
        "shade": 0,
    } | other


def drawn(name: str, rows: list[Row], *, width_px: int = 660, **other: Any) -> list[Mark]:
    """The marks that are seen of a still figure in light colours, each with its `kind`."""
    spec = charts.still(name, rows, width_px=width_px, **other).to_dict()
    marks = _marks(vl_convert.vegalite_to_scenegraph(spec)["scenegraph"])
    return [mark for mark in marks if mark.get("opacity") != 0 and mark.get("defined", True)]


def _marks(group: dict[str, Any]) -> Iterator[Mark]:
    for item in group.get("items", ()):
        yield {"kind": group.get("marktype"), "role": group.get("role"), **item}
        if "items" in item:
            for inner in item["items"]:
                yield from _marks(inner)


def coloured(marks: list[Mark], kind: str, colour: str) -> list[Mark]:
    """The marks of a kind that are filled or stroked in a colour."""
    return [
        mark
        for mark in marks
        if mark["kind"] == kind and colour in (mark.get("fill"), mark.get("stroke"))
    ]


def texts(marks: list[Mark]) -> list[str]:
    return [mark["text"] for mark in marks if mark["kind"] == "text" and mark["text"]]


def text(marks: list[Mark], words: str) -> Mark:
    [found] = [mark for mark in marks if mark["kind"] == "text" and mark["text"] == words]
    return found


def colour(target: str) -> str:
    return charts.COLOURS[target]


def strong(target: str) -> str:
    return charts.LIGHT.strong(target)


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(hexadecimal: str) -> float:
    shares = [part / 255 for part in bytes.fromhex(hexadecimal[1:])]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ------------------------------------------------------------------- colours


def test_every_target_has_a_colour_of_its_own() -> None:
    """A new target needs one before it can be shown."""
    assert set(charts.COLOURS) == {target.name for target in TARGETS}
    assert len(set(charts.COLOURS.values())) == len(charts.COLOURS)


@pytest.mark.parametrize("theme", charts.THEMES, ids=lambda theme: theme.name)
def test_colours_stand_out_from_the_background(theme: charts.Theme) -> None:
    """3:1 for what is drawn, 4.5:1 for what is read, as WCAG 2 asks."""
    for target, drawn_in in charts.COLOURS.items():
        assert contrast(drawn_in, theme.background) >= 3, target
        assert contrast(theme.strong(target), theme.background) >= 4.5, target
        assert contrast(theme.on_target, drawn_in) >= 3, target
        assert contrast(theme.on_target, theme.strong(target)) >= 4.5, target
    assert contrast(theme.quiet, theme.background) >= 4.5


def test_flask_is_warm_and_fastapi_cool() -> None:
    """More red than blue, or more blue than red."""
    for target in TARGETS:
        red, _, blue = bytes.fromhex(colour(target.name)[1:])
        assert (red > blue) is (target.framework == "flask"), target.name


def test_a_page_gets_the_same_colours() -> None:
    """As custom properties, for whatever it shows beside the charts."""
    variables = charts.css_variables(charts.DARK)

    for target in charts.COLOURS:
        assert f"--{target}: {colour(target)};" in variables
        assert f"--{target}-name: {charts.DARK.strong(target)};" in variables


# ------------------------------------------------------------ specifications


def test_there_is_each_figure_in_each_theme() -> None:
    """What GET /lab/charts answers with, ready to be written as JSON."""
    specs = charts.specs()

    assert json.loads(json.dumps(specs)) == specs
    assert {theme: set(figures) for theme, figures in specs.items()} == {
        "light": {"throughput", "latency", "slots", "lanes", "processor", "memory"},
        "dark": {"throughput", "latency", "slots", "lanes", "processor", "memory"},
    }


def test_every_specification_is_one_that_vega_lite_compiles(spec: dict[str, Any]) -> None:
    """To a dataset that waits for its rows, and that nothing changes in place."""
    [waiting] = [
        data
        for data in vl_convert.vegalite_to_vega(spec)["data"]
        if data["name"] == spec["data"]["name"]
    ]

    assert waiting == {"name": spec["data"]["name"]}
    assert spec["width"] == "container"


def test_no_specification_leads_outside(spec: dict[str, Any]) -> None:
    """The schema's name is an address, which nobody opens."""
    inside = {key: value for key, value in spec.items() if key != "$schema"}

    assert "//" not in json.dumps(inside)
    assert '"url"' not in json.dumps(inside)


@pytest.mark.parametrize("name", charts.FIGURES)
def test_live_and_still_are_the_same_drawing(name: str) -> None:
    """All that differs is around it: rows, width, background, and what the end is called."""
    live = charts.live(name, theme=charts.LIGHT).to_dict()
    still = charts.still(name, []).to_dict()

    assert live["layer"][1:] == still["layer"][1:]
    assert live["config"] == still["config"]


def test_a_still_figure_has_its_rows_in_it() -> None:
    """Under the name that a live one waits for."""
    rows = minute("flask-svc")

    assert charts.still("latency", rows).to_dict()["datasets"] == {"seconds": rows, "changes": []}


@pytest.mark.parametrize("theme", charts.THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", charts.FIGURES)
def test_a_still_figure_is_as_wide_as_asked(name: str, theme: charts.Theme) -> None:
    """On the background of its theme, with all that stands in the margins."""
    rows = minute("flask-gthread") if name != "lanes" else [block("flask-gthread", 0, -2, -1)]

    image = charts.svg(name, rows, theme=theme, width_px=400)

    assert 'width="400"' in image
    assert f'fill="{theme.background}"' in image


def test_text_can_be_read_from_the_back_of_a_room() -> None:
    """Labels of 14 px or more, titles of 16 or more."""
    assert TEXT_PX >= 14
    assert TITLE_PX >= 16
    for name in charts.FIGURES:
        rows = minute("flask-svc") if name != "lanes" else [block("flask-svc", 0, -2, -1, count=9)]
        sizes = {mark["fontSize"] for mark in drawn(name, rows) if mark["kind"] == "text"}
        assert sizes == {TEXT_PX, TITLE_PX}


@pytest.mark.parametrize("name", charts.FIGURES)
def test_before_the_first_run_a_figure_says_so(name: str) -> None:
    """And no longer once there are rows."""
    rows = minute("flask-svc") if name != "lanes" else [block("flask-svc", 0, -2, -1)]

    assert "no data yet" in texts(drawn(name, []))
    assert "no data yet" not in texts(drawn(name, rows))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", FIGURES)
def test_what_a_browser_gets_is_as_the_schema_has_it(name: str, theme: charts.Theme) -> None:
    """The same, drawn with every part held against Vega-Lite's schema."""
    assert charts.live(name, theme=theme).to_dict() == charts.specs()[theme.name][name]


def test_the_script_sets_vega_embed_and_nothing_else() -> None:
    """It is one function call, and it is built once."""
    script = charts.javascript()

    assert script.startswith("(() => {")
    assert script.endswith("})();\n")
    assert script.count("window.vegaEmbed=") == 1
    assert charts.javascript() is script


def test_in_an_image_the_script_is_the_file_of_its_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where vl-convert is not installed, nothing is made."""

    def missing(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(browser_files, "version", missing)
    monkeypatch.setattr(browser_files, "_made", cannot_be_made)
    monkeypatch.setattr(browser_files, "OF_IMAGE", tmp_path / "vega.js")
    (tmp_path / "vega.js").write_text("made by the build")
    charts.javascript.cache_clear()
    script = charts.javascript()
    charts.javascript.cache_clear()

    assert script == "(() => {\nmade by the build\n})();\n"


@pytest.fixture(params=["javascript", "specs_json"])
def anew(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """A function that asks for the script, or for the figures, as another process would."""
    made = getattr(charts, request.param)

    def ask() -> str:
        for each in (made, charts.specs):
            each.cache_clear()
        return made()

    yield ask
    made.cache_clear()


def cannot_be_made(*_: object, **__: object) -> str:
    """In the place of what makes it."""
    raise AssertionError("made once more")


def test_what_takes_long_is_kept_for_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: Callable[[], str]
) -> None:
    """Whole, in one file, and the same that was made; what was kept of another version goes."""
    monkeypatch.setattr(browser_files, "KEPT_IN", tmp_path)
    for kind in ("vega", "figures"):
        (tmp_path / f"{kind}-0.1-old").touch()
    made = anew()
    [left] = [path for path in tmp_path.iterdir() if not path.name.endswith("-old")]
    kind = left.name.partition("-")[0]
    package = {"vega": "vl-convert-python", "figures": "altair"}[kind]
    monkeypatch.setattr(browser_files, "_made", cannot_be_made)
    monkeypatch.setattr(figures, "live", cannot_be_made)

    assert left.name.startswith(f"{kind}-{version(package)}-")
    assert anew() == made
    assert not (tmp_path / f"{kind}-0.1-old").exists()
    assert len(list(tmp_path.iterdir())) == 2


def test_where_nothing_can_be_kept_it_is_made_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: Callable[[], str]
) -> None:
    """As in a container, whose file system is read-only."""
    made = anew()
    monkeypatch.setattr(browser_files, "KEPT_IN", tmp_path / "share")
    (tmp_path / "share").touch()

    assert anew() == made


def test_other_figures_are_not_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of any file that draws, or of Altair, is another version."""
    monkeypatch.setattr(browser_files, "KEPT_IN", tmp_path / "share")
    monkeypatch.setattr(browser_files, "specs", lambda: {})
    shutil.copytree(Path(figures.__file__).parent, tmp_path / "charts")
    versions = set()
    for changed in ("", "lanes.py", "theme.py"):
        with (tmp_path / "charts" / (changed or "frame.py")).open("a") as file:
            file.write("# changed\n" if changed else "")
        monkeypatch.setattr(browser_files, "__file__", str(tmp_path / "charts" / "figures.py"))
        charts.specs_json.cache_clear()
        charts.specs_json()
        versions |= {path.name for path in (tmp_path / "share").iterdir()}
    charts.specs_json.cache_clear()

    assert len(versions) == 3


# --------------------------------------------------- throughput and latency


def test_throughput_is_points_on_the_predicted_line() -> None:
    """A point for each second, and a line that is broader than a point."""
    rows = minute("flask-svc", "fastapi-svc")
    for row in rows[-2:]:  # the last second falls short
        row["throughput_rps"] /= 2
    marks = drawn("throughput", rows)

    for target in RATES:
        points = coloured(marks, "symbol", strong(target))
        line = coloured(marks, "line", colour(target))
        assert len(line) == 61
        assert len(points) == (61 if target == "flask-svc" else 60)  # one begins left of the axis
        assert points[0]["y"] == pytest.approx(line[0]["y"])
        assert points[-1]["y"] > line[-1]["y"] == line[0]["y"]
        assert points[0]["size"] ** 0.5 < line[0]["strokeWidth"]


def test_points_of_targets_with_equal_numbers_stand_side_by_side() -> None:
    """Within their second: on each other, one would hide the others."""
    targets = ("flask-gthread", "fastapi-svc", "starlette-svc")
    marks = drawn("throughput", minute(*targets))

    places = {target: coloured(marks, "symbol", strong(target)) for target in targets}
    newest = sorted(mark["x"] for found in places.values() for mark in found[-1:])
    second_px = places["flask-gthread"][-1]["x"] - places["flask-gthread"][-2]["x"]
    assert newest[1] - newest[0] == pytest.approx(second_px / 3)
    assert newest[2] - newest[1] == pytest.approx(second_px / 3)


def test_the_run_before_is_a_dashed_line() -> None:
    """At its mean, as long as the axis; without a run before there is none."""
    rows = minute("fastapi-svc", last_rps=10.0)

    [dash] = {mark["y"] for mark in dashed(drawn("throughput", rows))}
    [rail] = {
        mark["y"] for mark in coloured(drawn("throughput", rows), "line", colour("fastapi-svc"))
    }
    assert dash > rail
    assert dashed(drawn("throughput", minute("fastapi-svc", last_rps=None))) == []


def test_the_time_axis_is_as_long_as_the_page_says() -> None:
    """Fifteen seconds at first, when there are no more."""
    spec = charts.still("throughput", minute("fastapi-svc"), width_px=660).to_dict()
    [span] = [each for each in spec["params"] if each["name"] == "span_s"]
    assert span["value"] == 60
    span["value"] = 15

    marks = list(_marks(vl_convert.vegalite_to_scenegraph(spec)["scenegraph"]))

    assert {"15 s before", "10 s before", "5 s before", "end"} <= set(texts(marks))
    assert len(coloured(marks, "symbol", strong("fastapi-svc"))) == 16


def dashed(marks: list[Mark]) -> list[Mark]:
    """The marks of a dashed line in a target's colour."""
    return [
        mark
        for mark in marks
        if mark["kind"] == "line"
        and mark.get("strokeDash")
        and mark["stroke"] == strong("fastapi-svc")
    ]


def test_latency_is_discs_for_p50_and_hollow_triangles_for_p99() -> None:
    """Both on one axis with the prediction."""
    marks = drawn("latency", minute("fastapi-svc"))

    symbols = [mark for mark in marks if mark["kind"] == "symbol"]
    discs = [mark for mark in symbols if mark["shape"] == "circle"]
    triangles = [mark for mark in symbols if mark["shape"] == "triangle-up"]
    assert len(discs) == len(triangles) == 61
    assert {mark["fill"] for mark in discs} == {strong("fastapi-svc")}
    assert {mark["fill"] for mark in triangles} == {"transparent"}
    assert {mark["stroke"] for mark in triangles} == {strong("fastapi-svc")}
    assert triangles[0]["y"] < discs[0]["y"]
    assert coloured(marks, "line", colour("fastapi-svc"))[0]["y"] == pytest.approx(discs[0]["y"])


def test_without_a_prediction_there_is_no_line() -> None:
    """A queue that grows has no predicted latency."""
    marks = drawn("latency", minute("flask-svc", predicted_s=None))

    assert coloured(marks, "line", colour("flask-svc")) == []
    assert len(coloured(marks, "symbol", strong("flask-svc"))) == 122


def test_a_second_without_a_measurement_is_a_gap() -> None:
    """No point, rather than one at zero."""
    rows = minute("flask-svc")
    rows[30] |= {"throughput_rps": None}

    points = coloured(drawn("throughput", rows), "symbol", strong("flask-svc"))

    assert len(points) == 60


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (20.0, ["0", "5", "10", "15", "20", "25"]),
        (3.5, ["0", "1", "2", "3", "4"]),
        (0.9, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (99.0, ["0", "30", "60", "90", "120"]),
        (1900.0, ["0", "500", "1,000", "1,500", "2,000"]),
        (0.0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    ],
)
def test_the_axis_goes_from_zero_to_a_round_number(highest: float, expected: list[str]) -> None:
    """A little above what it shows, so that a value that wavers about 20 does not move it."""
    marks = drawn("throughput", minute("flask-svc", throughput_rps=highest, predicted_rps=None))

    numbers = [mark for mark in marks if mark["role"] == "axis-label" and mark["align"] == "right"]
    assert [mark["text"] for mark in numbers] == expected
    assert numbers[-1]["y"] == pytest.approx(0)


@pytest.mark.parametrize("rate", [0.0, 3.0, 20.0])
def test_names_never_lie_on_each_other(rate: float) -> None:
    """Six lines that meet: six names below each other, in order, within the chart."""
    same = {"throughput_rps": rate, "predicted_rps": 20.0}
    marks = drawn("throughput", minute(*charts.COLOURS, **same))

    places = [text(marks, target)["y"] for target in charts.COLOURS]
    assert all(b - a >= LINE_PX - 0.01 for a, b in itertools.pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= 210


def test_a_name_stands_where_its_line_ends() -> None:
    """Where nothing pushes it away."""
    marks = drawn("latency", minute("flask-svc", "fastapi-svc"))

    for target in RATES:
        line = coloured(marks, "line", colour(target))
        assert text(marks, target)["y"] == pytest.approx(line[-1]["y"])
        assert text(marks, target)["x"] > line[-1]["x"]


def test_the_end_of_the_time_shown_has_its_name() -> None:
    """A still figure was made after it."""
    assert texts(drawn("throughput", minute("flask-svc")))[:5] == [
        "60 s before",
        "45 s before",
        "30 s before",
        "15 s before",
        "end",
    ]


def test_a_telephone_gets_fewer_labels() -> None:
    """Every second one."""
    words = texts(drawn("throughput", minute("flask-svc"), width_px=390))

    assert "end" in words
    assert "45 s before" not in words


# --------------------------------------------------------------------- slots


def test_the_queue_stands_on_the_busy_slots() -> None:
    """4 busy in solid colour, on them 16 in the queue in a tint, on one scale for all targets."""
    marks = drawn("slots", [*minute("flask-svc"), *minute("fastapi-svc", busy=10)])

    queue, busy = (
        [mark for mark in coloured(marks, "area", colour("flask-svc")) if mark["opacity"] == tint]
        for tint in (charts.LIGHT.tint, 1)
    )
    [_, fastapi] = (
        [mark for mark in coloured(marks, "area", colour("fastapi-svc")) if mark["opacity"] == tint]
        for tint in (charts.LIGHT.tint, 1)
    )
    assert len(queue) == len(busy) == 61
    assert height_px(queue[0]) == pytest.approx(4 * height_px(busy[0]))
    assert height_px(fastapi[0]) == pytest.approx(10 / 4 * height_px(busy[0]))
    assert top_px(busy[0]) == pytest.approx(top_px(queue[0]) + height_px(queue[0]))


def height_px(area: Mark) -> float:
    return abs(float(area["y2"]) - float(area["y"]))


def top_px(area: Mark) -> float:
    return min(float(area["y2"]), float(area["y"]))


def test_a_dashed_rule_marks_the_slots() -> None:
    """At the height of so many busy slots, with its number beside it."""
    marks = drawn("slots", minute("flask-svc", "fastapi-svc"))

    [rule] = [mark for mark in marks if mark["kind"] == "rule" and mark.get("strokeDash")]
    busy = coloured(marks, "area", colour("flask-svc"))[-1]
    assert rule["y"] == pytest.approx(top_px(busy))
    assert text(marks, "4 slots")["y"] == pytest.approx(rule["y"])
    assert text(marks, "no slot limit")["y"] > text(marks, "fastapi-svc")["y"]


def test_a_limit_far_away_is_named_and_not_drawn() -> None:
    """1000 slots would make a line of 20 requests."""
    marks = drawn("slots", minute("flask-gevent", slots=1000))

    assert "↑ 1,000 slots" in texts(marks)
    assert not [mark for mark in marks if mark.get("strokeDash")]
    assert height_px(coloured(marks, "area", colour("flask-gevent"))[-1]) > 100


@pytest.mark.parametrize(("targets", "texts"), [(6, 2), (len(charts.COLOURS), 1)])
def test_panels_and_their_names_find_room_for_all_targets(targets: int, texts: int) -> None:
    """In the order of the targets, no text on another; the slots' number where it has room."""
    shown = list(charts.COLOURS)[:targets]
    marks = drawn("slots", minute(*reversed(shown)))

    beside = [mark for mark in marks if mark["kind"] == "text" and mark["align"] == "left"]
    beside = [mark for mark in beside if mark["role"] == "mark"]
    names = [mark for mark in beside if mark["text"] in charts.COLOURS]
    assert [mark["text"] for mark in sorted(names, key=lambda mark: mark["y"])] == shown
    places = sorted(mark["y"] for mark in beside)
    assert len(places) == texts * targets
    assert all(b - a >= TEXT_PX for a, b in itertools.pairwise(places))


def test_where_the_upstream_is_silent_nothing_is_drawn() -> None:
    """Neither busy slots nor a queue are known."""
    rows = minute("flask-svc")
    rows[30] |= {"busy": None, "queue": None}

    areas = coloured(drawn("slots", rows), "area", colour("flask-svc"))

    assert [height_px(area) for area in areas].count(0) == 2


# --------------------------------------------------------------------- lanes


def test_a_lane_has_its_blocks_one_after_the_other() -> None:
    """Neighbours differ in shade, and leave a gap."""
    rows = [
        block("flask-svc", 0, -3, -2),
        block("flask-svc", 0, -2, -1, shade=1),
        block("flask-svc", 1, -3, -2),
    ]
    marks = drawn("lanes", rows)

    first, below = coloured(marks, "rect", colour("flask-svc"))
    [second_block] = coloured(marks, "rect", strong("flask-svc"))
    assert second_block["x"] - (first["x"] + first["width"]) == pytest.approx(1)
    assert second_block["y"] == first["y"]
    assert below["y"] > first["y"] + first["height"]


def test_blocks_that_overlap_share_the_height_of_their_lane() -> None:
    """Each in its row."""
    rows = [
        block("fastapi-svc", 0, -3.0, -2.0, row=0, rows=2),
        block("fastapi-svc", 0, -2.5, -1.5, row=1, rows=2),
    ]

    upper, lower = coloured(drawn("lanes", rows), "rect", colour("fastapi-svc"))

    assert lower["y"] == pytest.approx(upper["y"] + upper["height"] + 1)
    assert lower["height"] == pytest.approx(upper["height"])


def test_a_block_says_how_many_requests_it_holds() -> None:
    """Where there are several, and room for the number."""
    rows = [
        block("fastapi-svc", 0, -5, -4, count=1),
        block("fastapi-svc", 0, -3, -2, count=12),
        block("fastapi-svc", 0, -1, -0.9, count=34),
    ]

    words = texts(drawn("lanes", rows))

    assert "12" in words
    assert "1" not in words
    assert "34" not in words


def test_a_worker_that_served_nothing_has_an_empty_lane() -> None:
    """Seen by its ground and its number."""
    rows = [block("flask-svc", 0, -2, -1), block("flask-svc", 1, 0, 0, count=0)]
    marks = drawn("lanes", rows)

    assert len(coloured(marks, "rect", colour("flask-svc"))) == 1
    assert len(coloured(marks, "rect", charts.LIGHT.floor)) == 2
    assert "worker 2" in texts(marks)


def test_a_block_too_short_to_see_is_seen_all_the_same() -> None:
    """A millisecond of twelve seconds would be a twentieth of a pixel."""
    [short] = coloured(
        drawn("lanes", [block("flask-svc", 0, -2, -1.999)]), "rect", colour("flask-svc")
    )

    assert short["width"] == pytest.approx(1.5)


def test_a_name_stands_once_and_every_lane_has_its_worker() -> None:
    """On a telephone the name alone, in the middle of its lanes."""
    rows = [block("flask-svc", lane, -2, -1) for lane in range(3)]
    wide, narrow = drawn("lanes", rows), drawn("lanes", rows, width_px=390)

    assert text(wide, "flask-svc")["y"] == text(wide, "worker 1")["y"]
    workers = {"worker 1", "worker 2", "worker 3"}
    assert workers <= set(texts(wide))
    assert not workers & set(texts(narrow))
    assert text(narrow, "flask-svc")["y"] == pytest.approx(105)


def test_thirty_three_lanes_are_all_there() -> None:
    """All targets, too many lanes for numbers, a name for each target."""
    workers = dict.fromkeys(charts.COLOURS, 4) | {"fastapi-solo": 1}
    lanes = [target for target in charts.COLOURS for _ in range(workers[target])]
    marks = drawn("lanes", [block(target, lane, -2, -1) for lane, target in enumerate(lanes)])

    grounds = coloured(marks, "rect", charts.LIGHT.floor)
    assert len(grounds) == 33
    assert max(mark["y"] + mark["height"] for mark in grounds) <= 210
    places = [text(marks, target)["y"] for target in charts.COLOURS]
    assert places == sorted(places)


# ------------------------------------------------------------------- changes


def change(number: int, t_s: float) -> Row:
    """A turn of a dial."""
    what = "upstream: 200 ms"
    return {"number": number, "at_s": 0, "t_s": t_s, "what": what, "kind": "upstream"}


@pytest.mark.parametrize(("name", "last_s"), [(name, FIGURES[name].last_s) for name in FIGURES])
def test_a_change_is_a_rule_at_its_time_with_its_number(name: str, last_s: int) -> None:
    """On the axis of the figure, before any other row is there."""
    marks = drawn(name, [], changes=[change(7, -last_s), change(9, -last_s / 4), change(11, 0)])

    quiet = charts.LIGHT.quiet
    places = [mark["x"] for mark in coloured(marks, "rule", quiet)]
    assert places[0] == pytest.approx(0)
    assert places[1] == pytest.approx(0.75 * places[2])
    badges = coloured(marks, "rect", quiet)
    for number, place, badge in zip((7, 9, 11), places, badges, strict=True):
        assert text(marks, str(number))["x"] == pytest.approx(place)
        assert badge["x"] + badge["width"] / 2 == pytest.approx(place)


def test_the_lanes_leave_out_a_change_that_is_older_than_they_are() -> None:
    """They show twelve seconds of the minute."""
    old, young = change(1, -12.5), change(2, -11.5)

    assert "1" not in texts(drawn("lanes", [], changes=[old, young]))
    assert "2" in texts(drawn("lanes", [], changes=[old, young]))
    assert {"1", "2"} <= set(texts(drawn("latency", [], changes=[old, young])))


@pytest.mark.parametrize("width_px", [660, 390])
def test_neighbours_in_time_do_not_lie_on_each_other(width_px: int) -> None:
    """The badges of two changes within a second, with two digits each."""
    rows = [change(number, -30 + 0.5 * number) for number in (10, 11)]
    marks = drawn("throughput", [], changes=rows, width_px=width_px)

    upper, lower = sorted(coloured(marks, "rect", charts.LIGHT.quiet), key=lambda mark: mark["y"])
    assert upper["y"] + upper["height"] <= lower["y"]
    assert text(marks, "11")["y"] < text(marks, "10")["y"]


# ------------------------------------------------------ processor and memory


@pytest.mark.parametrize(("name", "field"), [("processor", "cores_busy"), ("memory", "memory_mb")])
def test_what_a_target_uses_is_a_line_from_zero(name: str, field: str) -> None:
    """With a gap where it is not known, and the name at its end."""
    rows = minute("flask-svc", "fastapi-svc")
    for row in rows[40:60:2]:  # flask-svc has no supervisor for ten seconds
        row[field] = None
    marks = drawn(name, rows)

    for target, points in (("flask-svc", 51), ("fastapi-svc", 61)):
        assert len(coloured(marks, "line", strong(target))) == points, target
        value, y = next(row[field] for row in rows if row["target"] == target), text(marks, target)
        [zero] = [mark for mark in marks if mark["role"] == "axis-label" and mark["text"] == "0"]
        line = coloured(marks, "line", strong(target))[0]
        assert zero["y"] == pytest.approx(210)
        assert (zero["y"] - line["y"]) / (zero["y"] - _scale_top(marks)) == pytest.approx(
            value / _scale_end(marks)
        )
        assert y["y"] == pytest.approx(line["y"], abs=LINE_PX)


def _scale_labels(marks: list[Mark]) -> list[Mark]:
    return [mark for mark in marks if mark["role"] == "axis-label" and mark["align"] == "right"]


def _scale_top(marks: list[Mark]) -> float:
    return min(float(mark["y"]) for mark in _scale_labels(marks))


def _scale_end(marks: list[Mark]) -> float:
    return max(float(mark["text"].replace(",", "")) for mark in _scale_labels(marks))


def test_a_rule_marks_the_cores_of_the_machine() -> None:
    """Where they are near; else an arrow, because a far rule would flatten the lines."""
    near = drawn("processor", minute("flask-svc", cores_busy=1.2))
    far = drawn("processor", minute("flask-svc", cores_busy=0.2))

    [rule] = [mark for mark in coloured(near, "rule", LIGHT.ink) if mark["strokeDash"]]
    assert rule["y"] == pytest.approx(210 * (1 - 2 / _scale_end(near)))
    assert "2 cores" in texts(near)
    assert coloured(far, "rule", LIGHT.ink) == []
    assert "↑ 2 cores" in texts(far)
    assert _scale_end(far) == 0.25
    assert "1 core" in texts(drawn("processor", minute("flask-svc", cores_busy=0.9, cores=1)))
    assert not any("core" in each for each in texts(drawn("processor", [])))


def test_memory_is_not_drawn_where_nothing_is_known() -> None:
    """Without a supervisor there is no line at zero."""
    marks = drawn("memory", minute("flask-svc", memory_mb=None))

    assert coloured(marks, "line", strong("flask-svc")) == []
    assert "no data yet" in texts(marks)

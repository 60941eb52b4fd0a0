"""An experiment's file is read whole, or refused with a sentence that says why."""

import re
from pathlib import Path

import pytest

from lab.experiments import experiment_file
from lab.experiments.experiment import Load
from lab.experiments.experiment_file import ExperimentFileError

WHOLE = """
question = "How long do they take?"
explains = "They wait for a free worker."
claims = ["C1"]
measure = "makespan_s"
predict = "makespan_s"
tolerance = 0.05

[upstream]
delay_ms = 500

[quick]
tolerance = 0.2

[quick.upstream]
delay_ms = 100

[settings]
FLASK_WORKERS = "4"
CLIENT_CONNECTIONS = "0"

[[shapes]]
name = "ours"
target = "flask-svc"
settings = { FLASK_WORKERS = "8" }

[[cells]]
shapes = ["ours"]
routes = ["io"]
load = { kind = "burst", requests = [8, 30] }

[chart]
kind = "staircase"
metric = "makespan_s"
lanes = ["ours.io.burst-30"]
"""
A_LINE = """[[fits]]
name = "one"
metric = "makespan_s"
per = "request"
shapes = ["ours"]
"""
OPEN = "load = { kind = 'open', rate_rps = 5, duration_s = 1 }"


@pytest.fixture
def read(tmp_path):
    """A function that reads a file of that text, as WHOLE with some of it replaced."""

    def read(*replaced, name="41-ours.toml", text=WHOLE, **options):
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text)
        return experiment_file.read(path, **{"cores": 2} | options)

    return read


def test_a_file_becomes_an_experiment(read):
    """Cells in the order of the file, each with its prediction."""
    experiment = read()

    assert experiment.name == "41-ours"
    assert experiment.number == "41"
    assert experiment.claims == ("C1",)
    assert experiment.runtimes == ("docker", "local")
    assert (experiment.series, experiment.quick, experiment.is_control) == (3, False, False)
    few, many = experiment.cells
    assert (few.id, many.id) == ("ours.io.burst-8", "ours.io.burst-30")
    assert many.load == Load(kind="burst", requests=30)
    assert (many.shape, many.route, many.path, many.x) == ("ours", "io", "/io", 30)
    assert many.prediction.inputs == {"requests": 30, "slots": 8, "service_s": 0.5}
    assert many.prediction.value == 2.0  # ceil(30 / 8) = 4 waves of half a second
    assert (many.slots, many.service_s) == (8, 0.5)
    assert (many.measure, many.tolerance, many.tolerance_absolute) == ("makespan_s", 0.05, None)
    assert 2.0 < many.expected_s < 2.1
    assert experiment.chart.lanes == ("ours.io.burst-30",)


def test_the_dial_is_set_whole(read):
    """What a file does not mention is as it is where nobody turned it."""
    assert read().behaviour == {
        "delay_ms": 500.0,
        "distribution": "fixed",
        "spread_ms": 0.0,
        "sigma": 0.0,
        "error_rate": 0.0,
        "error_status": 503,
        "hang_rate": 0.0,
        "reset_rate": 0.0,
        "seed": None,
    }


def test_settings_lie_over_each_other(read):
    """The experiment's, the shape's over them, the user's over both; only the framework's own."""
    both = read(("[settings]", '[settings]\nFASTAPI_WORKERS = "2"'))
    [shape] = both.shapes
    assert shape.settings == {"FLASK_WORKERS": "8", "CLIENT_CONNECTIONS": "0"}

    asked = read(settings={"FLASK_WORKERS": "1", "FASTAPI_THREADS": "2"})
    [shape] = asked.shapes
    assert shape.settings == {"FLASK_WORKERS": "1", "CLIENT_CONNECTIONS": "0"}
    assert asked.cells[1].prediction.value == 15.0  # one at a time, 30 of half a second


def test_the_targets_own_settings_lie_below_the_shapes(read):
    """flask-gthread has 25 threads in each worker of its own."""
    threads = read(('target = "flask-svc"', 'target = "flask-gthread"'))
    assert threads.cells[0].slots == 8 * 25

    fewer = read(
        ('target = "flask-svc"', 'target = "flask-gthread"'),
        ('FLASK_WORKERS = "8"', 'FLASK_WORKERS = "8", FLASK_THREADS = "2"'),
    )
    assert fewer.cells[0].slots == 16


def test_quick_is_shorter_and_wider(read):
    """The dial and the tolerance of [quick]; the rest stays."""
    quick = read(quick=True)

    assert quick.quick
    assert quick.behaviour["delay_ms"] == 100.0
    assert [cell.tolerance for cell in quick.cells] == [0.2, 0.2]
    assert quick.cells[1].prediction.value == pytest.approx(0.4)
    assert quick.series == 1


def test_a_quick_run_has_the_series_that_its_own_table_says(read):
    """One unless it says otherwise, whatever the whole run has."""
    five = ("[upstream]", "series = 5\n[upstream]")
    two = ("[quick]", "[quick]\nseries = 2")

    assert (read(five).series, read(five, quick=True).series) == (5, 1)
    assert (read(two).series, read(two, quick=True).series) == (3, 2)
    assert read(five, two, quick=True).series == 2


def test_a_groups_own_quick_wins_over_the_files(read):
    """Its load, its tolerance; and a lane of a cell that is left out is left out as well."""
    own = "quick.load = { requests = 8, bursts = 4 }"
    group = ("requests = [8, 30] }", f"requests = [8, 30], bursts = 9 }}\n{own}")
    load = ("[quick.upstream]", "[quick.load]\nbursts = 3\n[quick.upstream]")

    quick = read(group, load, quick=True)
    assert [cell.load for cell in quick.cells] == [Load(kind="burst", requests=8, bursts=4)]
    assert quick.chart.lanes == ()

    full = read(group, load)
    assert [cell.load.bursts for cell in full.cells] == [9, 9]


def test_the_files_quick_load_replaces_what_a_load_has(read):
    """A key that the load does not have is none of it."""
    load = ("[quick.upstream]", "[quick.load]\nbursts = 3\n[quick.upstream]")
    second = (
        "[chart]",
        '[[cells]]\nshapes = ["ours"]\nroutes = ["async-io"]\n'
        'load = { kind = "burst", requests = 4 }\n[chart]',
    )

    quick = read(
        ("requests = [8, 30]", "requests = 8, bursts = 9"), ("lanes", "#"), load, second, quick=True
    )

    assert [cell.load.bursts for cell in quick.cells] == [3, 1]


def test_a_group_can_be_left_out_of_a_quick_run(read):
    """It is there in a full one."""
    second = (
        "[chart]",
        '[[cells]]\nshapes = ["ours"]\nroutes = ["async-io"]\nquick.left_out = true\n'
        'load = { kind = "burst", requests = 4 }\n[chart]',
    )

    assert len(read(second).cells) == 3
    assert len(read(second, quick=True).cells) == 2


def test_a_tolerance_of_a_group_replaces_both_of_the_files(read):
    """Relative and absolute are one choice."""
    absolute = ("tolerance = 0.05", "tolerance_absolute = 0.3")
    own = ("requests = [8, 30] }", "requests = [8, 30] }\ntolerance = 0.5")

    assert {(c.tolerance, c.tolerance_absolute) for c in read(absolute).cells} == {(0.0, 0.3)}
    assert {(c.tolerance, c.tolerance_absolute) for c in read(absolute, own).cells} == {(0.5, None)}


def test_every_combination_is_a_cell(read):
    """Routes by parts by amounts; the parts stand in the id and in the address."""
    experiment = read(
        ('routes = ["io"]', 'routes = ["io", "async-io-multi"]\nparts = [2, 4]\nx = "parts"'),
        ("[8, 30]", "30"),
        ('lanes = ["ours.io.burst-30"]', ""),
    )

    assert [(cell.id, cell.path, cell.x, cell.service_s) for cell in experiment.cells] == [
        ("ours.io.p2.burst-30", "/io?parts=2", 2, 0.5),  # one after the other: no gain
        ("ours.io.p4.burst-30", "/io?parts=4", 4, 0.5),
        ("ours.async-io-multi.p2.burst-30", "/async-io-multi?parts=2", 2, 0.25),
        ("ours.async-io-multi.p4.burst-30", "/async-io-multi?parts=4", 4, 0.125),
    ]


def test_the_upstream_itself_can_be_asked(read):
    """A direct cell has no shape; a suffix tells two alike apart."""
    direct = (
        "[chart]",
        '[[cells]]\ndirect = true\nroutes = ["io"]\nsuffix = "kept"\n'
        'load = { kind = "closed", users = 1, duration_s = 1 }\npredict = "response_s"\n'
        'measure = "mean_s"\n[chart]',
    )
    cell = read(direct).cells[-1]

    assert (cell.id, cell.shape, cell.path, cell.direct) == (
        "upstream.io.closed-1-kept",
        "upstream",
        "/call",
        True,
    )
    assert cell.prediction.inputs == {"users": 1, "slots": None, "service_s": 0.5, "think_s": 0.0}


def test_single_requests_are_asked_from_a_list(read):
    """They go to the group's path; what is marked as wrong is counted, and not sent."""
    asks = """
[[cells]]
shapes = ["ours"]
routes = ["users"]
path = "/users"
measure = "refused_share"
predict = "refused_share"
load = { kind = "ask", asks = "bad" }

[[asks.bad]]
method = "POST"
wrong = true
body = { age = "36" }

[[asks.bad]]
path = "/1"
"""
    cell = read(text=WHOLE + asks).cells[-1]

    assert cell.id == "ours.users.ask-bad"
    assert cell.load.asks == (
        {"method": "POST", "path": "/users", "body": {"age": "36"}},
        {"method": "GET", "path": "/users/1"},
    )
    assert cell.prediction.inputs == {"asked": 2, "wrong": 1}
    assert cell.prediction.value == 0.5


def test_threads_need_no_server(read):
    """They are the driver's own."""
    threads = (
        "[chart]",
        '[[cells]]\nload = { kind = "threads", requests = 50 }\nmeasure = "thread_start_s"\n'
        'why_none = "It is measured."\n[chart]',
    )
    cell = read(threads).cells[-1]

    assert (cell.id, cell.shape, cell.direct) == ("driver.threads-50", "driver", False)
    assert (cell.prediction.value, cell.prediction.why_none) == (None, "It is measured.")


def test_a_line_goes_through_the_cells_of_its_shapes(read):
    """Each cell's x is the abscissa."""
    fit = (
        "[chart]",
        '[[fits]]\nname = "one"\nmetric = "makespan_s"\nper = "request"\n'
        'shapes = ["ours"]\n[chart]',
    )
    [found] = read(fit).fits

    assert (found.name, found.per) == ("one", "request")
    assert found.cells == ("ours.io.burst-8", "ours.io.burst-30")


REFUSALS = [
    # The file as a whole.
    (
        ("question", "quesiton"),
        "question is missing (did you mean question instead of quesiton?): expected",
    ),
    (("[upstream]", "answer = 42\n[upstream]"), "answer is no key here: expected one of asks"),
    (('question = "How long do they take?"', ""), "question is missing: expected some text"),
    (('["C1"]', '["C1", "D4"]'), 'claims = "D4": expected a claim such as C1'),
    (("tolerance = 0.05", "tolerance = '5 %'"), 'tolerance = "5 %": expected a number above 0'),
    (("tolerance = 0.05", "tolerance = 0"), "tolerance = 0: expected a number above 0"),
    (("tolerance = 0.05", "tolerance = nan"), "tolerance = nan: expected a number above 0"),
    (("tolerance = 0.05", "tolerance = inf"), "tolerance = inf: expected a number above 0"),
    (("tolerance = 0.05", "tolerance = true"), "tolerance = True: expected a number above 0"),
    (("tolerance = 0.05\n\n", "\n"), "cells[1].tolerance = 0: expected a number above 0, or a"),
    (("[upstream]", "series = 0\n[upstream]"), "series = 0: expected a whole number from 1"),
    (("[upstream]", "series = 3.5\n[upstream]"), "series = 3.5: expected a whole number from 1"),
    (("[upstream]", "control = 1\n[upstream]"), "control = 1: expected true or false"),
    (
        ("[upstream]", 'runtimes = ["podman"]\n[upstream]'),
        'runtimes = "podman": expected a list of texts of docker, local',
    ),
    (
        ("[upstream]", 'runtimes = ["docker"]\n[upstream]'),
        "why_not.local is missing: expected some text",
    ),
    (
        ("[upstream]", '[why_not]\nlocal = "It can."\n[upstream]'),
        "why_not.local is no key here: expected no key here",
    ),
    # Predictions.
    (
        ('predict = "makespan_s"', 'predict_most = "makespan_s"'),
        'predict_most = "makespan_s": expected predict beside it, for the lower end',
    ),
    (
        ('predict = "makespan_s"', 'predict = "makespan_s"\npredict_most = "busy_slots"'),
        'predict = "makespan_s": makespan_s needs rate_rps, but this cell has no value for',
    ),
    (
        (
            'predict = "makespan_s"',
            'predict = "one_worker_makespan_s"\npredict_most = "makespan_s"',
        ),
        "makespan_s is 0.5, below one_worker_makespan_s, 4: expected the upper end of a range",
    ),
    (
        ('predict = "makespan_s"', 'predict = "makespan"'),
        'predict = "makespan": expected one of alone_s, answer_s, busy_slots',
    ),
    (('measure = "makespan_s"', 'measure = "makespan"'), 'measure = "makespan": expected one of'),
    (('predict = "makespan_s"', ""), 'cells[1].predict = "": expected a function of lab/theory.py'),
    (('measure = "makespan_s"\n', ""), 'cells[1].measure = "": expected one of'),
    (
        ("tolerance = 0.05", "tolerance = 0.05\nwhy_none = 'so'"),
        'why_none = "so": expected no such reason beside predict = makespan_s',
    ),
    (
        ('predict = "makespan_s"', 'predict = "busy_slots"'),
        'cells[1].predict = "busy_slots": busy_slots needs rate_rps',
    ),
    (
        ("[chart]", "[cells.inputs]\nspeed = 3\n[chart]"),
        "makespan_s has no input speed: expected one of requests, slots, service_s",
    ),
    (
        ("[chart]", "[cells.inputs]\nslots = 0\n[chart]"),
        "slots=0: expected a whole number above 0, or None for no limit",
    ),
    (
        ("[chart]", "[cells.inputs]\nslots = 'users'\n[chart]"),
        "makespan_s needs slots, but this cell has no value for users",
    ),
    (
        ("[chart]", "[cells.inputs]\nslots = []\n[chart]"),
        'cells[1].inputs.slots = []: expected a number, the name of one, or "none"',
    ),
    # The upstream.
    (("delay_ms = 500", "delay = 500"), "upstream.delay is no key here: expected one of delay_ms"),
    (("delay_ms = 500", "delay_ms = -1"), "upstream.delay_ms = -1: expected a number from 0"),
    (
        ("delay_ms = 500", "distribution = 'normal'"),
        'upstream.distribution = "normal": expected one of fixed, uniform, lognormal',
    ),
    (("delay_ms = 100", "delays = 1"), "quick.upstream.delays is no key here"),
    # Settings and shapes.
    (
        ('FLASK_WORKERS = "4"', 'FLASK_WORKRES = "4"'),
        "settings: FLASK_WORKRES is no setting of a server: expected FLASK_WORKERS",
    ),
    (
        ('FLASK_WORKERS = "4"', 'COLOUR = "4"'),
        "settings: COLOUR is no setting of a server: expected a name from .env, as FLASK_WORKERS",
    ),
    (('FLASK_WORKERS = "4"', "FLASK_WORKERS = 4"), 'settings.FLASK_WORKERS = 4: expected a text'),
    (
        ('FLASK_WORKERS = "8"', 'FLASK_WORKERS = "many"'),
        'shapes[1].settings: FLASK_WORKERS = "many": expected a whole number',
    ),
    (
        ('FLASK_WORKERS = "8"', 'FLASK_WORKERS = "0"'),
        'cells[1].shapes = "ours": FLASK_WORKERS=0',
    ),
    (
        ('FLASK_WORKERS = "8"', 'FLASK_WORKER_CLASS = "tornado"'),
        'cells[1].shapes = "ours": flask-svc: no rule for the slots of this worker class',
    ),
    (('FLASK_WORKERS = "4"', 'UPSTREAM_DELAY_MS = "4"'), "UPSTREAM_DELAY_MS is no setting of a"),
    (('FLASK_WORKERS = "4"', 'FLASK_SVC_PORT = "4"'), "FLASK_SVC_PORT is no setting of a server"),
    (
        ('target = "flask-svc"', 'target = "django-svc"'),
        'shapes[1].target = "django-svc": expected one of flask-svc, fastapi-svc',
    ),
    (('target = "flask-svc"', ""), 'shapes[1].target = "ours": expected one of flask-svc'),
    (('name = "ours"', 'name = "Ours!"'), 'shapes[1].name = "Ours!": expected small letters'),
    (('name = "ours"', 'name = "upstream"'), 'shapes[1].name = "upstream": expected small letters'),
    (
        ("[[cells]]", '[[shapes]]\nname = "ours"\ntarget = "flask-svc"\n[[cells]]'),
        'shapes[2].name = "ours": expected small letters, digits and hyphens, and no name twice',
    ),
    # Cells.
    (('shapes = ["ours"]', 'shapes = ["yours"]'), 'cells[1].shapes = "yours": expected a list of'),
    (('shapes = ["ours"]', "shapes = []"), "cells[1].shapes = []: expected a list of texts"),
    (('routes = ["io"]', 'routes = ["oi"]'), 'cells[1].routes = "oi": expected a list of texts'),
    (('routes = ["io"]', 'routes = "io"'), 'cells[1].routes = "io": expected a list of texts'),
    (('routes = ["io"]', 'routes = ["io", "io"]'), "expected each of them once"),
    (('routes = ["io"]', 'routes = ["ws"]'), 'cells[1].routes = "ws": expected ws for sockets'),
    (
        ('routes = ["io"]', 'routes = ["json"]'),
        "makespan_s needs slots, but this cell has no value for slots",
    ),
    (('routes = ["io"]', 'routes = ["io"]\nparts = 0'), "cells[1].parts = 0: expected a number"),
    (
        ('routes = ["io"]', 'routes = ["weather"]\nparts = 2'),
        'cells[1].query = "parts=2": expected no query on /weather',
    ),
    (
        ('routes = ["io"]', 'routes = ["cpu"]\nquery = "ms=fast"'),
        'cells[1].query = "ms=fast": expected ms=<number> on /cpu',
    ),
    (('routes = ["io"]', 'routes = ["io"]\npath = "/x"'), 'cells[1].path = "/x": expected routes'),
    (('routes = ["io"]', 'routes = ["io"]\nx = "users"'), 'cells[1].x = "users": expected a'),
    (
        ('routes = ["io"]', 'routes = ["io"]\nx = "CLIENT_TRANSPORT"'),
        'cells[1].x = "CLIENT_TRANSPORT": expected a setting that is a whole number',
    ),
    (
        ("[chart]", '[[cells]]\nshapes = ["ours"]\nroutes = ["io"]\n'
         'load = { kind = "burst", requests = 8 }\n[chart]'),
        'cells = "ours.io.burst-8": expected no cell twice: give one group a suffix',
    ),
    (
        ("[chart]", "[[fits]]\nname = 'one'\nmetric = 'makespan_s'\nper = 'x'\n"
         "shapes = ['driver']\n[chart]"),
        'fits[1].shapes = "driver": expected a list of texts of ours',
    ),
    # Loads.
    (('kind = "burst", ', ""), "cells[1].load.kind is missing: expected one of burst, closed"),
    (('kind = "burst"', 'kind = "flood"'), 'cells[1].load.kind = "flood": expected one of burst'),
    (("requests = [8, 30]", "users = 8"), "cells[1].load.requests is missing: expected a number"),
    (("requests = [8, 30]", "requests = [8, 8]"), "cells[1].load.requests = [8, 8]: expected"),
    (("requests = [8, 30]", "requests = []"), "cells[1].load.requests = []: expected a number"),
    (("requests = [8, 30]", "requests = 0"), "cells[1].load.requests = 0: expected a number"),
    (("requests = [8, 30]", "requests = 1.5"), "cells[1].load.requests = 1.5: expected a whole"),
    (("requests = [8, 30]", "requests = '8'"), 'cells[1].load.requests = "8": expected a number'),
    (
        ("[8, 30]", "[8, 30], users = 3"),
        "cells[1].load.users is no key here: expected one of bursts, kind, requests",
    ),
    (
        ("[quick.upstream]", "[quick.load]\nduration_s = 1\n[quick.upstream]"),
        "quick.load.duration_s = 1: expected a key that some cell's load has",
    ),
    (
        ('load = { kind = "burst", requests = [8, 30] }', "load = { kind = 'ask', asks = 'bad' }"),
        'cells[1].load.asks = "bad": expected one of the lists [[asks.NAME]]',
    ),
    (
        ('load = { kind = "burst", requests = [8, 30] }', OPEN.replace("5", "0")),
        "cells[1].load.rate_rps = 0: expected a number from 0.1, or a list of them",
    ),
    (
        ('load = { kind = "burst", requests = [8, 30] }', OPEN.replace("1 }", "0 }")),
        "cells[1].load.duration_s = 0: expected a number above 0",
    ),
    # The chart.
    (('kind = "staircase"', 'kind = "pie"'), 'chart.kind = "pie": expected one of points, sweep'),
    (("burst-30", "burst-31"), 'chart.lanes = "ours.io.burst-31": expected one of ours.io.burst-8'),
    (
        ('"makespan_s"\nlanes = ["ours.io.burst-30"]', f'"makespan_s"\nlog_x = true\n{A_LINE}'),
        "chart.log_x = True: expected false, or the straight lines of [[fits]] are curves",
    ),
    (
        ('lanes = ["ours.io.burst-30"]', '[[chart.panels]]\nx_title = "x"\nshapes = ["other"]'),
        'chart.panels[1].shapes = "other": expected a list of texts of ours',
    ),
    (
        ('lanes = ["ours.io.burst-30"]', '[[chart.panels]]\nx_title = "x"\nshapes = ["ours"]'),
        'chart.kind = "staircase": expected sweep, which alone has panels',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("replaced", "sentence"), REFUSALS, ids=lambda each: each[-1][:40])
def test_a_file_that_cannot_be_is_refused(read, replaced, sentence):
    """One sentence, which names file, key and value, and says what would do."""
    with pytest.raises(ExperimentFileError) as refusal:
        read(replaced)

    said = str(refusal.value)
    assert said.startswith("41-ours.toml: ")
    assert sentence in said
    assert "\n" not in said


def test_a_route_that_a_target_breaks_is_refused(read):
    """gevent runs no event loop of asyncio."""
    with pytest.raises(ExperimentFileError, match="expected a route that flask-gevent has"):
        read(('"flask-svc"', '"flask-gevent"'), ('routes = ["io"]', 'routes = ["async-io"]'))


@pytest.mark.parametrize("route", ["io", "async-io-multi", "weather", "stream", "cpu"])
def test_a_route_that_a_target_lacks_is_refused(read, route):
    """Starlette alone has two; a server that runs its app is the same under another name."""
    routes = ('routes = ["io"]', f'routes = ["{route}"]')
    with pytest.raises(ExperimentFileError, match="expected a route that starlette-svc has"):
        read(('"flask-svc"', '"starlette-svc"'), routes)
    app = ('{ FLASK_WORKERS = "8" }', '{ FASTAPI_APP = "starlette" }')
    with pytest.raises(ExperimentFileError, match="expected a route that fastapi-svc has"):
        read(('target = "flask-svc"', 'target = "fastapi-svc"'), app, routes)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"WORKERS": "2"}, "41-ours.toml with other settings: WORKERS is no setting of a server"),
        ({"FLASK_WORKERS": "two"}, 'FLASK_WORKERS = "two": expected a whole number'),
    ],
)
def test_settings_that_the_user_asks_for_are_checked(read, settings, sentence):
    """As those of the file are."""
    with pytest.raises(ExperimentFileError, match=re.escape(sentence)):
        read(settings=settings)


@pytest.mark.parametrize("name", ["ours.toml", "1-ours.toml", "41 ours.toml", "41-Ours.toml"])
def test_a_file_of_another_name_is_refused(read, name):
    """Its number and its phenomenon are its name."""
    with pytest.raises(ExperimentFileError, match="expected two digits, a name and .toml"):
        read(name=name)


def test_what_is_no_toml_is_refused(read, tmp_path):
    """With the place that the parser found."""
    with pytest.raises(ExperimentFileError, match=r"41-ours.toml: expected TOML: .*line 2"):
        read(text="\nquestion = ?")
    with pytest.raises(ExperimentFileError, match=r"42-not-there.toml: No such file"):
        experiment_file.read(Path(tmp_path / "42-not-there.toml"))


DATABASE = ('routes = ["io"]', 'routes = ["db-wait"]')
NO_LANES = ('lanes = ["ours.io.burst-30"]', "")


def test_a_route_of_the_database_waits_as_the_dial_says(read):
    """A connection of the pool is a slot as well; faults of the upstream are none of it."""
    four = ('FLASK_WORKERS = "8" }', 'FLASK_WORKERS = "4" }')
    faults = ("delay_ms = 500", "delay_ms = 500\nhang_rate = 0.5")
    [_, cell] = read(DATABASE, NO_LANES, four, faults).cells

    assert (cell.path, cell.slots, cell.service_s) == ("/db-wait", 4, 0.5)
    assert cell.prediction.value == 4.0


def test_a_quick_query_has_neither_slots_nor_a_wait(read):
    """As /json."""
    why = ('predict = "makespan_s"', 'why_none = "Nothing waits."')
    [cell, _] = read(
        ('routes = ["io"]', 'routes = ["db-read"]\nquery = "id=7"'), why, NO_LANES
    ).cells

    assert (cell.path, cell.slots, cell.service_s) == ("/db-read?id=7", None, None)


@pytest.mark.parametrize("metric", ["peak_busy", "busy_mean"])
def test_what_the_upstream_counts_is_not_known_of_the_database(read, metric):
    """A sentence, before anything is measured."""
    counted = ('measure = "makespan_s"', f'measure = "{metric}"')
    with pytest.raises(ExperimentFileError) as refusal:
        read(DATABASE, counted, ('predict = "makespan_s"', 'predict = "peak_busy"'))

    assert str(refusal.value) == (
        f'41-ours.toml: cells[1].measure = "{metric}": the upstream counts it, and knows nothing '
        "of requests to /db-wait: expected another metric, such as makespan_s"
    )


def test_a_range_has_two_functions_and_the_inputs_of_both(read):
    """8 workers of one slot: 30 requests take 4 waves of 0.5 s to 30."""
    [_, cell] = read(
        ('predict = "makespan_s"', 'predict = "makespan_s"\npredict_most = "one_worker_makespan_s"')
    ).cells

    assert (cell.prediction.value, cell.prediction.most) == (2.0, 15.0)
    assert cell.prediction.most_function == "one_worker_makespan_s"
    assert cell.prediction.inputs == {
        "requests": 30,
        "slots": 8,
        "service_s": 0.5,
        "tokens": 1,
    }


def test_a_group_that_predicts_one_number_drops_the_range_of_the_file(read):
    """The functions of a range belong together."""
    [cell, _] = read(
        (
            'predict = "makespan_s"',
            'predict = "makespan_s"\npredict_most = "one_worker_makespan_s"',
        ),
        ('routes = ["io"]', 'routes = ["io"]\npredict = "makespan_s"'),
    ).cells

    assert cell.prediction.most is None


def test_all_shapes_share_one_database(read):
    """So its own setting cannot differ between them."""
    second = '[[shapes]]\nname = "theirs"\ntarget = "flask-svc"\n\n[[cells]]'
    more = ('FLASK_WORKERS = "8" }', 'FLASK_WORKERS = "8", DB_MAX_CONNECTIONS = "20" }')
    with pytest.raises(ExperimentFileError) as refusal:
        read(more, ("[[cells]]", second))

    assert "one value of DB_MAX_CONNECTIONS, in [settings]" in str(refusal.value)
    common = ('CLIENT_CONNECTIONS = "0"', 'DB_MAX_CONNECTIONS = "20"')
    assert read(common).shapes[0].settings["DB_MAX_CONNECTIONS"] == "20"

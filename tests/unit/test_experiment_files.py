"""The lab's own experiments: each can be read, and predicts what the hand predicts."""

import re
import subprocess
import sys
from collections import Counter

import pytest

from lab.claims import ledger
from lab.environment import ROOT
from lab.experiments import behaviour, catalogue, experiment_file
from lab.experiments.experiment import DRIVER, HOLD
from mock_upstream.behaviour import DISTRIBUTIONS, Behaviour

NAMES = catalogue.names()
BUDGET_S = {False: 24 * 60, True: 200}
"""Loads alone, in all series, before servers start and between measurements. A whole report takes
40 minutes at most, a quick one six minutes."""


def read(number, *, quick=False, cores=2, settings=None):
    return experiment_file.read(catalogue.find(number), quick=quick, cores=cores, settings=settings)


def predicted(number, **options):
    """The predictions of an experiment by cell."""
    return {cell.id: cell.prediction.value for cell in read(number, **options).cells}


def test_they_are_numbered_from_one_on():
    """Numbers without a gap; none is given twice."""
    assert [name[:2] for name in NAMES] == [f"{number:02}" for number in range(1, 37)]


@pytest.mark.parametrize("cores", [1, 2, 8])
@pytest.mark.parametrize("quick", [False, True], ids=["full", "quick"])
@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_read_on_any_machine(name, quick, cores):
    """Each cell has a prediction or a reason, a tolerance, and an id that no other has."""
    experiment = read(name, quick=quick, cores=cores)

    assert experiment.cells
    for cell in experiment.cells:
        assert (cell.prediction.value is None) == bool(cell.prediction.why_none)
        assert cell.tolerance > 0 or cell.tolerance_absolute
        assert cell.expected_s > 0 or (cell.load.kind, cell.load.requests) == (HOLD, 0)
    assert Counter(cell.id for cell in experiment.cells).most_common(1)[0][1] == 1
    # Of 06 three starts of the servers tell too little, as its file explains.
    assert experiment.series == (1 if quick else 5 if name.startswith("06") else 3)


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_and_explains_in_plain_words(name):
    """A question, and two to four sentences for a newcomer."""
    experiment = read(name)
    sentences = re.findall(r"[.?!](?= |$)", experiment.explains)

    assert experiment.question.endswith("?")
    assert 2 <= len(sentences) <= 4


@pytest.mark.parametrize("name", NAMES)
def test_each_tolerance_says_why(name):
    """A comment on its line or above it: it was chosen before anything was measured."""
    lines = catalogue.find(name).read_text().splitlines()
    chosen = [
        number for number, line in enumerate(lines) if re.match(r"(quick\.)?tolerance\w* =", line)
    ]
    # One reason may be for two tolerances that stand together.
    without = [
        lines[number]
        for number in chosen
        if "#" not in lines[number] + lines[number - 1] and number - 1 not in chosen
    ]

    assert chosen
    assert without == []


@pytest.mark.parametrize("name", NAMES)
def test_a_quick_one_is_shorter_and_no_stricter(name):
    """The same cells or fewer, the same question, wider tolerances."""
    full, quick = read(name), read(name, quick=True)
    by_id = {cell.id: cell for cell in full.cells}
    total_s = [each.series * sum(cell.expected_s for cell in each.cells) for each in (full, quick)]

    assert {cell.id for cell in quick.cells} <= set(by_id)
    assert total_s[1] < total_s[0] or total_s[0] < 1
    for cell in quick.cells:
        assert cell.tolerance >= by_id[cell.id].tolerance
        if by_id[cell.id].tolerance_absolute:
            assert cell.tolerance_absolute >= by_id[cell.id].tolerance_absolute


@pytest.mark.parametrize("quick", [False, True], ids=["full", "quick"])
def test_no_shape_is_started_in_vain(quick):
    """A quick run leaves out shapes with their last cell."""
    for name in NAMES:
        experiment = read(name, quick=quick)

        assert {each.name for each in experiment.shapes} == {
            cell.shape for cell in experiment.cells if not cell.direct
        } - {DRIVER}, name


@pytest.mark.parametrize("quick", [False, True], ids=["full", "quick"])
def test_all_of_them_fit_into_the_time_there_is(quick):
    """Half a minute or so beyond what is measured is the servers' own."""
    experiments = [read(name, quick=quick) for name in NAMES]
    total_s = sum(each.series * sum(cell.expected_s for cell in each.cells) for each in experiments)

    assert total_s <= BUDGET_S[quick]


def test_each_claim_is_put_to_the_test():
    """Every id of the ledger, except for what counting decides, and no other."""
    named = {claim for name in NAMES for claim in read(name).claims}

    assert named == {each.id for each in ledger.CLAIMS if each.experiments}


def test_the_dial_has_the_fields_of_the_upstream():
    """The same names, defaults and distributions."""
    assert dict(behaviour.UNCHANGED) == Behaviour().as_dict()
    assert behaviour.DISTRIBUTIONS == DISTRIBUTIONS


def test_the_dials_can_be_set():
    """What an experiment asks of the upstream, the upstream does."""
    for name in NAMES:
        for quick in (False, True):
            asked = read(name, quick=quick).behaviour
            assert Behaviour().changed(asked).as_dict() == asked


def test_one_user_waits_for_one_task():
    """150 ms, or half of it in two parts at once."""
    assert set(predicted("01").values()) == {0.15, 0.075}
    assert predicted("01")["flask-svc.async-io-multi.closed-1"] == 0.075
    assert read("01").is_control


def test_sixteen_at_once_take_four_waves_or_one():
    """16 / 4 = 4 tasks of 1 s; 3 find a worker each; 160 slots, or none, take all at once."""
    assert predicted("02") == {
        "flask-svc.io.burst-3": 1.0,
        "flask-svc.io.burst-16": 4.0,
        "fastapi-svc.io.burst-16": 1.0,
        "fastapi-svc.async-io.burst-16": 1.0,
    }


def test_other_settings_of_the_user_change_the_prediction():
    """With 8 workers there are two waves, whatever .env says."""
    found = predicted("02", settings={"FLASK_WORKERS": "8"})

    assert found["flask-svc.io.burst-16"] == 2.0


def test_a_split_wait_is_as_much_shorter_as_it_has_parts():
    """4 waves of 1 s by p for Flask; one for FastAPI."""
    assert predicted("04") == pytest.approx(
        {
            "flask-svc.async-io-multi.p1.burst-16": 4.0,
            "flask-svc.async-io-multi.p2.burst-16": 2.0,
            "flask-svc.async-io-multi.p4.burst-16": 1.0,
            "flask-svc.async-io-multi.p8.burst-16": 0.5,
            "fastapi-svc.async-io-multi.p1.burst-100": 1.0,
            "fastapi-svc.async-io-multi.p2.burst-100": 0.5,
            "fastapi-svc.async-io-multi.p4.burst-100": 0.25,
            "fastapi-svc.async-io-multi.p8.burst-100": 0.125,
        }
    )


def test_a_hundred_at_once_take_twenty_five_waves_or_one():
    """In tasks of the article's second: 25, 25 and half of that; 1, 1 and a half."""
    assert predicted("05") == pytest.approx(
        {
            "flask-svc.io.burst-100": 25.0,
            "flask-svc.async-io.burst-100": 25.0,
            "flask-svc.async-io-multi.burst-100": 12.5,
            "fastapi-svc.io.burst-100": 1.0,
            "fastapi-svc.async-io.burst-100": 1.0,
            "fastapi-svc.async-io-multi.burst-100": 0.5,
        }
    )


def test_a_second_wave_is_predicted_from_the_tokens_of_a_worker():
    """40 of 100 on one of four by dice is once in 770; 100 tokens, or none needed: never."""
    found = predicted("06")

    assert found["shared-40.io.burst-100"] == pytest.approx(0.0012959, rel=1e-3)
    assert found["own-40.io.burst-100"] == found["shared-40.io.burst-100"]
    assert found["shared-100.io.burst-100"] == 0.0
    assert found["shared-40.async-io.burst-100"] == 0.0


def test_a_blocking_call_leaves_a_worker_one_slot():
    """Four workers, so four at once; 16 where a thread or the loop waits."""
    assert predicted("07") == {
        "fastapi-svc.blocking-io.burst-16": 4,
        "fastapi-svc.io.burst-16": 16,
        "fastapi-svc.async-io.burst-16": 16,
        "flask-svc.blocking-io.burst-16": 4,
    }


def test_slots_are_equal_in_every_shape():
    """100 in each, so the same prediction: 100 users by 800 ms."""
    cells = read("08").cells

    assert {cell.slots for cell in cells} == {100}
    assert {cell.prediction.value for cell in cells} == {125.0}


def test_a_clients_limit_makes_waves():
    """4 workers with 100 connections each: 1,000 in three waves; without a limit in one."""
    found = predicted("09")

    assert found["default-limits.weather.burst-100"] == 0.5
    assert found["default-limits.weather.burst-1000"] == 1.5
    assert found["raised-limits.weather.burst-1000"] == 0.5
    assert found["as-printed.weather.burst-1000"] == 0.5


def test_memory_is_drawn_over_workers_or_requests():
    """Each line has its own abscissa; nothing is sent to the idle ones."""
    experiment = read("11")
    at = {cell.id: cell.x for cell in experiment.cells}
    lines = {fit.name: [at[cell] for cell in fit.cells] for fit in experiment.fits}

    assert lines == {
        "flask-worker": [1, 2, 4, 8],
        "preloaded-worker": [1, 8],
        "fastapi-worker": [2, 4],
        "thread": [10, 50, 100],
        "greenlet": [10, 50, 100],
        "fastapi-thread": [10, 50, 100],
        "request": [100, 300, 500],
    }


def test_what_is_held_grows_on_one_server_and_begins_anew():
    """The fewest first, on a fresh server: memory and threads are not given back."""
    for quick in (False, True):
        held = [cell for cell in read("11", quick=quick).cells if cell.load.requests]
        by_shape = {cell.shape: [c for c in held if c.shape == cell.shape] for cell in held}
        for cells in by_shape.values():
            assert [cell.fresh for cell in cells] == [True] + [False] * (len(cells) - 1)
            assert [cell.x for cell in cells] == sorted(cell.x for cell in cells)


def test_users_add_to_the_rate_up_to_the_slots():
    """500 ms: 1 user makes 2 per second, 4 slots 8 at most, 10,000 without limit 20,000."""
    found = predicted("13")

    assert found["flask-svc.io.closed-1"] == 2.0
    assert found["flask-svc.io.closed-10"] == found["flask-svc.io.closed-10000"] == 8.0
    assert found["fastapi-svc.async-io.closed-10000"] == 20000.0


def test_a_server_with_left_over_users_is_started_anew():
    """Four slots would serve a hundred users for 12 s after they have left; ten thousand take
    a while anywhere."""
    fresh = {cell.id for name in ("13", "15") for cell in read(name).cells if cell.fresh}

    assert fresh == {
        "flask-svc.io.closed-100",
        "flask-svc.io.closed-1000",
        "flask-svc.io.closed-10000",
        "fastapi-svc.async-io.closed-10000",
    }


def test_open_load_waits_above_capacity_where_closed_load_does_not():
    """40 per second: below it 100 ms; 60 pile up, (0.3 + 1.2 / 2) * 0.5 s more; 6 users 150 ms."""
    assert predicted("14") == pytest.approx(
        {
            "flask-svc.io.open-20": 0.1,
            "flask-svc.io.open-36": 0.1,
            "flask-svc.io.open-60": 0.55,
            "flask-svc.io.closed-2": 0.1,
            "flask-svc.io.closed-4": 0.1,
            "flask-svc.io.closed-6": 0.15,
        }
    )


def test_a_small_box_is_a_container():
    """On the other runtime it says why not."""
    experiment = read("15")

    assert experiment.runtimes == ("docker",)
    assert set(experiment.why_not) == {"local"}
    assert {shape.settings["SERVICE_MEMORY"] for shape in experiment.shapes} == {"256m"}


@pytest.mark.parametrize(("cores", "two_workers"), [(1, 50.0), (2, 100.0), (8, 100.0)])
def test_computing_is_done_on_as_many_cores_as_there_are_workers(cores, two_workers):
    """1 / 20 ms = 50 per second and core; whether the route is async makes no difference."""
    found = predicted("16", cores=cores)

    for framework in ("flask", "fastapi"):
        for route in ("cpu", "async-cpu"):
            assert found[f"{framework}-1.{route}.closed-8"] == 50.0
            assert found[f"{framework}-2.{route}.closed-8"] == two_workers


def test_a_slow_tail_needs_slots_for_the_mean():
    """100 ms * e^0.32 = 137.7 ms: 175 per second keep 24.1 busy, 260 keep 35.8 or all of 26."""
    experiment = read("17")
    found = {cell.id: cell.prediction.value for cell in experiment.cells}

    assert found == pytest.approx(
        {
            "by-mean.io.open-175": 24.10,
            "by-mean.io.open-260": 35.81,
            "by-median.io.open-260": 26.0,
        },
        abs=0.01,
    )
    # The wait that progress counts with is the same mean, by another way.
    assert experiment.cells[0].service_s == pytest.approx(0.137713, rel=1e-3)


def test_a_hundred_threads_are_a_hundred_slots_on_paper():
    """4 * 25, whether or not a worker accepts more connections than that."""
    experiment = read("19")

    assert {cell.slots for cell in experiment.cells} == {100, None}
    assert {cell.prediction.value for cell in experiment.cells} == {200.0}


def test_twelve_of_thirteen_users_are_wrong():
    """Three of them not by Pydantic's defaults. And no page of the documentation is."""
    found = predicted("20")

    assert found["flask-svc.manual-users.ask-bad"] == 12 / 13
    assert found["fastapi-svc.default-users.ask-bad"] == 9 / 13
    assert found["fastapi-svc.docs.ask-pages"] == 0.0


def test_what_is_held_open_holds_a_slot_for_as_long():
    """9 lines 100 ms apart last 800 ms, a WebSocket 500: four turns, or one."""
    assert predicted("21") == pytest.approx(
        {
            "flask-svc.stream.burst-16": 3.2,
            "fastapi-svc.stream.burst-16": 0.8,
            "flask-svc.ws.sockets-16": 2.0,
            "fastapi-svc.ws.sockets-16": 0.5,
        }
    )


def test_the_example_in_the_manual_can_be_read(tmp_path):
    """experiments/README.md shows a whole file."""
    [text] = re.findall(
        r"```toml\n(.*?)```", (ROOT / "experiments/README.md").read_text(), re.DOTALL
    )
    path = tmp_path / "41-my-question.toml"
    path.write_text(text)

    experiment = experiment_file.read(path)

    assert {cell.id: cell.prediction.value for cell in experiment.cells} == {
        "ours.io.burst-8": 0.5,
        "ours.io.burst-30": 2.0,  # ceil(30 / 8) = 4 waves of half a second
    }


def test_files_are_read_with_python_alone():
    """The host reads them in Docker mode, and has nothing installed."""
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from lab.experiments import catalogue, experiment_file\n"
        "for name in catalogue.names(): experiment_file.read(catalogue.find(name))\n"
    )
    bare = subprocess.run(
        [sys.executable, "-S", "-I", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert bare.stderr == ""
    assert bare.returncode == 0


def test_a_pool_is_the_limit_unless_threads_or_tokens_are_fewer():
    """20 or 50 on 4 or 10 connections take 5 waves of 500 ms; 100 on 100, 25 threads, 40 tokens."""
    found = predicted("26")

    assert {found[f"{shape}.db-wait.burst-20"] for shape in ("flask-4", "fastapi-4")} == {2.5}
    assert found["fastapi-10.async-db-wait.burst-50"] == 2.5
    assert found["fastapi-100.async-db-wait.burst-100"] == 0.5
    assert found["fastapi-100.db-wait.burst-100"] == 1.5
    assert found["flask-100.db-wait.burst-100"] == 2.0
    rates = {value for cell, value in found.items() if "closed-20" in cell}
    assert rates == {20.0}


def test_a_blocking_driver_leaves_a_worker_one_request_at_a_time():
    """8 at once: 8 waves on one worker, 4 to 8 on two, one wave where nothing blocks."""
    found = {cell.id: cell.prediction for cell in read("27").cells}

    assert found["fastapi-1.blocking-db-wait.burst-8"].value == 4.0
    two = found["fastapi-2.blocking-db-wait.burst-8"]
    assert (two.value, two.most) == (2.0, 4.0)
    for other in ("fastapi-1.db-wait", "fastapi-1.async-db-wait", "flask-threads.blocking-db-wait"):
        assert found[f"{other}.burst-8"].value == 0.5


def test_pools_of_several_workers_are_predicted_from_even_draws_to_one_worker():
    """16, 64 and 100 on 4 x 1, 4 x 4 and 4 x 10 connections; Flask's workers draw evenly."""
    found = {cell.id: cell.prediction for cell in read("29").cells}
    ranges = {
        id.partition(".")[0]: (each.value, each.most)
        for id, each in found.items()
        if each.function == "makespan_s"
    }

    assert ranges == {
        "fastapi-1": (2.0, 8.0),
        "fastapi-4": (2.0, 8.0),
        "fastapi-10": (1.5, 5.0),
        "flask-sync": (2.0, None),
        "flask-threads": (1.5, None),
    }
    draws = [each for each in found.values() if each.function == "makespan_over_draw"]
    assert [(each.value, each.inputs["tokens"]) for each in draws] == [(1, 1), (1, 4), (1, 10)]


def test_of_tokens_and_connections_the_fewer_are_the_slots():
    """60 at once on 15, 40 and 10."""
    assert {cell.slots: cell.prediction.value for cell in read("30").cells} == {
        15: 2.0,
        40: 1.0,
        10: 3.0,
    }


def test_a_database_with_few_connections_halves_a_pool_and_turns_requests_away():
    """20 connections for 40 at once."""
    assert predicted("31") == {
        "pool-of-40.async-db-wait.burst-20": 0.5,
        "pool-of-40.async-db-wait.burst-40": 1.0,
    }
    assert set(predicted("32").values()) == {0, 20}
    for number in ("31", "32"):
        assert {each.settings["DB_MAX_CONNECTIONS"] for each in read(number).shapes} == {"20"}

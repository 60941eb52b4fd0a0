"""What a check says of numbers that were made up: honest or not, met or not, and beyond doubt."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_exercise
import pytest
from made_run import answer

from lab.experiments.experiment import Experiment
from lab.experiments.settings import BASE
from lab.results.measurement import Measurement, Process, Row
from lab.results.reading import Run
from lab.running import warming
from lab.runtime import RuntimeProblem
from lab.verdicts.summary import summarize
from workshop.exercises import (
    arranging,
    doubting,
    exercise_commands,
    exercise_screen,
    honesty,
    judging,
)
from workshop.exercises import exercise_file as exercise_file
from workshop.exercises.attempt import Attempt
from workshop.exercises.exercise import Exercise, Honest, Requirement

DELAY_S = 0.3


def rows(latencies_s: Sequence[float], status: int = 200, error: str = "") -> list[Row]:
    return [
        Row(answer(latency_s=each, status=status, upstream_s=DELAY_S, error=error))
        for each in latencies_s
    ]


def stats(served: int = 4, held_s: float = DELAY_S, late_ms: float = 0.5) -> dict[str, Any]:
    late = {"p50": late_ms, "p99": late_ms, "max": late_ms}
    return {"served": served, "peak": 4, "held_ms": 1000 * held_s * served, "late_ms": late}


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    """The one about slots; nothing is put into place."""
    return exercise_file.read(made_exercise.slots(tmp_path))


def tried(exercise: Exercise, **changes: Any) -> Attempt:
    """Four at once, answered as they should be by four workers, except for what is changed."""
    experiment = changes.pop("experiment", None) or arranging.experiment(
        exercise, {"FLASK_WORKERS": "4"}
    )
    metadata = {
        "state": "complete",
        "servers": {"flask-svc": {"workers": changes.pop("workers", 4), "slots": {"io": 4}}},
        "busy_before": changes.pop("busy_before", 0.0),
    }
    dial = changes.pop("dial", {})
    said = changes.pop("said", {})
    one = Measurement(
        **{
            "cell": experiment.cells[0].id,
            "series": 1,
            "began_s": 0.0,
            "wall_s": 0.4,
            "rows": rows([0.305, 0.306, 0.307, 0.308]),
            "upstream": stats(),
            "driver": {"cpu_s": 0.01, "wall_s": 0.4},
        }
        | changes
    )
    run = Run(Path("results/run"), metadata, experiment, [one])
    return Attempt(
        exercise=exercise,
        run=run,
        summary=summarize(run),
        dial=warming.behaviour(experiment) | dial,
        said=said,
    )


def judged(
    attempt: Attempt, capsys: pytest.CaptureFixture[str], *, is_tried: bool = True
) -> tuple[int, str]:
    code = exercise_commands._judge(attempt, is_tried=is_tried)
    return code, capsys.readouterr().out


def test_an_honest_try_that_is_fast_enough_passes(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table with every requirement, and one sentence."""
    assert judged(tried(exercise), capsys) == (
        0,
        "                              measured   required\n"
        "flask-svc, makespan           308 ms     at most 600 ms   ok\n"
        "flask-svc, worker processes   4          at most 4        ok\n"
        "\n"
        "PASS: flask-svc took 308 ms for 4 at once; flask-svc has 4 worker processes.\n",
    )


def test_the_first_requirement_that_is_missed_is_told_with_a_hint(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own, or the exercise's where it has none."""
    slow = tried(exercise, rows=rows([1.2] * 4))
    code, told = judged(slow, capsys)
    assert code == 3
    assert told.endswith(
        "NOT YET: flask-svc took 1.20 s for 4 at once; at most 600 ms is required.\n"
        "Hint: How many workers make one wave?\n"
    )

    many = tried(exercise, workers=16)
    code, told = judged(many, capsys)
    assert code == 3
    assert "flask-svc, worker processes   16         at most 4        NOT YET\n" in told
    assert told.endswith(
        "NOT YET: flask-svc has 16 worker processes; at most 4 is required.\n"
        "Hint: One worker serves one request at a time.\n"
    )


def test_before_anything_is_changed_there_is_no_hint(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured and what is required, and where to begin."""
    code, told = judged(tried(exercise, rows=rows([1.2] * 4)), capsys, is_tried=False)

    assert code == 3
    assert told.endswith(
        "NOT YET: flask-svc took 1.20 s for 4 at once; at most 600 ms is required.\n"
        "Nothing is changed yet: `make exercise N=01` says what you may change.\n"
    )


def test_a_bound_that_is_the_answer_is_told_in_words(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it is met or not: the number itself stands nowhere."""
    makespan, workers = exercise.requirements
    secret = replace(exercise, requirements=(makespan, replace(workers, told="as few as it takes")))

    for many, code in ((4, 0), (16, 3)):
        found, told = judged(tried(secret, workers=many), capsys)
        assert found == code
        assert f"flask-svc, worker processes   {many:<8}   as few as it takes   " in told
        assert "at most 4" not in told
    assert "16 worker processes; as few as it takes is required." in told


DISHONEST = {
    "it asked less often": (
        {"upstream": stats(served=3)},
        "flask-svc gave 4 answers and asked the upstream 3 times for them: "
        "4 calls are needed, 1 for each answer",
    ),
    "it asked under another name": (
        {"upstream": {}},
        "flask-svc gave 4 answers and asked the upstream 0 times for them",
    ),
    "it asked for less": (
        {"upstream": stats(held_s=0.15)},
        "each answer of flask-svc used 150 ms of upstream time but needs 300 ms",
    ),
    "the dial was turned": (
        {"dial": {"hang_rate": 0.5}},
        "the upstream's dial changed during the measurement (hang_rate from 0.0 to 0.5): "
        "do not change it",
    ),
    "an answer came too early": (
        {"rows": rows([0.305, 0.306, 0.307, 0.2])},
        "1 of 4 answers of flask-svc came too early: after 200 ms, "
        "although a call to the upstream takes 300 ms",
    ),
    "an error was answered": (
        {"rows": rows([0.305] * 3) + rows([0.305], 503, "status 503")},
        "1 of 4 requests to flask-svc were answered with 503 and not with 200",
    ),
    "nobody was answered": (
        {"rows": rows([20.0] * 4, 0, "no answer in 20 s"), "upstream": stats(served=0)},
        "4 of 4 requests to flask-svc were not answered (no answer in 20 s)",
    ),
}


@pytest.mark.parametrize("way", DISHONEST)
def test_what_is_not_honest_is_told_before_any_number(
    exercise: Exercise, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    """Each in a sentence of its own."""
    changes, reason = DISHONEST[way]

    code, told = judged(tried(exercise, **changes), capsys)
    assert code == 3
    assert told.startswith(f"NOT YET: {reason}")
    assert "required" not in told


def test_what_failed_inside_is_told_by_the_server_itself(exercise: Exercise) -> None:
    """The last error of its log, for an answer that says that it is the server's fault."""
    log = (
        "Traceback (most recent call last):\n"
        '  File "/venv/lib/python3.13/site-packages/flask/app.py", line 9, in x\n'
        '  File "/sandbox/flask_svc/app.py", line 31, in io\n'
        "KeyError: 'city'\n"
        "[2026] [INFO] Worker exiting (pid: 7)\n"
    )
    attempt = tried(exercise, rows=rows([0.3] * 4, 500, "status 500"), said={"flask-svc": log})

    assert honesty.after(attempt).endswith("not with 200 (KeyError: 'city' (app.py, line 31))")


def test_some_that_were_not_answered_spoil_a_pass(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the others' numbers are."""
    quick = replace(
        exercise, requirements=(Requirement(cell="flask-svc", metric="p50_s", at_most=0.6),)
    )
    lost = rows([0.305] * 3) + rows([20.0], 0, "no answer in 20 s")
    code, told = judged(tried(quick, rows=lost), capsys)

    assert code == 3
    assert "NOT YET: 1 of 4 requests to flask-svc were not answered (no answer in 20 s)" in told


def test_several_calls_are_counted_and_timed_for_each_answer(exercise: Exercise) -> None:
    """Three of 0.3 s each: at once they take 0.3 s, and never less."""
    three = replace(exercise, honest=Honest(calls_per_request=3, held_s_per_request=0.9))

    assert honesty.after(tried(three, upstream=stats(served=12))) == ""
    assert "12 calls are needed, 3 for each answer" in honesty.after(
        tried(three, upstream=stats(served=8))
    )
    assert "used 600 ms of upstream time" in honesty.after(
        tried(three, upstream=stats(served=12, held_s=0.2))
    )
    early = tried(three, upstream=stats(served=12), rows=rows([0.29] * 4))
    assert "after 290 ms, although a call to the upstream takes 300 ms" in honesty.after(early)


def test_a_route_that_asks_nobody_need_not_ask(exercise: Exercise) -> None:
    """Where the exercise says so."""
    none = replace(exercise, honest=Honest(calls_per_request=0))

    assert honesty.after(tried(none, upstream={}, rows=rows([0.001] * 4))) == ""


@pytest.fixture
def pool(tmp_path: Path) -> Exercise:
    """The one about connections to the database."""
    return exercise_file.read(made_exercise.pool(tmp_path))


def connected(pool: Exercise, **changes: Any) -> Attempt:
    """Four at once on four connections, which only the database has counted."""
    settings = {"db_pool": 4, "db_lifetime": "worker"} | changes.pop("settings", {})
    counted = {"served": 4, "peak": 4, "held_ms": 1200.0, "connections": 4}
    given = {
        "experiment": arranging.experiment(pool, {"FASTAPI_WORKERS": "1", "DB_POOL": "4"}),
        "upstream": {},
        "database": counted | changes.pop("database", {}),
    }
    attempt = tried(pool, **{**given, **changes})
    server = {"workers": changes.get("workers", 1), "settings": settings}
    attempt.run.metadata["servers"] = {"fastapi-svc": server}
    return attempt


def test_the_database_counts_what_waits_for_it(
    pool: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """The upstream has seen nothing of it, and need not."""
    assert judged(connected(pool), capsys) == (
        0,
        "              measured   required\n"
        "fastapi-svc   4          at most 4   ok\n"
        "\n"
        "PASS: fastapi-svc has 4 connections to the database.\n",
    )


@pytest.mark.parametrize(
    ("database", "latencies_s", "reason"),
    [
        ({"served": 3}, [0.31] * 4, "gave 4 answers and asked the database 3 times for them"),
        ({"held_ms": 20.0}, [0.31] * 4, "used 5.0 ms of database time but needs 300 ms"),
        ({}, [0.2, 0.31, 0.31, 0.31], "although a call to the database takes 300 ms"),
    ],
)
def test_whoever_leaves_the_database_out_is_told(
    pool: Exercise, database: dict[str, float], latencies_s: list[float], reason: str
) -> None:
    """By its own counts, whatever the upstream has seen."""
    attempt = connected(pool, database=database, rows=rows(latencies_s), upstream=stats())

    assert reason in honesty.after(attempt)


@pytest.mark.parametrize(
    ("changes", "connections"),
    [
        ({"workers": 3}, 12.0),  # that many may be opened, though 4 were
        ({"database": {"connections": 9}}, 9.0),
        ({"database": {"peak": 7}}, 7.0),
        ({"settings": {"db_lifetime": "request"}, "database": {"connections": 0, "peak": 6}}, 6.0),
    ],
)
def test_connections_are_the_most_of_three_numbers(
    pool: Exercise, changes: dict[str, Any], connections: float
) -> None:
    """What the pools may open, what is open, and what was busy: none hides another."""
    [answer] = judging.answers(connected(pool, **changes))

    assert answer.value == connections
    assert answer.is_met == (connections <= 4)


def test_without_a_count_there_are_no_connections(pool: Exercise) -> None:
    """Absent, and never 0, which would be met."""
    attempt = connected(pool)
    attempt.run.metadata["servers"] = {}
    unknown = replace(attempt.run.measurements[0], database={})
    attempt = replace(attempt, run=replace(attempt.run, measurements=[unknown]))

    [answer] = judging.answers(attempt)

    assert (answer.value, answer.is_met) == (None, False)


def test_where_the_dial_draws_each_wait_the_mean_counts(exercise: Exercise) -> None:
    """Single answers may come soon then."""
    experiment = arranging.experiment(exercise, {"FLASK_WORKERS": "4"})
    spread = {"delay_ms": 300.0, "distribution": "uniform", "spread_ms": 200.0}
    experiment = replace(experiment, behaviour=dict(experiment.behaviour) | spread)
    fair = tried(exercise, experiment=experiment, rows=rows([0.11, 0.25, 0.3, 0.49]))
    unfair = tried(exercise, experiment=experiment, rows=rows([0.11, 0.15, 0.2, 0.11]))

    assert honesty.after(fair) == ""
    assert "came too early: after 14" in honesty.after(unfair)


def test_answers_that_hang_are_no_shorter_work(exercise: Exercise) -> None:
    """What the dial never answers was not served, and is no part of what an answer takes."""
    experiment = arranging.experiment(exercise, {"FLASK_WORKERS": "4"})
    hanging = replace(experiment, behaviour=dict(experiment.behaviour) | {"hang_rate": 0.05})
    cell = replace(hanging.cells[0], errors_expected=True)
    hanging = replace(hanging, cells=(cell,))
    some = rows([0.305] * 3) + rows([2.0], 504, "status 504")

    assert honesty.after(tried(exercise, experiment=hanging, rows=some)) == ""


def test_other_settings_than_the_exercises_are_refused(exercise: Exercise, tmp_path: Path) -> None:
    """By name and place, before anything is started; its own may be anything."""
    usual = dict(BASE)
    ours = usual | {"FLASK_WORKERS": "16", "LAB_BIND": "0.0.0.0", "SERVICE_MEMORY": "2g"}
    assert honesty.before(exercise, ours, tmp_path) == ""

    delay = usual | {"UPSTREAM_DELAY_MS": "500"}
    assert honesty.before(exercise, delay, tmp_path) == (
        "UPSTREAM_DELAY_MS=500 in your shell is no part of this exercise: "
        "`unset UPSTREAM_DELAY_MS`; you may change FLASK_WORKERS"
    )
    (tmp_path / ".env.local").write_text("FLASK_THREADS=8\n")
    threads = usual | {"FLASK_THREADS": "8"}
    assert honesty.before(exercise, threads, tmp_path).startswith(
        "FLASK_THREADS=8 in .env.local is no part of this exercise: take it out"
    )
    own = {"GUNICORN_CMD_ARGS": "--workers 16"}
    assert "GUNICORN_CMD_ARGS" in honesty.before(exercise, usual | own, tmp_path)


def test_settings_that_another_exercise_left_are_taken_out_by_beginning(
    exercise: Exercise, tmp_path: Path
) -> None:
    """Who checks without having begun is told the command."""
    exercise_commands.block.put(tmp_path / ".env.local", "06-forty", {"FLASK_THREADS": "8"})

    said = honesty.before(exercise, dict(BASE) | {"FLASK_THREADS": "8"}, tmp_path)
    assert "FLASK_THREADS=8 of exercise 06-forty is no part" in said
    assert "`make exercise N=01` takes it out" in said


def test_only_what_the_exercise_is_about_may_differ_in_the_sandbox(tmp_path: Path) -> None:
    """A module of one's own in the service is one's own business; elsewhere it is nobody's."""
    code = exercise_file.read(made_exercise.calls(tmp_path))
    exercise_commands.solve("02", folder=tmp_path, root=tmp_path)
    (code.mine / "fastapi_svc/more.py").write_text("x = 1\n")
    (code.mine / "fastapi_svc/notes.txt").write_text("x\n")
    assert honesty.before(code, BASE, tmp_path) == ""

    for name in ("fastapi_svc/settings.py", "sitecustomize.py"):
        (code.mine / name).write_text("workers = 100\n")
        assert honesty.before(code, BASE, tmp_path) == (
            f"mine/{name} differs from the start, and you may change fastapi_svc/app.py"
        )
        exercise_commands.solve("02", folder=tmp_path, root=tmp_path)


def requires(exercise: Exercise, **requirement: Any) -> Exercise:
    return replace(exercise, requirements=(Requirement(**{"cell": "flask-svc", **requirement}),))


BOUNDS = [
    ({"metric": "makespan_s", "at_most": 0.308}, True, "at most 308 ms"),
    ({"metric": "makespan_s", "at_most": 0.307}, False, "at most 307 ms"),
    ({"metric": "makespan_s", "at_least": 0.2, "at_most": 0.4}, True, "200 ms to 400 ms"),
    ({"metric": "makespan_s", "at_least": 0.35}, False, "at least 350 ms"),
    ({"metric": "workers", "at_least": 4, "at_most": 4}, True, "exactly 4"),
    ({"metric": "waves", "at_least": 2}, False, "at least 2"),
    ({"metric": "FLASK_WORKERS", "at_most": 3}, False, "at most 3"),
    ({"metric": "FLASK_WORKER_CLASS", "one_of": ("sync",)}, True, "sync"),
    ({"metric": "FLASK_WORKER_CLASS", "one_of": ("gthread", "asgi")}, False, "gthread or asgi"),
    ({"metric": "CLIENT_CONNECTIONS", "at_least": 1}, False, "at least 1"),
    ({"metric": "upstream_calls", "at_least": 1, "at_most": 1}, True, "exactly 1"),
    ({"metric": "upstream_held_s", "at_most": 0.3}, True, "at most 300 ms"),
    ({"metric": "upstream_peak", "at_most": 3}, False, "at most 3"),
    ({"metric": "memory_bytes", "at_most": 99e6}, True, "at most 99 MB"),
    ({"metric": "failed_share", "at_most": 0}, True, "at most 0 %"),
    ({"metric": "throughput_rps", "at_least": 1}, False, "at least 1 per second"),
]


@pytest.mark.parametrize(("requirement", "is_met", "said"), BOUNDS)
def test_every_bound_is_kept_edges_included(
    exercise: Exercise, requirement: dict[str, Any], is_met: bool, said: str
) -> None:
    """Numbers and words; what was not measured meets nothing."""
    look = [Process(pid=1, parent=0, cpu_s=0.1, pss_bytes=30_000_000, threads=1)] * 2
    [answer] = judging.answers(tried(requires(exercise, **requirement), after=look))

    assert answer.is_met is is_met
    assert exercise_screen._bound(answer.requirement) == said


def test_a_number_can_be_held_against_another_cells(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many times as long it took; by itself that is once."""
    twice = requires(exercise, metric="makespan_s", times="flask-svc", at_least=2)
    code, told = judged(tried(twice), capsys)

    assert code == 3
    assert "flask-svc   1          at least 2 times flask-svc   NOT YET" in told
    assert "the makespan of flask-svc is 1 times that of flask-svc; at least 2" in told


def test_a_requirement_of_a_cell_that_is_not_there_is_the_exercises_fault(
    exercise: Exercise,
) -> None:
    """Told before anything is started, with the cells there are."""
    with pytest.raises(RuntimeProblem, match=r'no one cell is "flask": .*flask-svc\.io\.burst-4'):
        arranging.experiment(requires(exercise, cell="flask", metric="workers"), {})


BUSY = {"driver": {"cpu_s": 0.39, "wall_s": 0.4}}


@pytest.mark.parametrize("changes", [BUSY, {"busy_before": 0.8}, {"upstream": stats(late_ms=200)}])
def test_a_disturbance_that_may_have_decided_leaves_it_open(
    exercise: Exercise, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A little too slow on a machine with more to do is neither PASS nor NOT YET."""
    near = tried(exercise, rows=rows([0.66] * 4), **changes)

    with pytest.raises(RuntimeProblem, match="it could not be judged, because .*; try again"):
        judged(near, capsys)


@pytest.mark.parametrize("changes", [BUSY, {"busy_before": 0.8}])
def test_a_disturbance_that_would_change_nothing_is_not_mentioned(
    exercise: Exercise, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who is fast enough on a busy machine is fast enough, and who is far too slow is that."""
    assert judged(tried(exercise, **changes), capsys)[0] == 0
    assert judged(tried(exercise, rows=rows([0.59] * 4), **changes), capsys)[0] == 0
    assert judged(tried(exercise, rows=rows([1.3] * 4), **changes), capsys)[0] == 3
    many = tried(exercise, workers=5, **changes)
    assert judged(many, capsys)[0] == 3


def test_what_a_disturbance_helps_to_pass_is_left_open(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a server must be slow, somebody else's work may have made it so."""
    slow = requires(exercise, metric="makespan_s", at_least=0.6)
    with pytest.raises(RuntimeProblem, match="other programs used 80 % of this machine"):
        judged(tried(slow, rows=rows([0.66] * 4), busy_before=0.8), capsys)
    assert judged(tried(slow, rows=rows([0.66] * 4)), capsys)[0] == 0


def test_a_small_disturbance_does_not_reach_a_bound_that_is_far(exercise: Exercise) -> None:
    """Half of the way to the bound is where doubt begins."""
    near = tried(exercise, rows=rows([0.66] * 4), upstream=stats(late_ms=10))
    far = tried(exercise, rows=rows([0.66] * 4), upstream=stats(late_ms=40))
    [first, *_] = judging.answers(near)
    [second, *_] = judging.answers(far)

    assert doubting.doubt(near, first) == ""
    assert "the upstream answered up to 40 ms late" in doubting.doubt(far, second)


def test_one_measurement_and_few_samples_are_enough(exercise: Exercise) -> None:
    """An exercise is no experiment: what is required is far from what it began with."""
    attempt = tried(exercise)

    assert "measured once" in " ".join(attempt.summary.cells["flask-svc.io.burst-4"].doubts)
    assert not any(doubting.doubt(attempt, each) for each in judging.answers(attempt))


def test_a_load_that_the_machine_could_not_send_is_nobodys_fault(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    """And comes before everything, for it looks like a server that does not answer."""
    lost = rows([0.1] * 4, 0, "no descriptor left: 1024 are allowed")

    with pytest.raises(RuntimeProblem, match="the load met a limit of this machine: no descri"):
        judged(tried(exercise, rows=lost), capsys)


def experiment_of(exercise: Exercise, settings: dict[str, str]) -> Experiment:
    return arranging.experiment(exercise, dict(BASE) | settings)


def test_only_the_exercises_settings_reach_the_servers(exercise: Exercise) -> None:
    """All others are .env's and load.toml's, whatever somebody has set."""
    [shape] = experiment_of(exercise, {"FLASK_WORKERS": "8", "FLASK_THREADS": "9"}).shapes
    assert shape.settings == {"FLASK_WORKERS": "8"}

    [shape] = experiment_of(exercise, {}).shapes
    assert shape.settings == {"FLASK_WORKERS": BASE["FLASK_WORKERS"]}


@pytest.mark.parametrize("value", ["many", "0", "", "-1"])
def test_a_value_that_cannot_be_computed_with_reaches_the_server_as_it_is(
    exercise: Exercise, value: str
) -> None:
    """Which refuses it, with a better sentence than the lab would have."""
    [shape] = experiment_of(exercise, {"FLASK_WORKERS": value}).shapes

    assert shape.settings["FLASK_WORKERS"] == value


def test_memory_is_looked_at_where_it_is_required(exercise: Exercise) -> None:
    """And only there: a look costs time."""
    assert not experiment_of(exercise, {}).probes
    memory = requires(exercise, metric="memory_bytes", at_most=1e8)
    assert experiment_of(memory, {}).probes

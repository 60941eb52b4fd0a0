"""A wrong argument is one line on stderr: its name, its value and an example that works."""

import argparse
import errno
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import run as run_tests
from lab_postgres import settings as of_postgres

from bench.boilerplate import __main__ as boilerplate
from fastapi_svc import settings as of_fastapi
from flask_svc import settings as of_flask
from lab import command, environment, setting_values
from lab.command import arguments
from lab.command import refused as refused_by_system
from lab.environment import ROOT
from mock_upstream import settings as of_upstream
from workshop import command as workshop_command

MAKEFILE = (ROOT / "Makefile").read_text()
COMMAND = re.compile(r" -m (lab|workshop|bench\.boilerplate)(?: (.*))?$")
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
EXAMPLE = re.compile(r"e\.g\. `(.*)`$")
HUGE = "9" * 5000

# What is typed, and how the line begins.
WRONG = [
    ("make plan DELAY=1", "RATE='': expected requests per second, above 0"),
    ("make plan RATE=abc DELAY=1", "RATE='abc': expected requests per second, above 0"),
    ("make plan RATE=-5 DELAY=1", "RATE='-5': expected requests per second, above 0"),
    ("make plan RATE=1e9 DELAY=1", "RATE='1e9': expected requests per second, above 0"),
    ("make plan RATE=200", "DELAY='': expected seconds, above 0"),
    ("make plan RATE=200 DELAY=nan", "DELAY='nan': expected seconds, above 0"),
    ("make plan RATE=99999 DELAY=99", "RATE=99999 DELAY=99: 9,899,901 busy slots: expected at"),
    ("make plan RATE=200 DELAY=1 PARTS=0", "PARTS='0': expected a whole number from 1 to 100"),
    (f"make plan RATE=200 DELAY=1 PARTS={HUGE}", "PARTS='9999999999"),
    ("make plan RATE=200 DELAY=1 SLOW_TAIL=x", "SLOW_TAIL='x': expected a number from 0 to 3"),
    ("make plan RATE=200 DELAY=1 QUERY=x", "QUERY='x': expected seconds, 0 to 3,600"),
    ("make plan RATE=200 DELAY=1 QUERY=2", "QUERY=2: expected at most DELAY=1, which contains it"),
    (
        "make plan RATE=200 DELAY=1 QUERY=1 MAX_CONNECTIONS=0",
        "MAX_CONNECTIONS='0': expected a whole number from 1 to 100,000",
    ),
    ("make compare", "A='': expected the folder of a run or a report"),
    ("make compare A=results/reference", "B='': expected the folder of a run or a report"),
    ("make compare A=results/reference B=nowhere", "B='nowhere': there is no such folder: "),
    ("make compare A=README.md B=docs", "A='README.md': expected the folder of a run or a "),
    ("make check-run", "RUN='': expected the folder of a run or a report"),
    ("make check-run RUN=nowhere", "RUN='nowhere': there is no such folder: expected the folder"),
    ("make page", "RUN='': expected the folder of a report"),
    ("make page RUN=docs", "RUN='docs': expected the folder of a report"),
    ("make run", 'EXP="": no experiment of that name: expected one of 01-one-user to '),
    ("make run EXP=99", 'EXP="99": no experiment of that name: expected one of 01-one-user to '),
    ("make run EXP=-1", 'EXP="-1": no experiment of that name: expected one of '),
    ("make run EXP=-x", 'EXP="-x": no experiment of that name: expected one of '),
    ('make run EXP="0\'2"', 'EXP="0\'2": no experiment of that name: expected one of '),
    ("make run EXP=02-sixten-at-once", 'EXP="02-sixten-at-once": no experiment of that name: '),
    ("make run EXP=no/such.toml", "EXP: no/such.toml: no such file"),
    ("make run EXP=01 SET=FLASK_WORKERS", "SET='FLASK_WORKERS': expected NAME=value"),
    ("make run EXP=01 SET=FOO=1", "SET='FOO=1': FOO is no setting of a server: expected a name"),
    ("make run EXP=01 SET=FLASK_WORKER=8", "SET='FLASK_WORKER=8': FLASK_WORKER is no setting of"),
    ("make run EXP=01 SET=FLASK_WORKERS=x", "SET='FLASK_WORKERS=x': FLASK_WORKERS: expected a "),
    ("make run EXP=01 SET=FLASK_WORKERS=99999", "SET='FLASK_WORKERS=99999': FLASK_WORKERS: "),
    ("FLASK_WORKERS=abc make run EXP=01", "FLASK_WORKERS='abc': expected a whole number from 1"),
    ("make run EXP=01 SERIES=0", "SERIES='0': expected a whole number from 1 to 100"),
    ("make run EXP=01 SERIES=abc", "SERIES='abc': expected a whole number from 1 to 100"),
    ("make run EXP=01 SERIES=2.5", "SERIES='2.5': expected a whole number from 1 to 100"),
    ("make run EXP=01 SEED=-1", "SEED='-1': expected a whole number from 0 to 4,294,967,295"),
    ("make run EXP=01 SEED=4294967296", "SEED='4294967296': expected a whole number from 0 to"),
    (f"make run EXP=01 SEED={HUGE}", "SEED='9999999999"),
    ("make report SERIES=101", "SERIES='101': expected a whole number from 1 to 100"),
    ("make report SEED=x", "SEED='x': expected a whole number from 0 to 4,294,967,295"),
    ("make report ONLY=99", 'ONLY="99": no experiment of that name: expected one of '),
    ("make report ONLY=02,05", 'ONLY="02,05": no experiment of that name: expected one of '),
    ("UPSTREAM_TIMEOUT_S=0 make report", "UPSTREAM_TIMEOUT_S='0': expected seconds, above 0"),
    ("make up PROFILE=all", "PROFILE='all': expected variants"),
    ('make up PROFILE="it\'s"', 'PROFILE="it\'s": expected variants'),
    ("RUNTIME=podman make up", "RUNTIME='podman': expected docker or local"),
    ("make up FLASK_WORKERS=0", "FLASK_WORKERS='0': expected a whole number from 1 to 1000"),
    (f"FLASK_THREADS={HUGE} make up", "FLASK_THREADS='9999999999"),
    ("LOAD_WORKERS=65 make up", "LOAD_WORKERS='65': expected a whole number from 1 to 64"),
    ("LOCUST_PORT=http make up", "LOCUST_PORT='http': expected a whole number from 1 to 65535"),
    ("LAB_BIND=here make up", "LAB_BIND='here': expected 127.0.0.1 or 0.0.0.0"),
    ("CALIBRATE=maybe make up", "CALIBRATE='maybe': expected on or off"),
    ("DATABASE_URL=mysql://me:secret@db/shop make up", "DATABASE_URL: expected postgresql://user"),
    ("FLASK_WORKER_CLASS=fast make up", "FLASK_WORKER_CLASS='fast': expected sync or gthread or"),
    ("UPSTREAM_DELAY_MS=-1 make demo", "UPSTREAM_DELAY_MS='-1': expected a number from 0 to 600"),
    ("make demo REPEATS=abc", "REPEATS='abc': expected a whole number from 1 to 100"),
    ("make demo REPEATS=-1", "REPEATS='-1': expected a whole number from 1 to 100"),
    ("make demo JSON=no/such/file.json", "JSON='no/such/file.json': its folder does not exist"),
    ("make demo JSON=docs", "JSON='docs': expected the name of a file, not a folder"),
    ("make headless ARGS='-u abc'", "ARGS='-u abc': expected a whole number above 0 behind -u or "),
    ("make headless ARGS=--users=0", "ARGS='--users=0': expected a whole number above 0 behind"),
    ("make headless ARGS='-t 30x'", "ARGS='-t 30x': expected a duration, as 30s or 2m, behind -t"),
    ("make headless ARGS='-u \"40'", "ARGS='-u \"40': expected every quote closed"),
    ("make exercise N=99", 'N="99": no exercise of that name: expected one of 01-two-waves to '),
    ("make exercise N=of", 'N="of": no exercise of that name: expected one of '),
    ("make check N=99", 'N="99": no exercise of that name: expected one of 01-two-waves to '),
    ("make check N=off", 'N="off": no exercise of that name: expected one of '),
    ("make join NAME=Ada", "ROOM='': expected the address of the instructor's lab"),
    ("make join ROOM=10.0.0.5:8089 NAME=Ada", "ROOM='10.0.0.5:8089': expected the address"),
    ("make join ROOM=https://10.0.0.5 NAME=Ada", "ROOM='https://10.0.0.5': expected the address"),
    ("make join ROOM=http://10.0.0.5:0 NAME=Ada", "ROOM='http://10.0.0.5:0': expected the address"),
    ("make join ROOM=http://a:8089/x NAME=Ada", "ROOM='http://a:8089/x': expected the address"),
    ("make join ROOM=http://10.0.0.5 NAME=", "NAME='': expected a name of 1 to 40 printable"),
    (f"make join ROOM=http://10.0.0.5 NAME={HUGE}", "NAME='9999999999"),
    (f"make join ROOM=http://a:{HUGE} NAME=Ada", "ROOM='http://a:9999"),
    ("make handouts ROOM=10.0.0.5", "ROOM='10.0.0.5': expected http:// and a host alone"),
    ("make handouts RUN=nowhere", "RUN='nowhere': there is no such folder: expected the folder"),
    ("make rehearse PAGE=99", "PAGE='99': expected some of 00-before-you-come to 10-the-database"),
    (
        "make rehearse PAGE='01 x'",
        "PAGE='x': expected some of 00-before-you-come to 10-the-database",
    ),
    ("make rehearse PAGE='01; echo hi'", "PAGE='01;': expected some of 00-before-you-come to "),
    (f"make page RUN={HUGE}", "RUN='9999999999"),
    (f"make check-run RUN={HUGE}", "RUN='9999999999"),
    (f"make run EXP={HUGE}.toml", "EXP='9999999999"),
    (f"make run EXP=01 SET=A{HUGE}=1", "SET='A9999999999"),
    (f"make demo JSON={HUGE}", "JSON='9999999999"),
    (f"make load-images ARCHIVE={HUGE}", "ARCHIVE='9999999999"),
    (f"make exercise N={HUGE}", "N='9999999999"),
    (f"make rehearse PAGE={HUGE}", "PAGE='9999999999"),
    ("make bundle BUNDLE=", "BUNDLE='': expected the name of a file"),
    ("make bundle BUNDLE=docs", "BUNDLE='docs': expected the name of a file, not a folder"),
    ("make bundle BUNDLE=README.md/x", "BUNDLE='README.md/x': its folder does not exist or"),
    ("make save-images ARCHIVE=no/such.tar", "ARCHIVE='no/such.tar': its folder does not exist"),
    ("make load-images ARCHIVE=no.tar", "ARCHIVE='no.tar': expected a file that can be read"),
    (f"{sys.executable} -m lab plann", "COMMAND='plann': expected plan"),
    (f"{sys.executable} -m lab", "the following arguments are required: COMMAND"),
    (f"{sys.executable} -m lab plan --rat 5", "the following arguments are required: --rate, --d"),
    (f"{sys.executable} -m workshop xyz", "COMMAND='xyz': expected exercise, check, join, leave"),
    (f"{sys.executable} -m bench.boilerplate --json docs", "JSON='docs': expected the name of a f"),
]
# As it is typed, up to the end of make.
TYPED = [
    ("make plan", "RATE='': expected requests per second, above 0"),
    ("make run EXP=\"0'2\" SET='A=1 B=2'", "SET='A=1 B=2': A is no setting of a server"),
    ("RUNTIME=podman make up", "RUNTIME='podman': expected docker or local"),
    ("FLASK_WORKERS=abc make run EXP=01", "FLASK_WORKERS='abc': expected a whole number from 1"),
    ("make check N=99", 'N="99": no exercise of that name: expected one of 01-two-waves to '),
]
# These need no example of the command: the line has the right word.
MISSPELT = [
    (
        "make experiments QUIK=1",
        "QUIK=... on the line of make: expected QUICK=...; `make help-all`",
    ),
    (
        "make run EXP=02 SERIE=5",
        "SERIE=... on the line of make: expected SERIES=...; `make help-all`",
    ),
    ("make run EXPS=02", "EXPS=... on the line of make: expected EXP=...; `make help-all`"),
    ("FLASK_WORKER=8 make up", "in the environment: FLASK_WORKER is no setting: FLASK_WORKERS is"),
]
OTHERS = [
    ("bench.soak", "abc", "soak: MINUTES='abc': expected minutes up to a day"),
    ("bench.soak", "-1", "soak: MINUTES='-1': expected minutes up to a day"),
    ("bench.soak", HUGE, "soak: MINUTES='9999999999"),
    ("tests/run.py", "tests/nowhere", "tests: ARGS='tests/nowhere': no such file or folder"),
    ("tests/run.py", f"tests/{HUGE}", "tests: ARGS='tests/9999999999"),
    ("tests/run.py", "--args=tests/a; echo", "tests: ARGS='tests/a;': no such file or folder"),
    ("tests/run.py", "--args='a", "tests: ARGS: No closing quotation"),
]

MAINS = {
    "lab": command.main,
    "workshop": workshop_command.main,
    "bench.boilerplate": boilerplate.main,
}
PARSERS = {"lab": command.parser, "workshop": workshop_command.parser}


def clean(own: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings, and without the make that runs these tests."""
    ignored = {*OF_MAKE, *environment.read(ROOT / ".env")}
    kept = {name: value for name, value in os.environ.items() if name not in ignored}
    return kept | {"LC_ALL": "C", "RUNTIME": "local"} | own


def typed(line: str) -> tuple[dict[str, str], list[str]]:
    """Split a line into the settings before the command, and the command."""
    words = shlex.split(line)
    first = next(at for at, word in enumerate(words) if "=" not in word)
    return dict(word.split("=", 1) for word in words[:first]), words[first:]


def refused(line: str, folder: Path) -> list[str]:
    """Run the line; its lines on stderr, without make's own. Nothing may have begun."""
    own, words = typed(line)
    if words[0] == "make":
        words.append(f"PYTHON={sys.executable}")
    run = folder / "run"
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=clean({"LAB_RUN": str(run)} | own),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert not run.exists()
    return [each for each in done.stderr.splitlines() if not each.startswith("make: *** ")]


@pytest.mark.parametrize(("line", "begin"), WRONG, ids=[line[:60] for line, _ in WRONG])
def test_a_wrong_argument_is_one_line_with_an_example(
    line: str,
    begin: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line names the value; its example is accepted; the command did nothing before."""
    own, words = typed(line)
    program, given = ran(own, words)
    monkeypatch.chdir(ROOT)
    for name in [*OF_MAKE, *environment.read(ROOT / ".env")]:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"RUNTIME": "local", **of_shell(own, words)}.items():
        monkeypatch.setenv(name, value)

    try:
        code = MAINS[program](given)
    except SystemExit as ended:
        code = ended.code

    assert code in (1, 2)
    out, err = capsys.readouterr()
    assert out == ""
    [said] = err.splitlines()
    assert said.startswith(f"lab: {begin}")
    assert len(said) < 250
    example = EXAMPLE.search(said)
    assert example, said
    assert_is_accepted(example[1], tmp_path, monkeypatch)


@pytest.mark.parametrize("name", ["run", "report"])
def test_a_seed_may_be_any_number_of_32_bits(name: str) -> None:
    """From 0 on, as a run chooses it; without one the option is None."""
    experiment = ["--", "02"] if name == "run" else []

    def seed(*options: str) -> int | None:
        found: int | None = command.parser().parse_args([name, *options, *experiment]).seed
        return found

    assert (seed("--seed=0"), seed(f"--seed={2**32 - 1}"), seed()) == (0, 2**32 - 1, None)


@pytest.mark.parametrize(("line", "begin"), TYPED)
def test_what_is_typed_is_one_line_too(line: str, begin: str, tmp_path: Path) -> None:
    """Through make and a shell; make adds its own line, which names the recipe."""
    [said] = refused(line, tmp_path)

    assert said.startswith(f"lab: {begin}")
    assert EXAMPLE.search(said)


@pytest.mark.parametrize(("line", "begin"), MISSPELT)
def test_a_misspelt_name_is_one_line_with_the_right_one(
    line: str, begin: str, tmp_path: Path
) -> None:
    """The name would have no effect."""
    [said] = refused(line, tmp_path)

    assert said.startswith(f"lab: {begin}")


@pytest.mark.parametrize(("program", "argument", "begin"), OTHERS)
def test_other_programs_of_the_makefile_say_it_the_same_way(
    program: str, argument: str, begin: str, tmp_path: Path
) -> None:
    """They run in .venv, which `make` would first bring up to date."""
    how = [program] if program.endswith(".py") else ["-m", program]
    [said] = refused(shlex.join([sys.executable, *how, argument]), tmp_path)

    assert said.startswith(begin)
    assert len(said) < 250
    assert EXAMPLE.search(said)


def of_shell(own: Mapping[str, str], words: list[str]) -> dict[str, str]:
    """The settings that reach the command: before it, or on the line of make."""
    settings = environment.read(ROOT / ".env")
    pairs = (word.split("=", 1) for word in words[1:] if "=" in word)
    return {**own, **{name: value for name, value in pairs if name in settings}}


def ran(own: Mapping[str, str], words: list[str]) -> tuple[str, list[str]]:
    """The program that a line runs, of MAINS, and its arguments; "" where it runs another."""
    line = shlex.join(words)
    if words[0] == "make":
        line = subprocess.run(
            [*words, "--dry-run", "--assume-old=.venv"],
            cwd=ROOT,
            env=clean(own),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.replace("\\\n", " ")
    found = COMMAND.search(line.strip())
    return (found[1], shlex.split(found[2] or "")) if found else ("", [])


def assert_is_accepted(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand the command that make would run to its parser, with the settings of the line."""
    own, words = typed(line)
    assert words[0] == "make"
    setting_values.refuse_bad(environment.read(ROOT / ".env") | of_shell(own, words))
    program, given = ran(own, words)
    (folder / "results").symlink_to(ROOT / "results")
    (folder / "lab-images.tar").touch()
    monkeypatch.chdir(folder)
    if program in PARSERS:
        PARSERS[program]().parse_args(given)
    else:
        assert words[1] in ("help-all", "count")


@pytest.mark.parametrize(
    "target", re.findall(r"^([a-z-]+):(?:.*\n)\t@\$\((?:LAB|WO)", MAKEFILE, re.M)
)
def test_every_recipe_runs_a_command_that_exists(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make check-run` once asked the wrong program."""
    recipe = re.search(rf"^{target}:.*\n\t@\$\((LAB|WORKSHOP)\) ([a-z-]+)", MAKEFILE, re.M)
    assert recipe
    commands = command if recipe[1] == "LAB" else workshop_command

    with pytest.raises(SystemExit) as ended:
        commands.parser().parse_args([recipe[2], "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("argument --slow-tail: 'x': expected a", "SLOW_TAIL='x': expected a"),
        ("argument A: '': expected a folder", "A='': expected a folder"),
        ("argument --rate: expected one argument", "RATE: expected one argument"),
        ("argument C: invalid choice: 'dmo' (choose from 'demo', 'up')", "C='dmo': expected demo"),
        ("argument C: invalid choice: 'dmo' (choose from demo, up)", "C='dmo': expected demo"),
        ("argument C: invalid choice: 'x' (choose from up, down)", "C='x': expected up, down"),
        ('argument C: invalid choice: "d\'u" (choose from up, d)', 'C="d\'u": expected up, d'),
        ("argument C: invalid choice: '\\'\"' (choose from 'up')", "C='\\'\"': expected up"),
        ("argument C: invalid choice: 'a\\nb' (choose from up)", "C='a\\nb': expected up"),
        ("argument P: P='7': expected some", "P='7': expected some"),
        ("unrecognized arguments: a\nb", "unrecognized arguments: a b"),
    ],
)
def test_what_argparse_says_becomes_one_line(message: str, line: str) -> None:
    """With quotes around choices up to Python 3.11, and without them later."""
    assert arguments.one_line(message) == line


@pytest.mark.parametrize("text", ["1", "007", "100"])
def test_a_whole_number_may_begin_with_zeros(text: str) -> None:
    """Both ends of the range are in it."""
    assert arguments.whole(100)(text) == int(text)


@pytest.mark.parametrize("text", ["", "0", "00", "101", "1.5", "+1", "\u0663", "\u00b2", HUGE])
def test_other_text_is_no_whole_number(text: str) -> None:
    """Digits of ASCII alone, and no error of int()."""
    with pytest.raises(argparse.ArgumentTypeError, match="expected a whole number from 1 to 100$"):
        arguments.whole(100)(text)


@pytest.mark.parametrize(
    "text",
    [
        *("-u 40 -t 30s", "-r 0.5", "-r 100", "-t 1h2m3s", "-t 90", "--tags 'a b'", ""),
        *(
            "-u 100000",
            "-u9 -r 1e3",
            "--users=7 --spawn-rate 1e3 --run-time=2m",
            "--load closed -- -u",
        ),
    ],
)
def test_options_of_locust_are_taken(text: str) -> None:
    """Those that the lab does not know are Locust's to check."""
    assert arguments.words(text) == shlex.split(text)


@pytest.mark.parametrize(
    "text",
    [
        *("-u 0", "-u", "-u 1.5", "-r 0.0", "-r -1", "-t", "-t 3d", "-t s"),
        *("-u0", "-u=0", "-r0", "-t3d"),
    ],
)
def test_options_of_locust_with_a_wrong_value_are_refused(text: str) -> None:
    """Before Locust is asked, which prints its usage."""
    with pytest.raises(argparse.ArgumentTypeError, match=f"behind {text[:2]} or --"):
        arguments.words(text)


@pytest.mark.parametrize("text", ["--users=0", "--users 0", "--spawn-rate=inf", "--run-time=3d"])
def test_the_long_names_of_locusts_options_are_checked_too(text: str) -> None:
    """With and without an equals sign."""
    name = re.split("[= ]", text)[0]
    with pytest.raises(argparse.ArgumentTypeError, match=f"behind -. or {name}$"):
        arguments.words(text)


OF_LOCUST = """
import json, sys
from locust.argument_parser import get_parser

def takes(words):
    try:
        get_parser(default_config_files=[]).parse_args(words)
    except (SystemExit, OverflowError):
        return False
    return True

print(json.dumps([takes(each) for each in json.load(sys.stdin)]))
"""
NUMBERS = {
    "-u": ("1", "100000", "1_000", " 5", "+5", "007", HUGE, "1e3", "1.5", "x", ""),
    "-r": ("1e3", "100000", "1_000.5", ".5", "5.", "0", "0.0", "-1", "inf", "nan", "1e999", "x"),
    "-t": ("0", "90", "30s", "1h2m3s", "2m", "1h3s", "3s1h", "3d", "s", "1.5s", "9" * 20 + "h", ""),
}


def test_locust_and_the_lab_take_the_same_numbers() -> None:
    """Asked in a process of its own, because the import of Locust patches the process."""
    asked = [
        form
        for name, values in NUMBERS.items()
        for value in values
        for form in ([name, value], [f"{name}{value}"])
        if len(form) == 2 or value
    ]
    done = subprocess.run(
        [sys.executable, "-c", OF_LOCUST],
        input=json.dumps(asked),
        env=clean({}),
        capture_output=True,
        text=True,
        check=True,
    )

    for words, is_taken in zip(asked, json.loads(done.stdout), strict=True):
        try:
            arguments.words(shlex.join(words))
        except argparse.ArgumentTypeError:
            assert not is_taken, words
        else:
            assert is_taken, words


def test_no_shell_reads_the_arguments_of_the_tests() -> None:
    """They are one word of the recipe, split as a shell would, with patterns expanded."""
    [_, _, told] = recipe("test", "ARGS=-k 'b c'; tests/ru*.py")

    assert run_tests.words(told) == [
        *("-k", "b c;"),
        *("tests/run.py", "tests/running_database.py", "tests/running_lab.py"),
    ]
    assert run_tests.words("a 'b'") == ["a 'b'"]


def test_no_shell_reads_the_pages_of_a_rehearsal() -> None:
    """Each is a word of its own."""
    assert recipe("rehearse", "PAGE=01; echo it's")[-4:] == ["--", "01;", "echo", "it's"]
    assert recipe("rehearse")[-1] == "--"


def recipe(*asked: str) -> list[str]:
    """The words of a recipe's only command; a `;` that the shell would heed is one of its own."""
    line = subprocess.run(
        ["make", "--dry-run", "--assume-old=.venv", *asked],
        cwd=ROOT,
        env=clean({}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    return list(words)


def test_a_name_that_is_too_long_for_the_system_is_cut() -> None:
    """Where a command meets it, as in LAB_RUN."""
    said = refused_by_system.sentence(OSError(errno.ENAMETOOLONG, "File name too long", HUGE))

    assert re.fullmatch(r"'9{60}\.\.\.': File name too long: choose a shorter one", said)


def accepted(service: object, name: str, value: str) -> bool:
    """Whether a service takes the setting; other settings keep it from no value."""
    others = {"WORKER_TIMEOUT_S": "3600", "UPSTREAM_TIMEOUT_S": "0.5"} if "_S" in name else {}
    try:
        service.Settings.from_env({**others, name: value})  # type: ignore[attr-defined]
    except ValueError:  # each service's own SettingsError
        return False
    return True


def services_of(name: str) -> list[object]:
    """The services that read a setting."""
    if name == "DB_MAX_CONNECTIONS":
        return [of_postgres]
    if name == "DB_BOUNCER_POOL":
        return [of_flask, of_fastapi, of_postgres]
    return {"FLASK": [of_flask], "FASTAPI": [of_fastapi]}.get(
        name.partition("_")[0], [of_flask, of_fastapi]
    )


OF_SERVICES = sorted({*setting_values.WHOLE} - {"LOAD_WORKERS"})
WORDS = sorted({*setting_values.CHOICES} - {"LAB_BIND", "CALIBRATE"})


@pytest.mark.parametrize("name", OF_SERVICES)
def test_the_ranges_are_those_of_the_services(name: str) -> None:
    """At both ends, on either side."""
    low, high = setting_values.WHOLE[name]
    # The smallest worker timeout must exceed the upstream's, which is 65 by default.
    for value in map(str, (low - 1, low, high, high + 1)):
        is_right = not setting_values.problem(name, value)
        assert [accepted(each, name, value) for each in services_of(name)] == [is_right] * len(
            services_of(name)
        ), value


@pytest.mark.parametrize("name", WORDS)
def test_the_words_are_those_of_the_services(name: str) -> None:
    """Of all words in their settings."""
    source = (ROOT / "flask-svc/flask_svc/settings.py").read_text()
    words = {*setting_values.CHOICES[name], *re.findall(r'"([a-z0-9]+)"', source)}
    for value in sorted(words):
        is_right = not setting_values.problem(name, value)
        assert {accepted(each, name, value) for each in services_of(name)} == {is_right}, value


@pytest.mark.parametrize("name", setting_values.SECONDS)
def test_the_seconds_are_those_of_the_services(name: str) -> None:
    """Above 0, at most an hour."""
    for value in ("0", "0.5", "3599", "3600.5", "-1", "nan", "x", ""):
        is_right = not setting_values.problem(name, value)
        assert accepted(of_flask, name, value) == is_right, value


@pytest.mark.parametrize("name", ["UPSTREAM_DELAY_MS", "LISTEN_BACKLOG"])
def test_the_numbers_are_those_of_the_upstream(name: str) -> None:
    """Plain digits, with a fraction for the delay."""
    low, high = setting_values.WHOLE.get(name, (0, 60_000))
    forms = ("0.5", "007", "1e3", " 5", "5 ", "1_000", "+5", ".5", "5.", "nan", "inf", "\u0663", "")
    for value in (*map(str, (low - 1, low, high, high + 1)), f"{high}.5", HUGE, *forms):
        try:
            of_upstream.Settings.from_env({name: value})
            is_right = True
        except of_upstream.SettingsError:
            is_right = False
        assert (not setting_values.problem(name, value)) == is_right, value


@pytest.mark.parametrize("service", [of_flask, of_fastapi, of_postgres])
def test_the_addresses_of_a_database_are_those_of_the_services(service: object) -> None:
    """None, and PostgreSQL's in its long form, which every driver takes."""
    for value in ("", " ", "postgresql://db/shop", " postgresql://db", "postgres://db", "db/shop"):
        is_right = not setting_values.problem("DATABASE_URL", value)
        assert accepted(service, "DATABASE_URL", value) == is_right, value


def test_every_number_of_a_service_is_checked_before_it_starts() -> None:
    """The settings that the services read as numbers or as one of a few words."""
    source = (ROOT / "flask-svc/flask_svc/settings.py").read_text()
    read = set(re.findall(r'(?:whole|seconds|choice)\(environ, "([A-Z_]+)"', source))
    checked = {*setting_values.WHOLE, *setting_values.CHOICES, *setting_values.SECONDS}

    assert read - {"LISTEN_PORT"} <= checked


def test_the_settings_of_the_committed_file_are_right() -> None:
    """So that the example, which has the committed value, works."""
    setting_values.refuse_bad(environment.read(ROOT / ".env"))


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("FLASK_WORKERS", "1"),
        ("FASTAPI_CONNECTIONS", "0"),
        ("LOCUST_PORT", "1024"),
        ("ASGI_LOOP", "uvloop"),
        ("UPSTREAM_TIMEOUT_S", "1"),
        ("UPSTREAM_DELAY_MS", "1"),
    ],
)
def test_a_wrong_value_in_the_committed_file_is_no_example(
    name: str, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example works in any case."""
    (tmp_path / ".env").write_text(f"{name}=abc\n")
    monkeypatch.setattr(environment, "ROOT", tmp_path)

    with pytest.raises(environment.EnvironmentFileError) as refusal:
        setting_values.refuse_bad({name: "abc"})

    assert str(refusal.value).endswith(f", e.g. `{name}={example} make up`")
    assert not setting_values.problem(name, example)

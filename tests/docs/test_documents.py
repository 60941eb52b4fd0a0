"""What the documents name exists, and what exists is documented."""

import os
import re
import shlex
import subprocess
import sys

import pytest

from lab import command, environment
from lab.environment import ROOT
from lab.terminal import COLUMNS

DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("handouts/**/*.md"),
]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE)
SETTINGS = environment.read(ROOT / ".env")
# What a make command takes on its line, and what decides a run without being a setting.
VARIABLES = {"RUNTIME", "PROFILE", "REPEATS", "JSON", "FOLLOW", "ARCHIVE", "ARGS", "WIDTH"} | {
    "LAB_LAYERS",
    "LAB_RUN",
    "LAB_CHECKOUT",
    "SUPERVISOR_HOST",
    "COMPOSE_FILE",
    "COMPOSE_PROJECT_NAME",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "SLOW_TAIL",
    "MAX_CONNECTIONS",
    "PATH",
}
ids = {"ids": lambda path: str(path.relative_to(ROOT))}


@pytest.mark.parametrize("document", DOCUMENTS, **ids)
def test_every_make_command_exists(document):
    """`make something` in prose or in a block is a target with a sentence in the help."""
    named = re.findall(r"(?:`|^|&& )(?:\w+=\S+ )*make ([a-z][a-z-]*)", document.read_text(), re.M)

    assert set(named) <= set(TARGETS)


@pytest.mark.parametrize("document", DOCUMENTS, **ids)
def test_every_setting_exists(document):
    """A name in capitals is a setting of .env or a variable of make."""
    named = re.findall(r"\b([A-Z]{2,}(?:_[A-Z]+)+|RUNTIME|PROFILE)\b", document.read_text())

    assert set(named) <= set(SETTINGS) | VARIABLES


@pytest.mark.parametrize("document", DOCUMENTS, **ids)
def test_every_link_and_path_exists(document):
    """Links to files, and paths in backticks that begin with a folder of this repository."""
    text = document.read_text()
    links = [
        document.parent / link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link
    ]
    folders = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
    paths = [ROOT / path for path in re.findall(rf"`((?:{folders})/[\w./*-]*)`", text)]

    missing = [str(path) for path in links + paths if not list(ROOT.glob(relative(path)))]
    assert missing == []


def test_the_list_of_targets_fits_a_terminal():
    """`make` alone: every target with its whole sentence, and no line longer than 80 columns."""
    told = subprocess.run(
        ["awk", "-f", "scripts/help.awk", "Makefile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    sentences = dict(re.findall(r"^([a-z][a-z-]*):.*## (.*)", MAKEFILE, re.MULTILINE))
    words = " ".join(told.split())

    assert max(map(len, told.splitlines())) <= COLUMNS
    assert [name for name in TARGETS if f"make {name} {sentences[name]}" not in words] == []


def relative(path):
    """A pattern below the root; the folder itself where a path ends in a slash."""
    return str(path.resolve().relative_to(ROOT)) or "."


def test_a_document_names_every_route():
    """Nothing to be found only in the code."""
    text = (ROOT / "docs/services.md").read_text()
    routes = re.findall(
        r'@app\.get\("(/[\w-]+)"\)', (ROOT / "flask-svc/flask_svc/app.py").read_text()
    )

    assert len(routes) == 10
    assert [route for route in routes if f"`{route}" not in text] == []


def test_load_without_the_page_goes_to_the_lab_that_is_up():
    """Who types `docker compose` has another project, which would start a second lab."""
    text = (ROOT / "docs/dashboard.md").read_text() + (ROOT / "README.md").read_text()
    line = re.search(r"^make headless .*", text, re.MULTILINE)[0]
    shown = subprocess.run(
        [*shlex.split(line), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    arguments = shlex.split(re.search(r" -m lab (.*)", shown)[1])
    assert arguments[0] == "headless"
    assert command.parser().parse_args(arguments).told == ["-u", "40", "-t", "30s"]
    assert not re.search(r"^docker compose", text, re.MULTILINE)


def test_what_the_doctor_is_said_to_name_reaches_it():
    """What make takes out of the shell's environment it cannot name."""
    text = (ROOT / "docs/services.md").read_text()
    sentence = (
        r"Other settings of (.*) in the shell do not reach the lab; `make doctor` names them\."
    )
    named = re.findall(r"\w{3,}", re.search(sentence, text)[1])

    assert "gunicorn" in named
    for name in named:
        assert environment.unheeded({f"{name.upper()}_X": ""}), name
        assert not re.search(rf"^unexport .*\b{name.upper()}", MAKEFILE, re.MULTILINE), name


@pytest.mark.parametrize("target", TARGETS)
def test_a_recipe_is_short(target):
    """At most three lines: what is longer is a script or Python."""
    recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)

    assert len(recipe[1].splitlines()) <= 3


def printed(*command):
    """The lines that a command prints."""
    # Of a make that runs the tests; with them, an inner make prints where it works.
    outer = ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")
    environ = {name: value for name, value in os.environ.items() if name not in outer}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_make_help_all_prints_every_target_with_its_sentence():
    """Every command can be found, and its line fits a terminal."""
    lines = printed("make", "help-all")

    for target in TARGETS:
        assert any(re.match(rf"  make {target} +\S", line) for line in lines), target
    assert max(map(len, lines)) <= COLUMNS


def test_make_alone_prints_the_commands_to_begin_with():
    """Eight, in the order of a first hour, on one screen of 80 x 24 with the prompt below."""
    lines = printed("make")
    named = [found[1] for line in lines if (found := re.match(r"  make ([a-z-]+) +\S", line))]

    assert named == ["demo", "up", "down", "run", "report", "exercise", "test", "doctor"]
    assert [line for line in lines if line][-1] == (
        f"`make help-all` prints all {len(TARGETS)} commands."
    )
    assert max(map(len, lines)) <= COLUMNS
    assert len(lines) < 24
    assert printed("make", "help") == lines


def test_the_staircase_is_that_of_the_reference():
    """A new reference has other times: `make pictures` draws them."""
    picture = (ROOT / "docs/staircase.svg").read_text()

    assert printed(sys.executable, "scripts/staircase.py") == picture.splitlines()


def test_the_staircase_replaces_its_file_whole(tmp_path):
    """`make pictures` once emptied the file before the script began."""
    recipe = "".join(printed("make", "--dry-run", "--assume-old=.venv", "pictures"))
    file = tmp_path / "staircase.svg"
    file.write_text("old")

    assert printed(sys.executable, "scripts/staircase.py", str(file)) == []
    assert file.read_text() == (ROOT / "docs/staircase.svg").read_text()
    assert list(tmp_path.iterdir()) == [file]
    assert "scripts/staircase.py docs/staircase.svg" in recipe
    assert ">" not in recipe


def test_the_staircase_moves_without_script_and_for_those_who_like_it():
    """It stands in an <img>, which loads nothing and runs no script."""
    picture = (ROOT / "docs/staircase.svg").read_text()
    moving = picture.partition("@media (prefers-reduced-motion:no-preference){")[2]

    assert len(picture) < 60_000
    assert "<script" not in picture
    assert set(re.findall(r"https?://[^\"]+", picture)) == {"http://www.w3.org/2000/svg"}
    assert "@media (prefers-color-scheme:dark){" in picture
    assert picture.count("animation:") == moving.count("animation:") > 0


def test_the_readme_is_a_first_page():
    """What it loses has a home in docs/ or handouts/."""
    assert len((ROOT / "README.md").read_text().split()) <= 780
    assert len((ROOT / "ARCHITECTURE.md").read_text().split()) <= 950


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_a_sentence_and_a_use(name):
    """A comment above it that ends in a full stop, and somebody who reads it."""
    lines = (ROOT / ".env").read_text().splitlines()
    above = lines[[line.split("=")[0] for line in lines].index(name) - 1]
    users = [ROOT / "docker-compose.yml", ROOT / "Procfile", *ROOT.glob("lab/**/*.py")]

    assert re.match(r"# .+\.$", above)
    assert any(re.search(rf"\b{name}\b", path.read_text()) for path in users)


def test_every_decision_has_its_three_parts():
    """One screen: context, decision, consequence."""
    for path in ROOT.glob("docs/decisions/*.md"):
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. ")
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequence"))
        assert len(text.splitlines()) <= 30

"""The settings files and their precedence."""

import re
from pathlib import Path

import pytest

from lab import environment
from lab.runtime import checkout

# Variables that gunicorn, uvicorn, Flask, Locust, Python, HTTP clients, pip or Compose read.
OTHERS = (
    *("GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "UVICORN_WORKERS"),
    *("FLASK_DEBUG", "FLASK_APP", "FLASK_ENV", "LOCUST_HEADLESS", "LOCUST_RUN_TIME"),
    *("PYTHONOPTIMIZE", "PYTHONSAFEPATH", "PYTHONIOENCODING", "PYTHONPATH", "PYTHONHOME"),
    *("http_proxy", "HTTPS_PROXY", "all_proxy", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"),
    *("PIP_CONSTRAINT", "PIP_REQUIRE_HASHES", "PIP_NO_BINARY", "COMPOSE_FILE"),
)


def test_the_shell_wins_over_the_own_file_and_that_over_the_common_one(tmp_path: Path) -> None:
    """Precedence per setting: the shell, then .env.local, then .env."""
    (tmp_path / ".env").write_text("A=common\nB=common\nC=common\n")
    (tmp_path / ".env.local").write_text("B=own\nC=own\n")

    settings = environment.load({"C": "shell", "D": "shell"}, root=tmp_path)

    assert settings == {"A": "common", "B": "own", "C": "shell", "D": "shell"}


def test_without_files_the_environment_is_all_there_is(tmp_path: Path) -> None:
    """The lab's container has no settings files."""
    assert environment.load({"A": "1"}, root=tmp_path) == {"A": "1"}


def test_a_setting_set_to_nothing_in_the_shell_is_set(tmp_path: Path) -> None:
    """An empty value in the shell overrides the files."""
    (tmp_path / ".env").write_text("A=1\n")

    assert environment.load({"A": ""}, root=tmp_path) == {"A": ""}


def test_comments_and_blank_lines_are_skipped_and_values_taken_literally(tmp_path: Path) -> None:
    """The value is everything after the first equals sign; nothing is unquoted or expanded."""
    file = tmp_path / ".env"
    file.write_text("# A=0\n\n  \n  B=2\nURL=http://x/?a=b#c\nEMPTY=\nQUOTED='x'\nREF=${B}\n")

    assert environment.read(file) == {
        "B": "2",
        "URL": "http://x/?a=b#c",
        "EMPTY": "",
        "QUOTED": "'x'",
        "REF": "${B}",
    }


@pytest.mark.parametrize("line", ["FLASK_WORKERS", "export A=1", "A B=1", "=1", "1A=1", "A-B=1"])
def test_a_bad_line_is_refused_with_file_and_number(tmp_path: Path, line: str) -> None:
    """The error names the file, the line number and what is expected, not the line."""
    file = tmp_path / ".env.local"
    file.write_text(f"# mine\nA=1\n{line}\n")

    with pytest.raises(environment.EnvironmentFileError) as refusal:
        environment.read(file)

    assert str(refusal.value) == (".env.local:3: expected NAME=value, such as FLASK_WORKERS=8")


@pytest.mark.parametrize("line", ["export LAB_PASSWORD=s3cret", "LAB_PASSWORD: s3cret", "s3cret"])
def test_a_secret_on_a_bad_line_is_not_printed(tmp_path: Path, line: str) -> None:
    """The sentence may end up on a projector."""
    (tmp_path / ".env.local").write_text(f"{line}\n")

    with pytest.raises(environment.EnvironmentFileError) as refusal:
        environment.load({}, root=tmp_path)

    assert "s3cret" not in str(refusal.value)
    assert str(refusal.value).startswith(".env.local:1: expected NAME=value")


@pytest.mark.parametrize(
    "flags",
    [
        *("", "w", " -- EXP=02 QUICK=1", "w -- SET=A=1\\ QUIK=1 EXP=02"),
        *("EXP=02 QUICK=1", "SET=A=1\\ QUIK=1 EXP=02", " --jobserver-auth=3,4 -j2"),
    ],
)
def test_the_words_of_make_are_taken(flags: str) -> None:
    """A variable of the Makefile or a setting, and any text in its value."""
    environment.refuse_misspelt_words({"MAKEFLAGS": flags})


@pytest.mark.parametrize("name", ["LAB_RUN", "LAB_RUNTIME", "LAB_LAYERS", "PAGER", "RUNTIME"])
def test_make_takes_a_variable_that_the_lab_reads_from_the_shell(name: str, tmp_path: Path) -> None:
    """It resembles another one, and is no setting of .env.local except RUNTIME."""
    environment.refuse_misspelt_words({"MAKEFLAGS": f" -- {name}=/x"})

    (tmp_path / ".env").write_text("A=1\n")
    (tmp_path / ".env.local").write_text(f"{name}=x\n")
    if name in environment.SHELL_ONLY:
        with pytest.raises(environment.EnvironmentFileError, match=f"{name} is no setting"):
            environment.load({}, root=tmp_path)


@pytest.mark.parametrize(
    "flags",
    [
        *(" -- QUIK=1", "w -- EXP=02 QUIK=1", "-- QUICKK=1"),
        *("QUIK=1", "EXP=02 QUIK=1", "SET=--\\ x QUIK=1"),  # make 3.81, without flags
    ],
)
def test_a_misspelt_word_of_make_is_refused(flags: str) -> None:
    """With the right one; make itself would ignore it."""
    with pytest.raises(environment.EnvironmentFileError, match=r"expected QUICK=\.\.\.; `make"):
        environment.refuse_misspelt_words({"MAKEFLAGS": flags})


def test_the_committed_file_reads_and_every_setting_in_it_has_a_value() -> None:
    """An empty setting would be easy to overlook; a committed password would protect nothing."""
    settings = environment.read(environment.ROOT / ".env")

    assert settings
    assert [name for name, value in settings.items() if not value] == [
        *("LAB_PASSWORD", "LAB_HOSTS"),
        "DATABASE_URL",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("FLASK_WORKER=8", "FLASK_WORKER is no setting: FLASK_WORKERS is"),
        ("flask_workers=8", "flask_workers is no setting: FLASK_WORKERS is"),
        ("WOKERS=8", "WOKERS is no setting: .env has them all"),
    ],
)
def test_a_name_that_is_no_setting_is_refused_with_the_nearest_one(
    tmp_path: Path, line: str, said: str
) -> None:
    """An unknown name in .env.local would have no effect."""
    (tmp_path / ".env").write_text("FLASK_WORKERS=4\n")
    (tmp_path / ".env.local").write_text(f"# mine\n{line}\n")

    with pytest.raises(environment.EnvironmentFileError) as refusal:
        environment.load({}, root=tmp_path)

    assert str(refusal.value) == f".env.local:2: {said}"


def test_ones_own_file_may_say_where_to_run(tmp_path: Path) -> None:
    """.env.local may set RUNTIME and the Docker engine."""
    (tmp_path / ".env").write_text("A=1\n")
    (tmp_path / ".env.local").write_text("RUNTIME=local\nDOCKER_HOST=ssh://box\n")

    assert environment.load({}, root=tmp_path)["RUNTIME"] == "local"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("A=1\n".encode("utf-16"), "it is no UTF-8 text: save it as UTF-8"),
        ("A=é\n".encode("latin-1"), "it is no UTF-8 text: save it as UTF-8"),
        (None, "Is a directory"),
    ],
    ids=["UTF-16", "Latin-1", "a folder"],
)
def test_a_file_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """Another encoding and a folder are reported with the name of the file."""
    file = tmp_path / ".env.local"
    file.mkdir() if content is None else file.write_bytes(content)

    with pytest.raises(environment.EnvironmentFileError) as refusal:
        environment.load({}, root=tmp_path)

    assert str(refusal.value) == f".env.local: {said}"


def test_the_mark_that_windows_editors_write_is_no_part_of_a_name(tmp_path: Path) -> None:
    """A byte order mark before UTF-8 text is skipped."""
    (tmp_path / ".env").write_text("A=1\n", encoding="utf-8-sig")

    assert environment.read(tmp_path / ".env") == {"A": "1"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("FLASK_WORKER", "FLASK_WORKERS"),
        ("flask_workers", "FLASK_WORKERS"),
        ("LOCUST_USRS", "LOCUST_USERS"),
        ("UPSTREAM_DELAYMS", "UPSTREAM_DELAY_MS"),
        ("LAB_PASWORD", "LAB_PASSWORD"),
    ],
)
def test_a_name_in_the_shell_that_is_nearly_a_setting_is_refused(name: str, meant: str) -> None:
    """A misspelt name would have no effect, silently."""
    with pytest.raises(environment.EnvironmentFileError) as refusal:
        environment.refuse_misspelt({name: "8"})

    assert str(refusal.value) == f"in the environment: {name} is no setting: {meant} is"


def test_a_password_under_a_misspelt_name_is_not_printed() -> None:
    """The error message may be visible on a projector."""
    with pytest.raises(environment.EnvironmentFileError) as refusal:
        environment.refuse_misspelt({"LAB_PASSWD": "s3cret"})

    assert "LAB_PASSWD is no setting: LAB_PASSWORD is" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_what_others_read_from_the_shell_is_theirs() -> None:
    """Names of Flask, Locust, Docker, Python and the lab's own non-settings are accepted."""
    others = (
        "FLASK_APP FLASK_DEBUG FLASK_ENV FLASK_RUN_PORT FLASK_RUN_HOST LOCUST_HOST LOCUST_RUN_TIME "
        "LOCUST_HEADLESS LOCUST_WEB_PORT LOCUST_WEB_HOST LOCUST_SPAWN_RATE LOCUST_LOCUSTFILE "
        "LOCUST_MASTER_NODE_PORT LOCUST_MASTER_BIND_PORT PYTHON_VERSION PYTHONPATH PYTHONHOME "
        "PYTHON_CONFIGURE_OPTS DOCKER_HOST COMPOSE_FILE LAB_RUN LAB_LAYERS LAB_RUNTIME LAB_STAND "
        "LAB_CHECKOUT SERVICE_NAME DATA_DIR CLIENT_ID LISTEN_FDS LISTEN_PID TARGET PATH HOME"
    )

    environment.refuse_misspelt(dict.fromkeys(others.split(), "x"))


@pytest.mark.parametrize("name", OTHERS)
def test_what_others_read_reaches_no_program_in_any_runtime(name: str) -> None:
    """Programs get listed variables only: local ones by name, containers by the compose file."""
    environ = environment.read(environment.ROOT / ".env") | {name: "x", "LAB_RUN": "/nowhere"}
    compose = (environment.ROOT / "docker-compose.yml").read_text()

    assert name not in checkout.of_processes(environ)
    assert name not in environment.PASSED_ON
    assert not re.search(rf"\b{name}\b", compose)

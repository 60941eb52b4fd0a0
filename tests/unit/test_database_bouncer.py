"""pgbouncer in front of the database: what it is told, and where it cannot be had."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from lab_postgres import bouncer
from lab_postgres.settings import Settings

SETTINGS = Settings.from_env({"DB_BOUNCER_POOL": "16", "DATABASE_PORT": "9123"})


def said(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """A machine that has pgbouncer, of this version."""
    monkeypatch.setattr(bouncer.shutil, "which", lambda name: f"/usr/sbin/{name}")
    told = SimpleNamespace(stdout=f"PgBouncer {version}\nlibevent 2.1.12-stable\n")
    monkeypatch.setattr(bouncer.subprocess, "run", lambda *_, **__: told)


def test_without_the_program_a_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the setting."""
    monkeypatch.setattr(bouncer.shutil, "which", lambda name: None)

    with (
        pytest.raises(bouncer.BouncerError, match="DB_BOUNCER_POOL=16: pgbouncer is not installed"),
        bouncer.served(SETTINGS, tmp_path, 5432, {}),
    ):
        pytest.fail("nothing can be served")


@pytest.mark.parametrize("version", ["1.18.0", "1.20", "x", ""])
def test_an_old_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """In its transaction mode prepared statements would fail from the second query on."""
    said(monkeypatch, version)

    with (
        pytest.raises(bouncer.BouncerError, match=r"expected 1\.21 or newer"),
        bouncer.served(SETTINGS, tmp_path, 5432, {}),
    ):
        pytest.fail("nothing can be served")


@pytest.mark.parametrize("version", ["1.21.0", "1.24.1", "2.0"])
def test_it_passes_on_what_arrives_at_the_port_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """With so many connections, in transaction mode; it is ended with the block."""
    said(monkeypatch, version)
    started: list[object] = []

    class Process:
        def __init__(self, command: list[str], **_: object) -> None:
            self.command = command
            self.ended = 0
            started.append(self)

        def kill(self) -> None:
            self.ended += 1

        def wait(self) -> None:
            self.ended += 1

    monkeypatch.setattr(bouncer.subprocess, "Popen", Process)
    with bouncer.served(SETTINGS, tmp_path, 5432, {}) as process:
        lines = dict(
            line.split(" = ", 1)
            for line in Path(process.command[-1]).read_text().splitlines()
            if " = " in line
        )
    assert lines["lab"] == "host=127.0.0.1 port=5432 dbname=lab"
    assert (lines["listen_addr"], lines["listen_port"]) == ("127.0.0.1", "9123")
    assert (lines["pool_mode"], lines["default_pool_size"]) == ("transaction", "16")
    assert Path(lines["auth_file"]).read_text() == '"lab" "lab"\n'
    assert [process] == started
    assert process.ended == 2
    assert subprocess.Popen is Process  # the module's own, so that no real one was started

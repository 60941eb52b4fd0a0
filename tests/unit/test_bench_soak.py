"""What the soak makes of its figures."""

import io
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from bench.soak import __main__ as soak
from bench.soak.__main__ import MIB, ProcessMemory, report

STEADY = ProcessMemory("flask-svc", 50 * MIB, 58 * MIB)  # within a tenth and 4 MiB
COUNTS = {"flask-svc": [100, 0, 100], "fastapi-svc": [900, 0, 900]}


@pytest.mark.parametrize(
    ("kept", "counts", "code", "said"),
    [
        ([STEADY], COUNTS, 0, "every target is met"),
        ([STEADY, ProcessMemory("locust", 50 * MIB, 60 * MIB)], COUNTS, 1, "grows"),
        ([STEADY, ProcessMemory("locust", 50 * MIB, 0)], COUNTS, 1, "is gone"),
        ([STEADY], COUNTS | {"flask-svc": [100, 1, 100]}, 1, "not every target"),
        ([STEADY], COUNTS | {"flask-svc": [100, 0, 101]}, 1, "not every target"),
        ([STEADY], {"flask-svc": [0, 0, 0]}, 1, "not every target"),
        ([], COUNTS, 1, "not every target"),
        ([STEADY], {}, 1, "not every target"),
    ],
)
def test_growth_loss_and_failure_each_miss_a_target(
    kept: list[ProcessMemory], counts: dict[str, list[int]], code: int, said: str
) -> None:
    console = Console(file=io.StringIO(), width=80)

    assert report(console, 10.0, kept, counts) == code
    assert said in console.file.getvalue()


def test_a_lab_that_did_not_come_up_is_brought_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the shell says of a room, its password and its targets."""
    commands = []

    def run(command: list[str], *, env: dict[str, str], check: bool, **_: object) -> None:
        commands.append((command[-1], env))
        if check:
            raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(soak.subprocess, "run", run)
    others = {"LAB_BIND": "0.0.0.0", "LAB_PASSWORD": "sesame", "LAB_TARGETS": "flask-gevent"}
    for name, value in others.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(subprocess.CalledProcessError), soak.lab(tmp_path):
        pass

    assert [name for name, _ in commands] == ["up", "down"]
    for _, told in commands:
        assert (told["LAB_BIND"], told["LAB_PASSWORD"]) == ("127.0.0.1", "")
        assert told["LAB_TARGETS"] == "flask-svc,fastapi-svc"

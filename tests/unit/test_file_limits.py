"""How many files a program may open, where the system grants less than it says."""

import errno
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from fastapi_svc import __main__ as fastapi_svc
from flask_svc import __main__ as flask_svc
from lab.driver import exhaustion
from lab.running.testbed import TestbedError
from lab.running.testbed.local_platform import LocalPlatform
from lab.runtime import RuntimeProblem, local
from mock_upstream import files

RAISERS = [
    flask_svc.raise_file_limit,
    fastapi_svc.raise_file_limit,
    files.raise_file_limit,
    exhaustion.raise_open_files,
]
ENDLESS = 2**63 - 1  # what macOS calls its hard limit


@pytest.mark.parametrize("raise_limit", RAISERS, ids=lambda each: each.__module__)
@pytest.mark.parametrize(
    ("soft", "hard", "granted", "expected"),
    [
        (256, 4096, 4096, 4096),  # Linux: the hard one
        (256, ENDLESS, 65_536, 65_536),  # macOS says that there is none, and takes no more
        (256, ENDLESS, 61_440, 10_240),  # or than these
        (256, ENDLESS, 300, 256),  # nothing more is to be had: it goes on with what it has
        (100_000, ENDLESS, 200_000, 100_000),  # it is never lowered
    ],
)
def test_the_limit_is_raised_as_far_as_the_system_allows(
    raise_limit: Callable[[], object],
    soft: int,
    hard: int,
    granted: int,
    expected: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each connection takes one file, on both of its sides."""
    now = [soft]

    def set_limit(which: int, limits: tuple[int, int]) -> None:
        assert (which, limits[1]) == (resource.RLIMIT_NOFILE, hard)
        if limits[0] > granted:
            raise ValueError("current limit exceeds maximum limit")
        now[0] = limits[0]

    monkeypatch.setattr(resource, "getrlimit", lambda which: (now[0], hard))
    monkeypatch.setattr(resource, "setrlimit", set_limit)

    raise_limit()

    assert now == [expected]


@pytest.mark.parametrize(
    ("hard", "is_enough"), [(64, False), (1023, False), (1024, True), (ENDLESS, True), (-1, True)]
)
def test_a_lab_that_could_not_hold_its_own_connections_is_not_started(
    hard: int, is_enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its servers would reset connections, and nobody would know why."""
    monkeypatch.setattr(resource, "getrlimit", lambda which: (64, hard))

    sentence = exhaustion.too_few_files()

    assert (sentence == "") == is_enough
    if not is_enough:
        assert f"the limit of open files is {hard}, and the lab needs 1,024: raise" in sentence
        for start in (
            lambda: local.require_room({"LAB_RUN": "/nowhere/run"}),
            lambda: LocalPlatform({}),
        ):
            with pytest.raises((RuntimeProblem, TestbedError), match=f"open files is {hard}"):
                start()


def test_a_full_disk_is_said_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write)

    with pytest.raises(RuntimeProblem, match=r"cannot write to .*run \(No space left on device\)"):
        local.require_room({"LAB_RUN": str(tmp_path / "run")})
    assert list((tmp_path / "run").iterdir()) == []

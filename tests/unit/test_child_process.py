"""The end of child processes: asked for, forced, and of a whole group."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from lab import child_process

PATIENCE_S = 60.0
WAITS = "print(flush=True); input()"
IS_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"
HAS_A_CHILD = """if True:
    import subprocess, sys
    child = subprocess.Popen([sys.executable, "-c", "input()"])
    print(flush=True)
    child.wait()
"""

Child = subprocess.Popen[str]
Start = Callable[[str], Child]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start Python code in its own session; all end with the test."""
    started: list[Child] = []

    def begin(code: str) -> Child:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for each in started:
        each.kill()
        child_process.hang_up(each)  # closes the pipes


def line(process: Child) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_process_is_stopped_by_sigterm(start: Start) -> None:
    """It is waited for, so that no zombie is left."""
    process = start(WAITS)
    line(process)

    child_process.stop(process, PATIENCE_S)

    assert process.returncode == -signal.SIGTERM


def test_a_process_that_ignores_sigterm_is_killed(start: Start) -> None:
    """After the patience, and not before it is over."""
    process = start(IS_STUBBORN)
    line(process)

    child_process.stop(process, 0.1)

    assert process.returncode == -signal.SIGKILL


def test_a_process_that_ends_with_its_input_is_not_killed(start: Start) -> None:
    """`input()` raises EOFError, which is exit code 1."""
    process = start("input()")

    child_process.hang_up(process, PATIENCE_S)

    assert process.returncode == 1
    assert process.stdin is not None
    assert process.stdin.closed


def test_a_process_without_interest_in_its_input_is_killed(start: Start) -> None:
    """Also where bytes for it are left in the pipe."""
    process = start("import signal; signal.pause()")
    assert process.stdin is not None
    process.stdin.write("left over\n")

    child_process.hang_up(process, 0.1)

    assert process.returncode == -signal.SIGKILL


def test_one_process_is_killed(start: Start) -> None:
    """Whatever it does with SIGTERM; a second time changes nothing."""
    process = start(IS_STUBBORN)
    line(process)

    child_process.kill(process)
    child_process.kill(process)

    assert process.returncode == -signal.SIGKILL


def test_groups_are_killed_with_their_children(start: Start) -> None:
    """Both groups, and one that has ended before is ignored."""
    first, second, ended = start(HAS_A_CHILD), start(HAS_A_CHILD), start("")
    ended.wait(PATIENCE_S)
    for each in (first, second):
        line(each)

    child_process.kill_groups(first, second, ended)

    assert [first.returncode, second.returncode] == [-signal.SIGKILL] * 2
    # The children hold the same pipe, which ends when they have ended.
    assert [line(first), line(second)] == ["", ""]


def test_a_group_can_get_any_signal(start: Start) -> None:
    """Without a wait: the caller may want to send another one."""
    process = start(WAITS)
    line(process)

    child_process.signal_group(process, signal.SIGINT)

    assert process.wait(PATIENCE_S) in (1, -signal.SIGINT)
    child_process.signal_group(process, signal.SIGINT)

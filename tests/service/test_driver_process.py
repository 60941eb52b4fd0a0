"""The driver as a process: commands in, answers out, one line each, and how it ends."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

DRIVER = [sys.executable, "-c", "import sys; from lab.driver.serve import main; sys.exit(main())"]
DEADLINE_S = 60.0

Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start drivers, such as start(open_files=64); all end with the test."""
    with ExitStack() as stack:

        def begin(open_files: int | None = None) -> Process:
            def limit() -> None:
                if open_files is not None:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))

            process = subprocess.Popen(
                DRIVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=limit
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield begin


def say(process: Process, command: dict[str, Any]) -> None:
    """Send a command."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(command).encode() + b"\n")
    process.stdin.flush()


def hear(process: Process) -> dict[str, Any]:
    """Return the next answer."""
    assert process.stdout is not None
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def test_it_says_who_it_is_and_ends_with_its_input(start: Start) -> None:
    """It raises its limit of open files to the hard limit."""
    process = start()
    say(process, {"do": "hello"})

    told = hear(process)

    assert told["pid"] == process.pid
    assert told["python"] == "{}.{}.{}".format(*sys.version_info)
    assert told["open_files"] == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    out, _ = process.communicate(timeout=DEADLINE_S)
    assert (out, process.returncode) == (b"", 0)


def test_every_line_is_answered_although_the_input_has_ended(upstream: httpx.Client) -> None:
    """A malformed line gets an error as answer, an empty line gets none."""
    burst = {"do": "burst", "url": f"{upstream.base_url}/call", "requests": 2}
    lines = ["{not json", "", json.dumps(burst), "[1]", json.dumps({"do": "hello"})]

    done = subprocess.run(
        DRIVER, input="\n".join(lines).encode(), capture_output=True, timeout=60, check=False
    )

    first, second, third, fourth = map(json.loads, done.stdout.splitlines())
    assert first["error"].startswith("no JSON: ")
    assert second["rows"]["status"] == [200, 200]
    assert third == {"error": 'expected an object with "do"'}
    assert set(fourth) == {"open_files", "python", "pid"}
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_interruption_is_not_for_the_driver(start: Start, upstream: httpx.Client) -> None:
    """Ctrl-C reaches the host process too, and the host decides what happens."""
    process = start()
    say(process, {"do": "hello"})
    hear(process)
    say(process, {"do": "burst", "url": f"{upstream.base_url}/delay/500ms", "requests": 1})
    process.send_signal(signal.SIGINT)

    assert hear(process)["rows"]["status"] == [200]


def test_a_load_ends_when_nobody_is_left_to_hear_of_it(
    start: Start, upstream: httpx.Client, eventually: Callable[..., None]
) -> None:
    """The driver ends when its host was killed."""
    process = start()
    url = f"{upstream.base_url}/delay/20ms"
    say(process, {"do": "closed", "url": url, "users": 3, "duration_s": 3600})

    def held() -> int:
        return int(upstream.get("/stats").json()["all"]["peak"])

    eventually(lambda: held() == 3, "the load is under way")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()

    assert process.wait(DEADLINE_S) == 1


def test_a_limit_that_is_met_is_named(start: Start, upstream: httpx.Client) -> None:
    """Of 100 connections some find no free descriptor; the others are answered."""
    process = start(open_files=64)
    say(process, {"do": "burst", "url": f"{upstream.base_url}/call", "requests": 100})

    rows = hear(process)["rows"]

    answered = rows["status"].count(200)
    assert 0 < answered < 64
    failure = "no connection: no descriptor left (limit 64): raise `ulimit -n`"
    assert rows["error"].count(failure) == 100 - answered
    say(process, {"do": "burst", "url": f"{upstream.base_url}/call", "requests": 10})
    assert hear(process)["rows"]["status"] == [200] * 10


def test_the_driver_carries_no_luggage() -> None:
    """It imports no library for charts, servers or patching; `lab.addresses` needs only Python."""
    code = """if True:
        import sys
        import lab.addresses
        assert not {"httptools", "uvloop"} & set(sys.modules)
        import lab.driver.serve
        print(*{"altair", "rich", "locust", "gevent", "aiohttp", "httpx"} & set(sys.modules))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "\n"

"""The mock upstream as a process: how it starts, and how it stops."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

Connect = Callable[[httpx.Client], socket.socket]
Eventually = Callable[[Callable[[], object]], None]
Start = Callable[..., tuple[subprocess.Popen[bytes], httpx.Client]]

DEADLINE_S = 20


def run(**settings: str) -> subprocess.CompletedProcess[str]:
    """A mock upstream that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "mock_upstream"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def in_flight(client: httpx.Client) -> int:
    return int(client.get("/stats").json()["all"]["in_flight"])


def test_a_bad_setting_ends_it_with_a_sentence() -> None:
    """Exit code 2, and nothing but the sentence."""
    ended = run(UPSTREAM_DELAY_MS="abc")

    assert ended.returncode == 2
    assert ended.stderr == "UPSTREAM_DELAY_MS='abc': expected a number from 0 to 60000\n"
    assert ended.stdout == ""


def test_a_port_in_use_ends_it_with_a_sentence() -> None:
    """Exit code 1; the sentence names the port and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(LISTEN_PORT=str(port))

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"port {port} on 127.0.0.1 is in use: ")
    assert "LISTEN_PORT" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_host_of_some_other_machine_ends_it_with_a_sentence() -> None:
    """Exit code 1 as well."""
    ended = run(LISTEN_HOST="192.0.2.1")

    assert ended.returncode == 1
    assert ended.stderr.startswith("cannot listen on 192.0.2.1 port 8003")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_in_flight_end(
    start_upstream: Start, connect: Connect, eventually: Eventually, signum: signal.Signals
) -> None:
    """It stops listening, closes idle connections, answers what it holds, and exits with 0."""
    process, client = start_upstream()
    idle, busy = connect(client), connect(client)
    busy.sendall(b"GET /delay/1 HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    eventually(lambda: in_flight(client) == 1)
    process.send_signal(signum)

    assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(client)
    answer = busy.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in answer
    assert busy.recv(1) == b""
    assert process.wait(DEADLINE_S) == 0


def test_requests_that_take_too_long_are_dropped(
    start_upstream: Start, connect: Connect, eventually: Eventually
) -> None:
    """After SHUTDOWN_S, without an answer, and still with exit code 0."""
    process, client = start_upstream(SHUTDOWN_S="0.2")
    busy = connect(client)
    busy.sendall(b"GET /delay/60 HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: in_flight(client) == 1)
    process.terminate()

    assert busy.recv(1) == b""
    assert process.wait(DEADLINE_S) == 0


def test_nobody_waits_for_a_request_that_hangs(
    start_upstream: Start, connect: Connect, eventually: Eventually
) -> None:
    """It would never be answered, so the whole of SHUTDOWN_S would pass for nothing."""
    process, client = start_upstream(SHUTDOWN_S="3600")
    client.put("/behaviour", json={"hang_rate": 1})
    hung = connect(client)
    hung.sendall(b"GET /call HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: in_flight(client) == 1)
    process.terminate()

    assert process.wait(DEADLINE_S) == 0


def test_running_out_of_files_is_survived(
    start_upstream: Start, connect: Connect, eventually: Eventually
) -> None:
    """Connections too many are closed; later ones are served again."""
    process, client = start_upstream()
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (30, 30))
    assert client.get("/healthz").status_code == 200
    crowd = [connect(client) for _ in range(60)]
    assert b"" in [crowd[-1].recv(1)]
    for each in crowd:
        each.close()

    def serves_anew() -> bool:
        with httpx.Client(base_url=client.base_url) as fresh:
            try:
                return fresh.get("/healthz").status_code == 200
            except httpx.TransportError:
                return False

    eventually(serves_anew)
    assert process.poll() is None


def test_the_delay_of_the_start_comes_from_the_environment(start_upstream: Start) -> None:
    """UPSTREAM_DELAY_MS is where the dial stands, and where DELETE puts it back."""
    _, client = start_upstream(UPSTREAM_DELAY_MS="12.5")

    assert client.get("/behaviour").json()["delay_ms"] == 12.5

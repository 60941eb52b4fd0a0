"""What of a server's log says why it failed."""

import pytest

from workshop.exercises.last_words import last_error, last_line

OF_GUNICORN = """\
[2026-11-20 19:45:40 +0000] [7] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "/venv/lib/python3.13/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker
    worker.init_process()
  File "/sandbox/flask_svc/app.py", line 64
    def x(:
          ^
SyntaxError: invalid syntax
[2026-11-20 19:45:40 +0000] [7] [INFO] Worker exiting (pid: 7)
[2026-11-20 19:45:40 +0000] [6] [ERROR] Worker (pid:7) exited with code 3
[2026-11-20 19:45:40 +0000] [6] [ERROR] Reason: Worker failed to boot.
"""
LOGS = {
    OF_GUNICORN: "SyntaxError: invalid syntax (app.py, line 64)",
    "flask-svc: FLASK_WORKERS='x': expected a number\n": "FLASK_WORKERS='x': expected a number",
    "httpx.ConnectError: refused\nINFO: done\n": "httpx.ConnectError: refused",
    "KeyError\n": "KeyError",
    "INFO: Started server process [7]\n": "",
    "": "",
}


@pytest.mark.parametrize("log", LOGS)
def test_it_is_the_last_error_and_its_place_in_ones_own_file(log: str) -> None:
    """And not what a server says of its own end after it."""
    assert last_error(log) == LOGS[log]


def test_an_error_without_a_traceback_has_no_place_of_another() -> None:
    """A frame above belongs to the error below it, and to no later one."""
    log = f"{OF_GUNICORN}Traceback (most recent call last):\nValueError: later\n"

    assert last_error(log) == "ValueError: later"


def test_a_log_without_errors_has_a_last_line() -> None:
    """Which is better than nothing."""
    assert last_line("one\n two \n\n") == "two"
    assert last_line("") == ""

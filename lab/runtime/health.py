"""Ask each program of the lab whether it is alive."""

import http.client
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence

from lab.runtime.topology import Program, port_of

# The lab runs on this machine, so the shell's proxy settings must not apply.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_alive(program: Program, environ: Mapping[str, str], timeout_s: float = 2.0) -> bool:
    """Return True where the program answers GET /healthz without an HTTP error status."""
    url = f"http://127.0.0.1:{port_of(program, environ)}/healthz"
    try:
        with DIRECT.open(url, timeout=timeout_s):
            return True
    # An HTTP error status is an OSError too (urllib's HTTPError).
    except (OSError, http.client.HTTPException):
        return False


def wait(
    programs: Sequence[Program],
    environ: Mapping[str, str],
    *,
    deadline_s: float,
    check: Callable[[], None],
) -> list[Program]:
    """Poll all programs; return those that are not alive after `deadline_s` seconds.

    `check` runs before each round and may raise to end the wait.
    """
    until = time.monotonic() + deadline_s
    missing = list(programs)
    while missing and time.monotonic() < until:
        check()
        missing = [program for program in missing if not is_alive(program, environ)]
        if missing:
            time.sleep(0.2)
    return missing

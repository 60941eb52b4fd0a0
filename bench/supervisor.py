"""What the supervisor costs: answers of /json per second with one that is asked, over none.

Exit code 0 where the targets were met, else 1.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from urllib.parse import urlsplit

import httpx

from bench.services.servers import as_shipped
from bench.upstream import load, tools
from bench.upstream.servers import Server
from lab.running.testbed.ports import free_port

ABOVE = 1000  # the supervisor's port is so much above its service's
EVERY_S = 1.0  # as the dashboard asks
REST_S = 0.2
REQUESTS = 2_000
CONNECTIONS = 16
ROUNDS = 41
LEAST = 0.97
ONE_WORKER = {"FLASK_WORKERS": "1", "FASTAPI_WORKERS": "1"}
"""One worker: which of several takes a connection is chance, and costs more than counting does."""
FRAMEWORKS = ("flask", "fastapi")


@contextmanager
def supervised(framework: str) -> Iterator[Server]:
    """Run a service below a supervisor, which is asked for its metrics all the while."""
    port = str(free_port(also_above=ABOVE))
    settings = {"SUPERVISOR_HOST": "127.0.0.1", "LISTEN_PORT": port, **ONE_WORKER}
    with as_shipped(framework, f"{framework}_svc", settings) as server, asked(server):
        yield server


@contextmanager
def asked(server: Server) -> Iterator[None]:
    """Ask the supervisor for its metrics, from a thread."""
    ends = threading.Event()
    port = (urlsplit(server.url).port or 0) + ABOVE

    def ask() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            while not ends.wait(EVERY_S):
                client.get("/metrics").raise_for_status()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        ends.set()
        asking.join()


def compare() -> dict[tuple[str, bool], list[float]]:
    """Answers per second of each counted round, by framework and whether it is supervised."""
    found: dict[tuple[str, bool], list[float]] = {}
    with ExitStack() as stack:
        servers = {
            (framework, is_supervised): stack.enter_context(
                supervised(framework)
                if is_supervised
                else as_shipped(
                    framework, f"{framework}_svc", {"SUPERVISOR_HOST": "", **ONE_WORKER}
                )
            )
            for framework in FRAMEWORKS
            for is_supervised in (False, True)
        }
        for number in range(ROUNDS + 1):
            # Each is first in turn: what a machine does over time is shared out evenly.
            order = list(servers) if number % 2 else list(reversed(servers))
            for each in order:
                run = load.steady(f"{servers[each].url}/json", REQUESTS, CONNECTIONS)
                if run.errors:
                    raise RuntimeError(f"{each[0]}: {run.errors} requests failed")
                # Round 0 is the warm-up and is not counted.
                if number:
                    found.setdefault(each, []).append(REQUESTS / run.makespan_s)
            print(f"round {number} of {ROUNDS}" if number else "warmed up", file=sys.stderr)
            time.sleep(REST_S)
    return found


def main() -> int:
    """Print the table; return the exit code."""
    try:
        tools.hey()
    except tools.MissingTool as missing:
        print(missing, file=sys.stderr)
        return 1
    print(
        f"{REQUESTS:,} requests of /json over {CONNECTIONS} connections; medians of {ROUNDS} "
        "rounds (slowest to fastest), answers per second\n"
        f"{'':<10}{'alone':^26}{'with a supervisor':^26}median ratio of a round",
        flush=True,
    )
    found = compare()
    missed = []
    for framework in FRAMEWORKS:
        alone, with_one = found[framework, False], found[framework, True]
        # Side by side: a busy round slows both of its runs.
        ratio = median(b / a for a, b in zip(alone, with_one, strict=True))
        print(f"{framework:<10}{_spread(alone)}{_spread(with_one)}{ratio:.3f}")
        if ratio < LEAST:
            missed.append(f"{framework}: {ratio:.3f}, at least {LEAST}")
    print("\n" + ("\n".join(missed) or f"every ratio is at least {LEAST:g}"))
    return 1 if missed else 0


def _spread(rates: list[float]) -> str:
    return f"{median(rates):8,.0f} ({min(rates):,.0f}-{max(rates):,.0f})".ljust(26)


if __name__ == "__main__":
    sys.exit(main())

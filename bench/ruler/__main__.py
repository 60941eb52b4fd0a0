"""Run the comparison and print its table."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

import httpx

from bench.ruler import foreign, ours, report
from bench.ruler.figures import Burst, Closed
from bench.services.servers import as_shipped
from bench.upstream import servers, tools

ROUNDS = 3
REST_S = 1.0  # lets connections of one tool close before the other begins
BURST = 100
USERS = 16
# Long enough that the first request of each user, which opens its connection, is in no percentile.
DURATION_S = 10
# Long enough that waiting dominates a burst; where four slots serve a hundred, less is enough.
LONG_MS, QUEUED_MS = 1000.0, 200.0
# Short enough that the answers cut off at the end of a load do not matter.
CLOSED_MS = 50.0


class Pair(NamedTuple):
    """One load, sent by the driver and by another tool."""

    name: str
    tool: str
    delay_ms: float
    ours: Callable[[], Burst | Closed]
    foreign: Callable[[], Burst | Closed]


def main() -> int:
    """Print the table; return 0 where every figure meets its target, 1 otherwise."""
    try:
        tools.hey()
        foreign.wrk()
    except tools.MissingTool as missing:
        print(missing, file=sys.stderr)
        return 1
    shortfalls: list[str] = []
    with ExitStack() as stack:
        upstream = stack.enter_context(servers.mock_upstream())
        settings = {"UPSTREAM_URL": upstream.url}
        flask = stack.enter_context(as_shipped("flask-svc", "flask_svc", settings))
        fastapi = stack.enter_context(as_shipped("fastapi-svc", "fastapi_svc", settings))
        driver = stack.enter_context(ours.driver())
        _warm_up(driver, flask, fastapi)
        report.print_table_head()
        for pair in pairs(driver, upstream, flask, fastapi):
            httpx.put(f"{upstream.url}/behaviour", json={"delay_ms": pair.delay_ms})
            by_us, by_them = _take_turns(pair)
            for row in report.rows(pair.name, pair.tool, by_us, by_them):
                report.print_row(row)
                shortfalls += filter(None, [row.shortfall()])
            shortfalls += report.failures(pair.name, pair.tool, by_us, by_them)
    return report.verdict(shortfalls)


def pairs(
    driver: ours.Driver, upstream: servers.Server, flask: servers.Server, fastapi: servers.Server
) -> list[Pair]:
    """Every load under comparison."""
    bursts = (
        ("mock-upstream", f"{upstream.url}/call", LONG_MS),
        ("flask-svc /io", f"{flask.url}/io", QUEUED_MS),
        ("fastapi-svc /async-io", f"{fastapi.url}/async-io", LONG_MS),
    )
    closed = (
        ("mock-upstream", f"{upstream.url}/call"),
        ("flask-svc /io", f"{flask.url}/io"),
        ("fastapi-svc /async-io", f"{fastapi.url}/async-io"),
    )
    return [
        *(
            Pair(
                f"burst of {BURST}, {name}",
                "hey",
                delay_ms,
                partial(driver.burst, url, BURST),
                partial(foreign.burst, url, BURST),
            )
            for name, url, delay_ms in bursts
        ),
        *(
            Pair(
                f"{USERS} users, {name}",
                "wrk",
                CLOSED_MS,
                partial(driver.closed, url, USERS, DURATION_S),
                partial(foreign.closed, url, USERS, DURATION_S),
            )
            for name, url in closed
        ),
    ]


def _take_turns(pair: Pair) -> tuple[list[Burst | Closed], list[Burst | Closed]]:
    by_us: list[Burst | Closed] = []
    by_them: list[Burst | Closed] = []
    for _ in range(ROUNDS):
        for tool, found in ((pair.ours, by_us), (pair.foreign, by_them)):
            found.append(tool())
            time.sleep(REST_S)
    return by_us, by_them


def _warm_up(driver: ours.Driver, *services: servers.Server) -> None:
    """Send first bursts, so that one-time work is done before the measurement."""
    for each in services:
        for route in ("/io", "/async-io"):
            driver.burst(f"{each.url}{route}", BURST)


if __name__ == "__main__":
    sys.exit(main())

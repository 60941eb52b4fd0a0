"""Run the comparison and print its two tables."""

import sys
import time
from statistics import median

import psutil

from bench.upstream import limits, load, servers, tools
from bench.upstream.report import Cost, Row, print_cost, print_row, print_table_head, verdict

SIZES = (100, 1_000, 5_000, 10_000)
ROUNDS = 3
COST_ROUNDS = 5
COST_REQUESTS = 40_000
COST_CONNECTIONS = 50
REST_S = 1.0  # between bursts, so that closed connections leave their ports


def compare(files: int) -> list[Row]:
    """Makespans of both servers, size by size."""
    rows = []
    print_table_head()
    with servers.nginx(files) as nginx, servers.mock_upstream() as mock:
        for requests in SIZES:
            reason = limits.reason_not_to_run(requests, files)
            runs: dict[str, list[load.Load]] = {nginx.name: [], mock.name: []}
            for _ in range(0 if reason else ROUNDS):
                for server in (nginx, mock):
                    runs[server.name].append(load.burst(f"{server.url}/delay/1", requests))
                    time.sleep(REST_S)
            rows.append(Row(requests, runs[nginx.name], runs[mock.name], reason))
            print_row(rows[-1])
    return rows


def cost_of_statistics() -> Cost:
    """Server CPU time of a request without a wait, with and without statistics."""
    with (
        servers.mock_upstream() as counted,
        servers.mock_upstream("bench.upstream.uncounted") as uncounted,
    ):
        spent_us: dict[str, list[float]] = {counted.name: [], uncounted.name: []}
        for _ in range(COST_ROUNDS):
            # In turns, so that a busy minute affects both.
            for server in (counted, uncounted):
                before_s = _cpu_s(server.pid)
                load.steady(f"{server.url}/delay/0", COST_REQUESTS, COST_CONNECTIONS)
                spent_us[server.name].append((_cpu_s(server.pid) - before_s) / COST_REQUESTS * 1e6)
        return Cost(median(spent_us[counted.name]), median(spent_us[uncounted.name]))


def main() -> int:
    """Print both tables; return 0 where every target was met, 1 otherwise."""
    try:
        tools.hey()
        tools.echo_module()
    except tools.MissingTool as missing:
        print(missing, file=sys.stderr)
        return 1
    files = limits.open_files()
    if warning := limits.backlog_warning(servers.BACKLOG):
        print(warning, file=sys.stderr)
    rows = compare(files)
    cost = cost_of_statistics()
    print_cost(cost)
    return verdict(rows, cost)


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    sys.exit(main())

"""Run the comparison and print its table. Exit code 0 where the targets were met, else 1."""

import sys
from contextlib import ExitStack
from statistics import median

from bench.api.measuring import Cost, cost
from bench.api.requests import BY_HAND, IMPLEMENTATIONS, REQUESTS, Implementation, Request
from bench.services.servers import as_shipped

ONE_WORKER = {
    "FLASK_WORKERS": "1",
    "FLASK_WORKER_CLASS": "gthread",
    "FLASK_THREADS": "4",
    "FASTAPI_WORKERS": "1",
}
COUNT = 400
ROUNDS = 5
MOST = 3.0  # ratio to the CPU time of Flask by hand

Costs = dict[tuple[Implementation, Request], list[Cost]]


def compare() -> Costs:
    """Costs of the counted rounds, for every request on every implementation in turn."""
    costs: Costs = {(each, asked): [] for each in IMPLEMENTATIONS for asked in REQUESTS}
    with ExitStack() as stack:
        modules = {each.module for each in IMPLEMENTATIONS}
        servers = {
            module: stack.enter_context(as_shipped(module, module, ONE_WORKER))
            for module in modules
        }
        for implementation in IMPLEMENTATIONS:  # warm-up; it also creates the first user
            for asked in reversed(REQUESTS):
                cost(servers[implementation.module], implementation, asked, COUNT // 4)
        for number in range(1, ROUNDS + 1):
            for implementation, asked in costs:
                server = servers[implementation.module]
                costs[implementation, asked].append(cost(server, implementation, asked, COUNT))
            print(f"round {number} of {ROUNDS}", file=sys.stderr)
    return costs


def main() -> int:
    """Print the table; return the exit code."""
    print(
        f"one client, one request at a time; medians of {ROUNDS} rounds of {COUNT} "
        "(least to most)\n"
        f"{'request':<18}{'implementation':<18}{'latency in ms':^22}{'CPU in ms':^22}ratio"
    )
    costs = compare()
    missed = []
    for asked in REQUESTS:
        # The baseline of each ratio, measured in the same rounds.
        by_hand = cpu_ms(costs[BY_HAND, asked])
        for implementation in IMPLEMENTATIONS:
            found = costs[implementation, asked]
            ratio = cpu_ms(found) / by_hand
            latencies = spread([each.latency_ms for each in found])
            cpu = spread([each.cpu_ms for each in found])
            print(f"{asked.name:<18}{implementation.name:<18}{latencies}{cpu}{ratio:.2f}")
            if ratio > MOST:
                missed.append(f"{implementation.name}, {asked.name}: {ratio:.2f}, at most {MOST}")
    print("\n" + ("\n".join(missed) or f"every ratio is at most {MOST:g}"))
    return 1 if missed else 0


def cpu_ms(costs: list[Cost]) -> float:
    """Median CPU time over the rounds, in ms."""
    return median(each.cpu_ms for each in costs)


def spread(numbers: list[float]) -> str:
    """Format the median with minimum and maximum."""
    return f"{median(numbers):6.2f} ({min(numbers):.2f}-{max(numbers):.2f})".ljust(22)


if __name__ == "__main__":
    sys.exit(main())

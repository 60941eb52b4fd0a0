"""Run the comparison and print its table."""

import math
import sys
import time
from contextlib import ExitStack

from bench.services import servers
from bench.services.report import print_table, rows, verdict
from bench.services.variants import VARIANTS, Variant
from bench.upstream import limits, load, tools
from bench.upstream.servers import BACKLOG, mock_upstream

REQUESTS = 1_000
ROUNDS = 5
REQUEST_TIMEOUT_S = 120  # a client per request is slow, but must be measured too
REST_S = 1.0  # between bursts, so that closed connections leave their ports


def compare() -> dict[Variant, list[load.Load]]:
    """The counted bursts of every variant."""
    runs: dict[Variant, list[load.Load]] = {variant: [] for variant in VARIANTS}
    closed_at_s = dict.fromkeys(VARIANTS, -math.inf)
    kept_s = float(servers.shipped()["CLIENT_KEEP_ALIVE_S"])
    with ExitStack() as stack:
        upstream = stack.enter_context(mock_upstream())
        services = [stack.enter_context(servers.service(each, upstream)) for each in VARIANTS]
        for number in range(ROUNDS + 1):
            for variant, service in zip(VARIANTS, services, strict=True):
                time.sleep(max(REST_S, closed_at_s[variant] - time.monotonic()))
                burst = load.burst(f"{service.url}/async-io", REQUESTS, REQUEST_TIMEOUT_S)
                # The time by which the client has closed its idle connections.
                closed_at_s[variant] = time.monotonic() + kept_s + REST_S
                # Round 0 is the warm-up and is not counted.
                if number > 0:
                    runs[variant].append(burst)
            print(f"round {number} of {ROUNDS}" if number else "warmed up", file=sys.stderr)
    return runs


def main() -> int:
    """Print the table; return 0 where every target was met, 1 otherwise."""
    try:
        tools.hey()
    except tools.MissingTool as missing:
        print(missing, file=sys.stderr)
        return 1
    if reason := limits.reason_not_to_run(REQUESTS, limits.open_files()):
        print(f"cannot run: {reason}", file=sys.stderr)
        return 1
    if warning := limits.backlog_warning(BACKLOG):
        print(warning, file=sys.stderr)
    print(
        f"burst of {REQUESTS} requests for /async-io, sent by hey; the upstream takes 1 s\n"
        f"medians of {ROUNDS} rounds (fastest to slowest), after one uncounted burst for each",
        flush=True,
    )
    table = rows(compare())
    print_table(table)
    return verdict(table)


if __name__ == "__main__":
    sys.exit(main())

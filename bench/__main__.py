"""Run every benchmark, one after the other. Exit code 0 where all targets were met, else 1."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime

BENCHES = (
    "bench.ruler",
    "bench.upstream",
    "bench.services",
    "bench.dashboard",
    "bench.supervisor",
    "bench.api",
    "bench.sockets",
    "bench.theory",
)


def main() -> int:
    """Run the benchmarks; return the exit code. A benchmark that cannot run counts as not met."""
    print(
        f"{len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )
    not_met = []
    for bench in BENCHES:
        print(f"\n== {bench} ==\n", flush=True)
        # One process per benchmark: none inherits another's limits or ends with it.
        if subprocess.run([sys.executable, "-m", bench], check=False).returncode:
            not_met.append(bench)
    print("\n" + (f"not met: {', '.join(not_met)}" if not_met else "all met"))
    return 1 if not_met else 0


if __name__ == "__main__":
    sys.exit(main())

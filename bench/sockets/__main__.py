"""Run the comparison and print its table. Exit code 0 where the targets were met, else 1."""

import sys
from statistics import median

from bench.sockets.measuring import Cost, cost
from lab.targets import target

# The number of slots where it is limited; a hundred elsewhere.
SOCKETS = {"flask-svc": 4, "flask-gthread": 100, "flask-gevent": 100, "fastapi-svc": 100}
REFERENCE = "fastapi-svc"
TOO_FEW = {"flask-svc"}  # too few WebSockets to measure the memory of one
ROUNDS = 3
MOST_MEMORY, MOST_TIME = 4.0, 6.0


def main() -> int:
    """Print the table; return the exit code."""
    costs: dict[str, list[Cost]] = {name: [] for name in SOCKETS}
    for number in range(1, ROUNDS + 1):
        for name, sockets in SOCKETS.items():
            costs[name].append(cost(target(name), sockets))
        print(f"round {number} of {ROUNDS}", file=sys.stderr)
    print(
        f"medians of {ROUNDS} rounds (least to most), of one WebSocket\n"
        f"{'target':<16}{'open':>5}  {'KiB':<22}{'threads':<10}{'echo in ms':<22}"
    )
    missed = []
    for name, found in costs.items():
        kib, threads, echo_ms = zip(*found, strict=True)
        print(
            f"{name:<16}{SOCKETS[name]:>5}  {spread(kib):<22}{median(threads):<10.2f}"
            f"{spread(echo_ms):<22}".rstrip()
        )
        if name not in TOO_FEW and ratio(kib, costs, "kib") > MOST_MEMORY:
            missed.append(f"{name}: {ratio(kib, costs, 'kib'):.1f} x the memory of {REFERENCE}")
        if ratio(echo_ms, costs, "echo_ms") > MOST_TIME:
            missed.append(f"{name}: {ratio(echo_ms, costs, 'echo_ms'):.1f} x the time of an echo")
    print("\n" + ("\n".join(missed) or "every target was met"))
    return 1 if missed else 0


def ratio(numbers: tuple[float, ...], costs: dict[str, list[Cost]], of: str) -> float:
    """Median divided by the reference target's median."""
    reference: float = median(getattr(each, of) for each in costs[REFERENCE])
    return median(numbers) / reference


def spread(numbers: tuple[float, ...]) -> str:
    """Format the median with minimum and maximum."""
    return f"{median(numbers):.3g} ({min(numbers):.3g}-{max(numbers):.3g})"


if __name__ == "__main__":
    sys.exit(main())

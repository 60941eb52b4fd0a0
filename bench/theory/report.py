"""The table, and whether prediction and measurement agree."""

from collections.abc import Mapping, Sequence
from statistics import median

from bench.theory.grid import Cell
from bench.theory.measured import Measured
from bench.theory.predicted import Predicted
from lab.processor_time import Calibration

Place = tuple[str, str]


def print_costs(calibrations: Mapping[Place, Calibration]) -> None:
    """Print one line per target and route."""
    print("processor time of a request, in ms\n")
    print(
        f"{'target':<14} {'route':<9} {'target (least to most)':<24} "
        f"{'generator':>9} {'upstream':>9}"
    )
    for (target, route), each in calibrations.items():
        least_s, most_s = each.spread
        spread = f"{_ms(each.time.target_s)} ({_ms(least_s)} to {_ms(most_s)})"
        print(
            f"{target:<14} {route:<9} {spread:<24} {_ms(each.time.generator_s):>9} "
            f"{_ms(each.time.upstream_s):>9}"
        )


def print_table(
    predicted: Mapping[Cell, Predicted], measured: Mapping[Cell, Sequence[Measured]]
) -> int:
    """Print one line per cell; return the number of cells that miss."""
    print(
        f"\n{'target':<14} {'route':<9} {'users':>5}  {'limit':<14}  "
        f"{'X predicted':>11} {'measured':>9} {'ratio':>6}  "
        f"{'R predicted':>11} {'measured':>9} {'ratio':>6}  within"
    )
    missed = 0
    for cell, said in predicted.items():
        found = measured[cell]
        rps = median(each.throughput_rps for each in found)
        x = rps / said.throughput_rps
        times_s = [each.response_s for each in found if each.response_s is not None]
        r = median(times_s) / said.response_s if times_s else None
        failed = sum(each.failed for each in found)
        far = [abs(ratio - 1) > said.tolerance for ratio in (x, r) if ratio is not None]
        missed += any(far) or failed > 0
        verdict = f"{failed} failed" if failed else "MISSED" if any(far) else "met"
        time = f"{median(times_s):>9.3f} {r:>6.3f}" if times_s else f"{'-':>9} {'-':>6}"
        print(
            f"{cell.target:<14} {cell.route:<9} {cell.users:>5}  {said.limit:<14}  "
            f"{said.throughput_rps:>11.1f} {rps:>9.1f} {x:>6.3f}  "
            f"{said.response_s:>11.3f} {time}  {said.tolerance:.0%}: {verdict}"
        )
    return missed


def _ms(time_s: float) -> str:
    return f"{time_s * 1000:.2f}"

"""Run the comparison and print its table."""

import os
import sys

from bench.theory import costs, grid, measured, predicted, report
from lab.running.testbed import Testbed, TestbedError, open_testbed


def compare(testbed: Testbed, users: tuple[int, ...]) -> int:
    """Calibrate, predict, measure and print; return the number of cells that miss."""
    testbed.start_upstream({"delay_ms": grid.DELAY_S * 1000})
    testbed.start_fresh(grid.SHAPES)
    told = {name: testbed.server(name) for name in dict(grid.PLACES)}
    cores = os.cpu_count() or 1

    def slots(target: str, route: str) -> int | None:
        found: int | None = told[target]["slots"].get(route)
        return found

    calibrations = {place: costs.calibrate(testbed, *place, slots(*place)) for place in grid.PLACES}
    report.print_costs(calibrations)
    cells = grid.cells(users)
    said = {
        cell: predicted.predict(
            cell,
            predicted.way(
                cell,
                calibrations[cell.place].time,
                slots=slots(*cell.place),
                workers=told[cell.target]["workers"],
                cores=cores,
            ),
        )
        for cell in cells
    }
    found: dict[grid.Cell, list[measured.Measured]] = {cell: [] for cell in cells}
    for number in range(1, grid.ROUNDS + 1):
        for cell in cells:
            found[cell].append(measured.measure(testbed, cell, said[cell], slots(*cell.place)))
            measured.rest(testbed, cell, slots(*cell.place))
        print(f"round {number} of {grid.ROUNDS}", file=sys.stderr)
    return report.print_table(said, found)


def main(arguments: list[str]) -> int:
    """Print the table; return 0 where every cell is met, 1 otherwise."""
    try:
        users = tuple(map(int, arguments)) or grid.USERS
    except ValueError:
        print("expected numbers of users", file=sys.stderr)
        return 2
    try:
        with open_testbed("local", os.environ) as testbed:
            missed = compare(testbed, users)
    except (TestbedError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n" + (f"{missed} cells missed" if missed else "every target was met"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

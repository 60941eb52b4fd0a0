"""Numbers that several claims compute from findings: one value for each series.

They stand in `Computed` quantities (quantity.py), whose cells are named beside them.
"""

from lab.claims.findings import Findings, MissingError
from lab.claims.quantity import CellName, Computed, Metric, Quantity
from lab.verdicts.doubt_rules import Doubt
from lab.verdicts.estimates import least_squares


def tasks(experiment: str, cell: str) -> Quantity:
    """Return the length of a burst in task lengths: makespan divided by the upstream's delay."""
    return _of_cell(makespan_in_tasks, experiment, cell)


def served(experiment: str, cell: str, users: int) -> Quantity:
    """Return the throughput as a share of what `users` ask for who never queue."""
    return Computed(share_of_demand, ((experiment, cell),), (experiment, cell, users))


def failed(experiment: str, cell: str, but: tuple[Doubt, ...] = ()) -> Quantity:
    """Return the failures as a share of all requests; failures are no doubt then."""
    return _of_cell(failed_share, experiment, cell, ("errors", *but))


def over(experiment: str, one: str, other: str, metric: str) -> Quantity:
    """Return a metric of one cell divided by that of another cell of the same experiment."""
    return Metric(experiment, one, metric) / Metric(experiment, other, metric)


def slope(experiment: str, fit: str, cells: tuple[str, ...], factor: float) -> Quantity:
    """Return the slope of a line through `cells`, series by series, times `factor`."""
    names = tuple((experiment, cell) for cell in cells)
    return Computed(slopes, names, (experiment, fit)) * factor


def makespan_in_tasks(findings: Findings, experiment: str, cell: str) -> list[float]:
    """Return makespans divided by the upstream's delay."""
    makespans = findings.metric(experiment, cell, "makespan_s").values
    return [each / findings.delay_s(experiment) for each in makespans]


def share_of_demand(findings: Findings, experiment: str, cell: str, users: int) -> list[float]:
    """Return throughputs divided by users per task length, in per cent."""
    rates = findings.metric(experiment, cell, "throughput_rps").values
    return [100 * each * findings.delay_s(experiment) / users for each in rates]


def failed_share(findings: Findings, experiment: str, cell: str) -> list[float]:
    """Return failures in per cent of all requests; 100 for a series without requests."""
    failures = findings.metric(experiment, cell, "failed").values
    answers = findings.metric(experiment, cell, "answered").values
    return [
        100 * missing / (missing + there) if missing + there else 100.0
        for missing, there in zip(failures, answers, strict=True)
    ]


def more_threads(findings: Findings, experiment: str, cell: str) -> list[float]:
    """Return how many threads the server has more while requests wait, by series."""
    measured = findings.measurements(experiment, cell)
    return [
        float(sum(each.threads for each in one.held) - sum(each.threads for each in one.before))
        for one in measured
    ]


def slopes(findings: Findings, experiment: str, fit: str) -> list[float]:
    """Return the slope of the least-squares line through the cells of a fit, by series."""
    return [least_squares([*points.items()])[0] for points in by_series(findings, experiment, fit)]


def by_series(findings: Findings, experiment: str, fit: str) -> list[dict[float, float]]:
    """Return memory by x for each series, from the cells of a fit. Raises MissingError."""
    places = findings.fitted(experiment, fit)
    memory = {cell: findings.metric(experiment, cell, "pss_bytes").values for cell in places}
    series = min(len(each) for each in memory.values())
    found = [{x: memory[cell][number] for cell, x in places.items()} for number in range(series)]
    if any(len(points) < 2 for points in found):
        raise MissingError(f"experiment {experiment} has too few cells for the line {fit}")
    return found


def _of_cell(function: object, experiment: str, cell: str, but: tuple[Doubt, ...] = ()) -> Quantity:
    place: CellName = (experiment, cell)
    return Computed(function, (place,), place, but)  # type: ignore[arg-type]

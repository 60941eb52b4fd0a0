"""How long measuring takes beyond the loads themselves; for the time left and time-outs."""

from lab.experiments.experiment import HOLD, THREADS, Cell, Experiment

START_S = 3.0
"""Servers and their first requests, on a machine with 2 cores; most run already in a report."""
BETWEEN_S = 0.1
"""Around each load: looking at the upstream before and after it."""
PROBES_S = 0.2
RESTART_S = 2.0


def experiment_s(experiment: Experiment) -> float:
    """All of it, start-up included; an estimate."""
    measured_s = sum(measurement_s(experiment, cell) for cell in experiment.cells)
    return START_S + experiment.repeats * measured_s


def measurement_s(experiment: Experiment, cell: Cell) -> float:
    """One repeat of that cell; an estimate."""
    around_s = BETWEEN_S
    if looks_at_processes(experiment, cell):
        around_s += PROBES_S
    if experiment.fresh or cell.fresh:
        around_s += RESTART_S
    return around_s + cell.expected_s


def looks_at_processes(experiment: Experiment, cell: Cell) -> bool:
    """Whether the server's processes are looked at around this cell's load."""
    kind = cell.load.kind
    return not cell.direct and kind != THREADS and (experiment.probes or kind == HOLD)

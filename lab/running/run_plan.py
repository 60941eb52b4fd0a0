"""What a run settles before it measures: order of cells, slots of servers, the driver's ceiling.

The ceiling is the highest rate that the driver can send and receive on this machine. A measured
rate near the ceiling describes the driver, not the server under test.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from lab.experiments.experiment import Cell, Experiment
from lab.running.testbed import Testbed


def order(experiment: Experiment) -> list[tuple[Cell, int]]:
    """Return each cell with its series (1-based), interleaved: A B A B, never A A B B.

    All cells run once before the next series, and the shapes take turns within a series. A slow
    change of the machine then affects all cells alike and shows as spread.
    """
    once = interleaved(experiment.cells)
    return [(cell, series) for series in range(1, experiment.series + 1) for cell in once]


def interleaved(cells: Sequence[Cell]) -> list[Cell]:
    """Take one cell of each shape in turn. Cells of one shape keep their order."""
    by_shape: dict[str, list[Cell]] = {}
    for cell in cells:
        by_shape.setdefault(cell.shape, []).append(cell)
    # Shapes may have different numbers of cells.
    rounds = zip_longest(*by_shape.values())
    return [cell for each in rounds for cell in each if cell is not None]


def disagreements(experiment: Experiment, servers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One sentence per shape and route whose actual slots differ from the predicted ones.

    Predictions compute slots from the settings; /server reports the server's own count. A route
    that /server does not report is left out.
    """
    found = {}
    for cell in experiment.cells:
        inputs = cell.prediction.inputs
        known = servers.get(cell.shape, {}).get("slots", {})
        # Not every prediction depends on slots.
        if "slots" not in inputs or cell.route not in known:
            continue
        predicted, said = inputs["slots"], known[cell.route]
        if predicted != said:
            found[cell.shape, cell.route] = (
                f"{cell.shape} reports {_count(said)} for /{cell.route}, "
                f"but the prediction was made for {_count(predicted)}"
            )
    return list(found.values())


def _count(slots: float | None) -> str:
    return "slots without limit" if slots is None else f"{slots:g} slots"


CONNECTIONS = 64
DURATION_S = 1.5


def needs_ceiling(experiment: Experiment) -> bool:
    """Return True where a cell keeps only counts, as it sends too much to keep every sample."""
    return any(cell.load.keeps == "counts" for cell in experiment.cells)


def measure_ceiling(testbed: Testbed) -> dict[str, Any]:
    """Measure `ceiling` of run.json: requests per second and the driver's CPU share of one core.

    The target is the upstream's /healthz, which answers at once and costs less than any server
    under test.
    """
    answer = testbed.drive(
        {
            "do": "ceiling",
            "url": f"{testbed.upstream_url}/healthz",
            "connections": CONNECTIONS,
            "duration_s": DURATION_S,
        },
        # 30 s of grace on top of the load itself.
        DURATION_S + 30.0,
    )
    return {"rate_rps": answer["rate_rps"], "cpu_share": answer["cpu_share"]}

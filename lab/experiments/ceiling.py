"""The most that the driver itself can send and receive on this machine.

A rate near it says something of the driver, and nothing of the server under test.
"""

from typing import Any

from lab.experiments.experiment import Experiment
from lab.experiments.stand import Stand

CONNECTIONS = 64
DURATION_S = 1.5


def is_needed(experiment: Experiment) -> bool:
    """Where so much is sent that not every sample can be kept."""
    return any(cell.load.keeps == "counts" for cell in experiment.cells)


def measure(stand: Stand) -> dict[str, Any]:
    """`ceiling` of run.json: requests per second, and the share of a core that they took.

    The upstream answers this path at once, and costs less than any server under test.
    """
    answer = stand.drive(
        {
            "do": "ceiling",
            "url": f"{stand.upstream_url}/healthz",
            "connections": CONNECTIONS,
            "duration_s": DURATION_S,
        },
        DURATION_S + 30.0,
    )
    return {"rate_rps": answer["rate_rps"], "cpu_share": answer["cpu_share"]}

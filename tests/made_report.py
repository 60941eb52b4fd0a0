"""A made report: every experiment of experiments/, with samples from arithmetic and some noise.

For tests and for looking at the page while nothing is measured; its numbers say nothing
about any server. `python tests/made_report.py FOLDER` writes one.
"""

import random
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import Cell, Experiment
from lab.results import experiment_json, folder, sources
from lab.results.measurement import MEASURED, WARM_UP, Measurement, Process, Row
from lab.results.writing import COMPLETE, INTERRUPTED, Writer
from lab.samples import Sample

MOST_ROWS = 600  # of a closed or open load: more do not change a picture
INTERRUPTED_AFTER = 5


def make(
    place: Path,
    *,
    only: Iterable[str] = (),
    skipped: Iterable[str] = ("15",),
    interrupted: Iterable[str] = ("16",),
    quick: bool = False,
    seed: int = 1,
) -> Path:
    """Write a report's folder; `only`, `skipped` and `interrupted` are numbers of experiments."""
    for name in catalogue.names():
        if only and name[:2] not in only:
            continue
        if name[:2] in skipped:
            reason = "local processes cannot be given half a CPU and 256 MiB: run it with Docker"
            folder.skip(place / name, name, reason)
            continue
        experiment = experiment_file.read(catalogue.find(name), quick=quick, cores=2)
        write(place / name, experiment, is_whole=name[:2] not in interrupted, seed=seed)
    return place


def write(place: Path, experiment: Experiment, *, is_whole: bool = True, seed: int = 1) -> None:
    """One run; cut off after some measurements unless `is_whole`."""
    dice = random.Random(f"{experiment.name} {seed}")
    order = [
        (cell.id, series) for series in range(1, experiment.series + 1) for cell in experiment.cells
    ]
    writer = Writer(place, metadata(experiment, order))
    for number, (id, series) in enumerate(order):
        if not is_whole and number == INTERRUPTED_AFTER:
            return writer.close(INTERRUPTED, "Ctrl-C while its sixth measurement ran")
        writer.add(measurement(experiment, experiment.cell(id), series, dice))
    return writer.close(COMPLETE)


@cache
def sources_of(definition: str) -> dict[str, str]:
    """The hashes of the tree, which are the same for all experiments but one."""
    return sources.of_tree(definition)


def metadata(experiment: Experiment, order: list[tuple[str, int]]) -> dict[str, object]:
    """What run.json says of a machine that nobody has."""
    return {
        "experiment": experiment_json.as_dict(experiment),
        "quick": experiment.quick,
        "runtime": "local",
        "machine": {
            "cores": 2,
            "cpu": "Made Processor 2.5 GHz",
            "memory_bytes": 4_100_000_000,
            "kernel": "6.1.0",
            "system": "Debian GNU/Linux 12 (bookworm)",
            "python": "3.11.2",
        },
        "limits": {
            "open_files": 1_048_576,
            "somaxconn": 4096,
            "local_ports": 28_232,
            "processes": None,
        },
        "versions": {"Flask": "3.1.3", "fastapi": "0.163.2", "gunicorn": "27.0.1"},
        "git": {
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "changed": False,
            "changed_sources": [],
        },
        "sources": sources_of(experiment.definition),
        "servers": {shape.name: {"workers": 4} for shape in experiment.shapes},
        "ceiling": {"rate_rps": 24_000.0, "cpu_share": 0.97},
        "busy_before": 0.03,
        "order": order,
        "made_at": datetime(2026, 11, 20, tzinfo=UTC).isoformat(),
    }


def measurement(
    experiment: Experiment, cell: Cell, series: int, dice: random.Random
) -> Measurement:
    """One cell once, near its prediction."""
    began_s, wall_s = 3.0 * series, 2.0
    load, kind = cell.load, cell.load.kind
    upstream = {
        "served": 100,
        "errors": 0,
        "cancelled": 0,
        "peak": peak(cell),
        "late_ms": {"p50": 1, "p99": 1, "max": 2},
    }
    processes = [
        Process(
            pid=100 + n,
            parent=1,
            cpu_s=1.0,
            pss_bytes=int(2.4e7 + 6e4 * load.requests * dice.uniform(0.97, 1.03)),
            threads=1,
        )
        for n in range(int(cell.x or 1) if kind == "hold" and not load.requests else 2)
    ]
    driver = {"cpu_s": 0.2, "wall_s": wall_s, "late_s": 0.001, "unsent": 0, "abandoned": 0}
    rows: list[Row] = []
    counts: dict[int, int] = {}
    figures: dict[str, list[float]] = {}
    if kind in ("burst", "hold"):
        rows = [
            row for burst in range(load.bursts) for row in burst_rows(experiment, cell, burst, dice)
        ]
    elif kind in ("closed", "open"):
        if load.keeps == "counts":
            rate = dice.uniform(0.97, 1.03) * (cell.prediction.value or 4_000)
            counts = {int(1000 + 250 * n): int(rate * load.duration_s / 40) for n in range(40)}
        else:
            rows = list(flow_rows(experiment, cell, dice))
    elif kind == "sockets":
        figures = {
            "handshakes": [float(peak(cell) or 16)],
            "makespan_s": [cell.prediction.value or 1.0],
        }
    elif kind == "threads":
        figures = {
            "thread_start_s": [dice.uniform(4e-5, 6e-5) for _ in range(20)],
            "thread_bare_s": [dice.uniform(9e-6, 1.2e-5) for _ in range(20)],
            "thread_create_s": [dice.uniform(3e-6, 4e-6) for _ in range(20)],
        }
    elif kind == "ask":
        rows = [
            Row(
                Sample(
                    start_s=n,
                    latency_s=0.01,
                    status=400 if n else 200,
                    target=cell.shape,
                    route=cell.route,
                )
            )
            for n in range(len(load.asks))
        ]
    after = [
        Process(pid=p.pid, parent=1, cpu_s=p.cpu_s + 0.5, pss_bytes=p.pss_bytes, threads=1)
        for p in processes
    ]
    return Measurement(
        cell=cell.id,
        series=series,
        began_s=began_s,
        wall_s=wall_s,
        rows=rows,
        counts=counts,
        upstream=upstream if kind not in ("threads", "ask") else {},
        before=processes if experiment.probes else (),
        held=processes if kind == "hold" else (),
        after=after if experiment.probes else (),
        driver=driver,
        figures=figures,
    )


def slots(cell: Cell) -> int | None:
    found = cell.prediction.inputs.get("slots")
    return None if found is None else int(found)


def peak(cell: Cell) -> int:
    number = cell.load.requests or cell.load.users or 4
    return min(number, slots(cell) or number)


def service_s(experiment: Experiment, cell: Cell) -> float:
    delay_s = float(experiment.behaviour.get("delay_ms", 1000)) / 1000
    return cell.prediction.inputs.get("service_s") or delay_s


def burst_rows(
    experiment: Experiment, cell: Cell, burst: int, dice: random.Random
) -> Iterator[Row]:
    """A burst on so many slots: wave after wave, by four workers or as many as there are slots."""
    wait_s, limit = service_s(experiment, cell), slots(cell)
    workers = min(limit or 4, 4)
    for k in range(cell.load.requests):
        wave = k // limit if limit else 0
        yield Row(
            Sample(
                start_s=0.0,
                latency_s=(wave + 1) * (wait_s + 0.002) + dice.uniform(0.001, 0.012),
                status=200,
                target=cell.shape,
                route=cell.route,
                worker_pid=4711 + (k % workers if limit else dice.randrange(workers)),
                upstream_s=wait_s + 0.001,
                app_s=0.001,
                sent_s=0.0002 + k * 1e-5,
            ),
            MEASURED,
            burst,
        )


def flow_rows(experiment: Experiment, cell: Cell, dice: random.Random) -> Iterator[Row]:
    """So many answers as theory has it, spread evenly over the measured time."""
    load, wait_s = cell.load, service_s(experiment, cell)
    number = load.users or load.rate_rps * wait_s
    rate = min(number / wait_s, (slots(cell) or 1e9) / wait_s) * dice.uniform(0.975, 1.0)
    rows = max(3, min(MOST_ROWS, round(rate * load.duration_s)))
    latency_s = max(wait_s, number / rate)
    for n in range(rows + 3):
        phase = WARM_UP if n < 3 else MEASURED
        end_s = load.warmup_s + (n - 3) / rows * load.duration_s if n >= 3 else load.warmup_s / 2
        took_s = latency_s + abs(dice.gauss(0.002, 0.002))
        yield Row(
            Sample(
                start_s=max(0.0, end_s - took_s),
                latency_s=took_s,
                status=200,
                target=cell.shape,
                route=cell.route,
                worker_pid=4711 + n % 4,
                upstream_s=wait_s,
                app_s=0.001,
                sent_s=max(0.0, end_s - took_s),
            ),
            phase,
            0,
            max(0.0, end_s - took_s) if load.kind == "open" else None,
        )


if __name__ == "__main__":
    make(Path(sys.argv[1]))

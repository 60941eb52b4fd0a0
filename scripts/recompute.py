"""Compute twelve deciding numbers of a report again, from its raw samples, without the lab.

    python scripts/recompute.py results/reference

It imports nothing of the lab, so that it can be read beside the report: each line is the mean over
the series of one number, with the claim and the part that it decides.
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from math import ceil, floor
from pathlib import Path
from statistics import fmean, median

REPORT = Path(sys.argv[1])


def samples(number, cell, kind="samples"):
    """Yield the rows of a cell by series."""
    [path] = REPORT.glob(f"{number}-*/{kind}.csv.gz")
    by_series = defaultdict(list)
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["cell"] == cell and row.get("phase", "measured") == "measured":
                by_series[int(row["series"])].append(row)
    return [by_series[each] for each in sorted(by_series)]


def measurements(number, cell):
    """Return the lines of a cell by series."""
    [path] = REPORT.glob(f"{number}-*/measurements.jsonl")
    lines = map(json.loads, path.read_text().splitlines())
    return sorted((each for each in lines if each["cell"] == cell), key=lambda each: each["series"])


def times(rows):
    """Return when each answer of a burst came, in seconds from its first request."""
    begin = min(float(row["start_s"]) for row in rows)
    return sorted(float(row["start_s"]) + float(row["latency_s"]) - begin for row in rows)


def makespans(number, cell):
    """Return the median length of the bursts of each series."""
    found = []
    for rows in samples(number, cell):
        bursts = {row["burst"] for row in rows}
        found.append(median(times([r for r in rows if r["burst"] == b])[-1] for b in bursts))
    return found


def on_time(number, cell, formula):
    """Return the share in per cent of answers that come within 0.25 s of formula(n)."""
    answers = [(n, at) for rows in samples(number, cell) for n, at in enumerate(times(rows), 1)]
    return 100 * fmean(abs(at - formula(n / 4)) <= 0.25 for n, at in answers)


def cpu_seconds(line):
    """Return the processor seconds that a server's processes used during a load."""
    before = {each["pid"]: each["cpu_s"] for each in line["before"]}
    return sum(each["cpu_s"] - before.get(each["pid"], 0) for each in line["after"])


def per_core(cell, seconds, warm_up):
    """Return answers by processor second; the warm-up, which is not counted, had the same rate."""
    return [
        sum(int(row["count"]) for row in rows) * (1 + warm_up / seconds) / cpu_seconds(line)
        for rows, line in zip(samples("12", cell, "counts"), measurements("12", cell), strict=True)
    ]


def slope(points):
    """Return the slope of the least-squares line through points (x, y)."""
    mean_x, mean_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum(
        (x - mean_x) ** 2 for x, _ in points
    )


def slopes(cells, when):
    """Return the slope of memory over x, in bytes, for each series; `cells` is {x: cell}."""
    memory = {
        x: [sum(each["pss_bytes"] for each in line[when]) for line in measurements("11", cell)]
        for x, cell in cells.items()
    }
    return [
        slope(list(zip(memory, values, strict=True)))
        for values in zip(*memory.values(), strict=True)
    ]


def ratio(one, other):
    """Return the mean of the quotients, series by series."""
    return fmean(a / b for a, b in zip(one, other, strict=True))


FLASK, FASTAPI = (f"{name}-1.json.closed-64" for name in ("flask", "fastapi"))
SOLO = measurements("22", "fastapi-solo.async-io.hold-2000")
IDLE = {n: f"flask-{n}.io.hold-0" for n in (1, 2, 4, 8)}
HELD = {n: f"fastapi-async.async-io.hold-{n}" for n in (100, 300, 500)}
BURST, AWAITED = "flask-svc.io.burst-16", "flask-svc.async-io.burst-16"
PARTS = [f"flask-svc.async-io-multi.p{parts}.burst-16" for parts in (1, 2)]
HUNDRED = [f"{name}-svc.io.burst-100" for name in ("fastapi", "flask")]
NUMBERS = [
    ("C1", "the burst's length", fmean(makespans("02", BURST))),
    ("C2", "the time with `async def`", ratio(makespans("03", AWAITED), makespans("03", BURST))),
    ("C3", "the gain of two parts", ratio(*(makespans("04", each) for each in PARTS))),
    ("C4", "on time by floor, of 16", on_time("02", BURST, floor)),
    ("C4", "on time by ceil, of 16", on_time("02", BURST, ceil)),
    ("C5", "FastAPI's time", 100 * ratio(*(makespans("05", each) for each in HUNDRED))),
    ("C8", "the burst on flask-svc `/io`", fmean(makespans("05", HUNDRED[1]))),
    ("A1", "one more idle worker", fmean(slopes(IDLE, "before")) / 1e6),
    ("A1", "one more request in flight", fmean(slopes(HELD, "held")) / 1e3),
    ("A3", "the requests that wait at once", fmean(line["upstream"]["peak"] for line in SOLO)),
    ("B1", "Flask's rate", fmean(per_core(FLASK, 1.0, 0.3))),
    (
        "B1",
        "FastAPI's rate by Flask's",
        ratio(*(per_core(each, 1.0, 0.3) for each in (FASTAPI, FLASK))),
    ),
]

if __name__ == "__main__":
    for claim, part, number in NUMBERS:
        print(f"{claim}\t{part}\t{number:.6g}")

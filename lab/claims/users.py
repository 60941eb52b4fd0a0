"""Claim B3 of article B: a growing number of users."""

from collections.abc import Iterable
from math import inf

from lab import theory
from lab.claims.claim import Claim, Decision, Range
from lab.claims.findings import ERRORS, GENERATOR, Findings
from lab.claims.measures import failed_share
from lab.claims.rule import ClaimPart, left_out, near, part, together
from lab.rounded import listed, percent
from lab.verdicts.judgement import Verdict

EXPERIMENT = "13"
FEW, MANY, MOST = 100, 1000, 10000
FEW_FAIL: Range = (0, 0.01)
KEEPS_UP: Range = (0.5, inf)
FALLS_BEHIND: Range = (0, 0.5)
LEFT_OUT = "left out of a quick run"


def flask(users: int) -> str:
    """Return the id of Flask's cell with that number of users."""
    return f"flask-svc.io.closed-{users}"


def fastapi(users: int) -> str:
    """Return the id of FastAPI's cell with that number of users."""
    return f"fastapi-svc.async-io.closed-{users}"


def decide_users(findings: Findings) -> Decision:
    """Decide B3; parts that a quick run leaves out stay open."""
    workers = findings.workers(EXPERIMENT, "flask-svc")
    parts = [
        few := _served(findings, "Flask", FEW, KEEPS_UP),
        _served(findings, "FastAPI", FEW, KEEPS_UP),
        _saturated(findings, workers),
        _served(findings, "FastAPI", MANY, KEEPS_UP),
        _served(findings, "Flask", MOST, FALLS_BEHIND),
        _served(findings, "FastAPI", MOST, KEEPS_UP),
        _failures(findings, "Flask", FEW),
        *(_failures(findings, "FastAPI", users) for users in (FEW, MANY, MOST)),
    ]
    too_early = few.verdict is Verdict.FAILS
    return together(
        parts,
        _sentence(parts),
        fails=f": Flask's {workers} workers are all busy from {workers} waiting users on"
        if too_early
        else "",
    )


def _cell(framework: str, users: int) -> str:
    return flask(users) if framework == "Flask" else fastapi(users)


def _failures(findings: Findings, framework: str, users: int) -> ClaimPart:
    cell = _cell(framework, users)
    what, unit = f"{framework}'s failures with {users:,} users", "of all requests"
    if not findings.has(EXPERIMENT, cell):
        return left_out(what, FEW_FAIL, unit=unit, why=LEFT_OUT)
    return part(
        what,
        failed_share(findings, EXPERIMENT, cell),
        FEW_FAIL,
        unit=unit,
        doubts=findings.doubts(EXPERIMENT, cell, but=(*GENERATOR, *ERRORS)),
    )


def _served(findings: Findings, framework: str, users: int, claimed: Range) -> ClaimPart:
    # Throughput relative to N / s, the rate that the users would reach without a queue.
    cell = _cell(framework, users)
    what, unit = f"{framework} with {users:,} users", "of what they ask for"
    if not findings.has(EXPERIMENT, cell):
        return left_out(what, claimed, unit=unit, why=LEFT_OUT)
    throughput = findings.metric(EXPERIMENT, cell, "throughput_rps")
    return part(
        what,
        throughput.scaled(findings.delay_s(EXPERIMENT) / users),
        claimed,
        unit=unit,
        doubts=findings.doubts(EXPERIMENT, cell),
    )


def _saturated(findings: Findings, workers: int) -> ClaimPart:
    cell = flask(MANY)
    full = theory.capacity_rps(slots=workers, service_s=findings.delay_s(EXPERIMENT))
    claimed = near(full, quick=findings.quick)
    what, unit = f"Flask's throughput with {MANY:,} users", "per second"
    if not findings.has(EXPERIMENT, cell):
        return left_out(what, claimed, unit=unit, why=LEFT_OUT)
    return part(
        what,
        findings.metric(EXPERIMENT, cell, "throughput_rps"),
        claimed,
        unit=unit,
        doubts=findings.doubts(EXPERIMENT, cell),
    )


def _sentence(parts: Iterable[ClaimPart]) -> str:
    # Served shares of the demand, then failures where there were any.
    served = [
        f"{each.what} {percent(each.measured.middle)}"
        for each in parts
        if each.measured is not None and each.unit == "of what they ask for"
    ]
    failures = [
        f"{each.what} were {percent(each.measured.middle)}"
        for each in parts
        if each.measured is not None and each.unit == "of all requests" and each.measured.middle
    ]
    told = [f"Of what users ask for when nobody queues, {listed(served)} was served", *failures]
    return "; ".join(told)


CLAIMS = (
    Claim(
        id="B3",
        source="B",
        text="With 100 users both are stable; with 1,000 Flask's workers are saturated and "
        "FastAPI is stable; with 10,000 Flask needs scaling out and FastAPI handles it.",
        reading="Users ask again as soon as they are answered, and each request waits for the "
        "upstream; both have 4 workers. Stable, and handles it: fewer than 1 in 100 fail, and at "
        "least half of what the users would ask for without a queue is served, so that a mean "
        "answer takes at most twice the task. Saturated: the throughput is that of full "
        "workers, within 10 %. Needs scaling out: less than that half is served. A quick run "
        "leaves 1,000 and 10,000 users out.",
        experiments=(EXPERIMENT,),
        rule=decide_users,
    ),
)

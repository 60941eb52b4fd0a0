"""Claims B1, B2 and B10 of article B, and A12: requests without I/O."""

from math import inf

from lab.claims.claim import Basis, Claim, Failing, Kind, Part, near, one
from lab.claims.findings import GENERATOR, Findings, MissingError
from lab.claims.quantity import Computed, Metric, Quantity
from lab.verdicts.absence import Reason

USERS = 64


def cell(shape: str) -> str:
    """Return the cell of a server that answers 64 users at once."""
    return f"{shape}.json.closed-{USERS}"


def per_core(shape: str) -> Quantity:
    """Return answers by processor second of the server; the load generator does not matter."""
    return Metric("12", cell(shape), "requests_per_cpu_s", GENERATOR)


def per_second(shape: str) -> Quantity:
    """Return answers per second by the wall clock, beside the load generator."""
    return Metric("12", cell(shape), "throughput_rps")


def switches(shape: str) -> Quantity:
    """Return the context switches of the server's processes for each answer."""
    return Metric("12", cell(shape), "switches_per_request", GENERATOR)


def eight_by_two(findings: Findings, eight: str, two: str) -> list[float]:
    """Return the throughput of 8 workers in per cent of that of 2, by series.

    Raises MissingError unless the machine has two cores, of which 2 workers fill all.
    """
    if findings.experiment("12").cores != 2:
        raise MissingError("this is about a machine with two cores", Reason.MACHINE)
    rates = (findings.metric("12", each, "throughput_rps").values for each in (eight, two))
    return [100 * a / b for a, b in zip(*rates, strict=True)]


def mean_ms(shape: str) -> Quantity:
    """Return the mean latency in milliseconds."""
    return Metric("12", cell(shape), "mean_s") * 1000


def on_server(shape: str, kept: bool = True) -> Quantity:
    """Return answers by processor second, with connections that are kept or new."""
    name = f"{shape}.json.closed-32" + ("" if kept else "-new")
    return Metric("23", name, "requests_per_cpu_s", GENERATOR)


def lead(fastapi: str, flask: str) -> Quantity:
    """Return FastAPI's lead by processor second: its answers beyond Flask's, by Flask's."""
    return (on_server(fastapi) - on_server(flask)) / on_server(flask)


PER_CORE = "the rate is per processor second of one worker"
CORE = "the rate is per processor second"
ONE_SERVER = f"{CORE} with Granian for both"
TWO = "the rate is per second with 2 workers"
FOUR = "the rate is per second with 4 workers"

CLAIMS = (
    Claim(
        id="B1",
        section="Performance Benchmarks, raw throughput",
        text="Without I/O, Flask serves 2,000 to 5,000 requests per second and FastAPI 15,000 to "
        "30,000, 3 to 10 times as many.",
        literal="A small JSON answer to 64 users in a closed load. The article names neither "
        "workers nor cores, so that each basis is judged: what one core can give, which does not "
        "depend on the load generator, and what 2 and 4 workers give on this machine, beside the "
        "load generator. FastAPI keeps connections, gunicorn's sync worker does not.",
        parts=(
            Part(
                what="Flask's rate",
                unit="per second",
                claimed=(2000, 5000),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(label=PER_CORE, quantity=per_core("flask-1")),
                    Basis(label=TWO, quantity=per_second("flask-2")),
                    Basis(label=FOUR, quantity=per_second("flask-4")),
                ),
            ),
            Part(
                what="FastAPI's rate",
                unit="per second",
                claimed=(15000, 30000),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(label=PER_CORE, quantity=per_core("fastapi-1")),
                    Basis(label=TWO, quantity=per_second("fastapi-2")),
                    Basis(label=FOUR, quantity=per_second("fastapi-4")),
                ),
            ),
            Part(
                what="FastAPI's rate by Flask's",
                unit="times",
                claimed=(3, 10),
                bases=(
                    Basis(label=PER_CORE, quantity=per_core("fastapi-1") / per_core("flask-1")),
                    Basis(label=TWO, quantity=per_second("fastapi-2") / per_second("flask-2")),
                    Basis(label=FOUR, quantity=per_second("fastapi-4") / per_second("flask-4")),
                    Basis(
                        label="the rate is per second with 4 workers of which Flask's are threads "
                        "that keep connections too",
                        quantity=per_second("fastapi-4") / per_second("gthread-4"),
                    ),
                    Basis(
                        label=ONE_SERVER,
                        quantity=on_server("fastapi-granian") / on_server("flask-granian"),
                    ),
                    Basis(
                        label=f"{CORE} with a new connection for each request",
                        quantity=on_server("fastapi-uvicorn", kept=False)
                        / on_server("flask-sync", kept=False),
                    ),
                    Basis(
                        label=f"{CORE} with Granian for Flask and uvicorn for FastAPI",
                        quantity=on_server("fastapi-uvicorn") / on_server("flask-granian"),
                    ),
                ),
            ),
            Part(
                what="what is left of FastAPI's lead with Granian for both",
                unit="% of its lead on uvicorn over Flask on gunicorn",
                bases=one(
                    lead("fastapi-granian", "flask-granian")
                    / lead("fastapi-uvicorn", "flask-sync")
                    * 100
                ),
            ),
        ),
    ),
    Claim(
        id="B2",
        section="Performance Benchmarks, latency",
        text="Average latency is 20 to 50 ms on Flask and 5 to 15 ms on FastAPI.",
        literal="The mean of 64 users in a closed load without a pause, with 1, 2 and 4 workers.",
        missing="the article names no load, and in a closed load the mean latency is the number "
        "of users divided by the throughput: any latency can be had by choosing the users",
        parts=(
            Part(
                what="Flask's mean",
                unit="ms",
                claimed=(20, 50),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(label="64 users share one worker", quantity=mean_ms("flask-1")),
                    Basis(label="64 users share 2 workers", quantity=mean_ms("flask-2")),
                    Basis(label="64 users share 4 workers", quantity=mean_ms("flask-4")),
                ),
            ),
            Part(
                what="FastAPI's mean",
                unit="ms",
                claimed=(5, 15),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(label="64 users share one worker", quantity=mean_ms("fastapi-1")),
                    Basis(label="64 users share 2 workers", quantity=mean_ms("fastapi-2")),
                    Basis(label="64 users share 4 workers", quantity=mean_ms("fastapi-4")),
                ),
            ),
        ),
    ),
    Claim(
        id="B10",
        section="Performance Benchmarks, the note below the table",
        text="The rates are those of Starlette on Uvicorn against Flask on Gunicorn, and stand "
        "for FastAPI.",
        literal="FastAPI answers as many requests as a bare Starlette application on the same "
        "server, within 10 %, by a test of equality; both answer the same JSON.",
        parts=(
            Part(
                what="FastAPI's rate",
                unit="% of Starlette's",
                fails="what FastAPI does for a small answer is not small",
                claimed=near(100),
                is_sameness=True,
                bases=(
                    Basis(
                        label="the server is uvicorn",
                        quantity=on_server("fastapi-uvicorn")
                        / on_server("starlette-uvicorn")
                        * 100,
                    ),
                    Basis(
                        label="the server is Granian",
                        quantity=on_server("fastapi-granian")
                        / on_server("starlette-granian")
                        * 100,
                    ),
                ),
            ),
        ),
    ),
    Claim(
        id="A12",
        section="Architecture",
        text="Context switching grows with the number of workers, and becomes a bottleneck at "
        "high rates.",
        literal="With 8 workers there are at least 10 % more context switches for each answer than "
        "with one, and 8 workers serve less than 90 % of what 2 workers serve on 2 cores.",
        parts=(
            Part(
                what="the context switches for each answer with 8 workers",
                unit="% of those with one worker",
                claimed=(110, inf),
                kind=Kind.MECHANISM,
                bases=one(switches("flask-8") / switches("flask-1") * 100),
            ),
            Part(
                what="the throughput of 8 workers",
                unit="% of that of 2 workers",
                claimed=(0, 90),
                failing=Failing.NOT_HERE,
                bases=one(
                    Computed(
                        eight_by_two,
                        (("12", cell("flask-8")), ("12", cell("flask-2"))),
                        (cell("flask-8"), cell("flask-2")),
                    )
                ),
            ),
        ),
    ),
)

"""Claims A18 and A20 of article A: what it prints, run as it is printed."""

from lab.claims.claim import Claim, Kind, Part, one
from lab.claims.findings import Findings, MissingError
from lab.claims.measures import failed, over
from lab.claims.quantity import Computed

PRINTED = "requests-printed.weather.closed-1"
SHARED = "httpx-shared.weather.closed-1"
HTTPX = "httpx-printed.weather.closed-1"


def refused_commands(findings: Findings, dashes: str) -> list[float]:
    """Return the number of printed commands that refuse their options with one dash or two."""
    commands = findings.count.commands
    if not commands:
        raise MissingError("the printed commands were not tried")
    return [float(sum(code == 2 for name, code in commands.items() if name.startswith(dashes)))]


def services_python(findings: Findings, experiment: str) -> list[float]:
    """Return the minor version of the Python that runs the lab's services."""
    return [float(findings.python_minor(experiment))]


CLAIMS = (
    Claim(
        id="A18",
        section="Deployment, Dockerfile; running the service",
        text="The printed commands start the service; python:3.11-slim is the latest CPython.",
        literal="As printed, `uvicorn ... -host 0.0.0.0` and `pip install -no-cache-dir` accept "
        "their options. (Whether 3.11 is the latest is a matter of the calendar: CPython 3.13 was "
        "released in October 2024. The version that runs the lab's services is stated.)",
        charitable="Two dashes are meant, and were lost in print.",
        parts=(
            Part(
                what="the printed commands that refuse their options",
                fails="an option with one dash is another option",
                unit="of 2",
                claimed=(0, 0),
                bases=one(Computed(refused_commands, (), ("one dash",))),
            ),
            Part(
                what="the same commands with two dashes that refuse their options",
                unit="of 2",
                bases=one(Computed(refused_commands, (), ("two dashes",))),
            ),
            Part(
                what="the minor version of CPython 3 that runs the services",
                unit="",
                bases=one(Computed(services_python, (), ("25",))),
            ),
        ),
    ),
    Claim(
        id="A20",
        section="Flask Basics, example endpoint",
        text="The Flask endpoint as printed calls `requests.get`, with a new connection for each "
        "call.",
        literal="Run as printed, it answers without a failure. The article says nothing of what "
        "the client costs; the processor time beside other clients is stated.",
        parts=(
            Part(
                what="the failures",
                unit="% of all requests",
                claimed=(0, 0),
                kind=Kind.MECHANISM,
                bases=one(failed("25", PRINTED)),
            ),
            Part(
                what="the processor time of a request",
                unit="% of that with one shared httpx client",
                bases=one(over("25", PRINTED, SHARED, "cpu_s_per_request") * 100),
            ),
            Part(
                what="the processor time of a request with `httpx.get` in its place",
                unit="% of that with one shared httpx client",
                bases=one(over("25", HTTPX, SHARED, "cpu_s_per_request") * 100),
            ),
        ),
    ),
)

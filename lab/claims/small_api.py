"""Claims B4, B5, B6, B13 and B17 of article B: the work of writing an API."""

from math import inf

from lab.claims.claim import Basis, Claim, Kind, Part, one
from lab.claims.code_count import BY_HAND, EXTENSION, FASTAPI
from lab.claims.findings import Findings, MissingError
from lab.claims.quantity import Computed, Metric, Quantity

STRICT = "its models are strict and forbid unknown fields"
DEFAULTS = "FastAPI with Pydantic's defaults"
BAD = {
    FASTAPI: "fastapi-svc.users.ask-bad",
    DEFAULTS: "fastapi-svc.default-users.ask-bad",
    BY_HAND: "flask-svc.manual-users.ask-bad",
    EXTENSION: "flask-svc.users.ask-bad",
}
PAGES = {"fastapi": "fastapi-svc.docs.ask-pages", "flask": "flask-svc.docs.ask-pages"}


def refused_of_bad(findings: Findings, experiment: str, cell: str) -> list[float]:
    """Return the refused bodies in per cent of the bad ones, by series."""
    bad = findings.predicted(experiment, BAD[FASTAPI])  # all are sent the same
    return [100 * each / bad for each in findings.metric(experiment, cell, "refused_share").values]


def refused(name: str) -> Quantity:
    """Return what an implementation refuses of the bad bodies, in per cent."""
    cell = BAD[name]
    return Computed(refused_of_bad, (("20", cell),), ("20", cell))


def lines_of(findings: Findings, name: str, attribute: str) -> list[float]:
    """Return a count of an implementation's code; one value, since code is counted once."""
    return [float(getattr(findings.count.users[name], attribute))]


def saved_share(findings: Findings, small: str, large: str, what: str) -> list[float]:
    """Return how much less code one implementation has than another, in per cent."""
    fewer, more = (getattr(findings.count.users[name], what) for name in (small, large))
    return [100 * (1 - fewer / more)]


def foreign_packages(findings: Findings, feature: str, framework: str) -> list[float]:
    """Return the number of packages beside the framework that a feature needs."""
    if feature not in findings.count.features:
        raise MissingError("the packages of this feature were not counted")
    return [float(len(set(findings.count.features[feature][framework]) - {framework}))]


def from_framework(findings: Findings, feature: str, framework: str) -> list[float]:
    """Return 1 where a feature uses the framework itself, else 0."""
    if feature not in findings.count.features:
        raise MissingError("the packages of this feature were not counted")
    return [float(framework in findings.count.features[feature][framework])]


def documentation_packages(findings: Findings, framework: str) -> list[float]:
    """Return 1 where the framework itself makes the service's documentation, else 0."""
    return [float(framework in findings.count.documented_with[framework])]


def serializations(findings: Findings, name: str) -> list[float]:
    """Return the number of calls in views that serialize a result."""
    if name not in findings.count.serialized:
        raise MissingError("the serialization was not counted")
    return [float(findings.count.serialized[name])]


def saved(small: str, large: str, what: str) -> Quantity:
    """Return the saving in per cent; `what` is a field of code_count.Code."""
    return Computed(saved_share, (), (small, large, what))


CLAIMS = (
    Claim(
        id="B4",
        section="Developer Productivity Metrics",
        text="Validation is by hand in Flask and automatic in FastAPI: types enforced, nested "
        "models, structured errors.",
        literal="The same bad users are sent to both. FastAPI refuses all of them from its models "
        "alone, with the configuration that Pydantic gives them. Flask without an extension "
        "refuses all of them with at least twice as many lines. (That errors are structured alike "
        "is tested elsewhere.) What an extension gives Flask is stated beside.",
        charitable="The models may ask for more: no conversion, and no unknown fields.",
        parts=(
            Part(
                what="the bad bodies that FastAPI refuses",
                unit="%",
                claimed=(100, 100),
                bases=(
                    Basis(
                        label="its models have Pydantic's defaults",
                        quantity=refused(DEFAULTS),
                    ),
                    Basis(
                        label=STRICT,
                        quantity=refused(FASTAPI),
                    ),
                ),
            ),
            Part(
                what="the bad bodies that Flask by hand refuses",
                unit="%",
                claimed=(100, 100),
                bases=one(refused(BY_HAND)),
            ),
            Part(
                what="the lines of checks by hand",
                unit="times FastAPI's models",
                claimed=(2, inf),
                bases=one(
                    Computed(lines_of, (), (BY_HAND, "validation_lines"))
                    / Computed(lines_of, (), (FASTAPI, "validation_lines"))
                ),
            ),
            Part(
                what="the bad bodies that Flask with an extension refuses",
                unit="%",
                bases=one(refused(EXTENSION)),
            ),
            Part(
                what="the lines of models of Flask's extension",
                unit="times FastAPI's",
                bases=one(
                    Computed(lines_of, (), (EXTENSION, "validation_lines"))
                    / Computed(lines_of, (), (FASTAPI, "validation_lines"))
                ),
            ),
        ),
    ),
    Claim(
        id="B5",
        section="Developer Productivity Metrics, lines of code",
        text="FastAPI takes 30 to 50 % less boilerplate in an API-heavy project.",
        literal="The lab's own users, in lines and in statements of code, as `make count` counts "
        "them, on each basis that the sentence can have.",
        missing="the article does not say with what FastAPI is compared: Flask by hand, Flask "
        "with an extension, with or without an OpenAPI document",
        parts=(
            *(
                Part(
                    what=f"the saving in {what}",
                    unit="%",
                    claimed=(30, 50),
                    bases=tuple(
                        Basis(label=label, quantity=saved(FASTAPI, other, f"{kind}_{what}"))
                        for label, other, kind in (
                            ("Flask checks by hand", BY_HAND, "plain"),
                            ("Flask has an extension", EXTENSION, "plain"),
                            (
                                "Flask checks by hand, and FastAPI's document counts as code",
                                BY_HAND,
                                "documented",
                            ),
                        )
                    ),
                )
                for what in ("lines", "statements")
            ),
        ),
    ),
    Claim(
        id="B6",
        section="Developer Productivity Metrics, documentation",
        text="OpenAPI 3.0, Swagger UI and ReDoc are built into FastAPI; in Flask they come from "
        "third-party libraries.",
        literal="Both services answer the document and both pages. What makes them imports the "
        "framework itself in FastAPI's case, and only other packages in Flask's. (Both documents "
        "say OpenAPI 3.1.0, which is newer than the article's 3.0.)",
        parts=(
            *(
                Part(
                    what=f"the pages that {PAGES[name].split('.')[0]} lacks",
                    unit="%",
                    claimed=(0, 0),
                    bases=one(Metric("20", PAGES[name], "refused_share") * 100),
                )
                for name in PAGES
            ),
            Part(
                what="documentation by FastAPI itself",
                kind=Kind.MECHANISM,
                unit="(1 is yes)",
                claimed=(1, 1),
                bases=one(Computed(documentation_packages, (), ("fastapi",))),
            ),
            Part(
                what="documentation by Flask itself",
                kind=Kind.MECHANISM,
                unit="(1 is yes)",
                claimed=(0, 0),
                bases=one(Computed(documentation_packages, (), ("flask",))),
            ),
        ),
    ),
    Claim(
        id="B13",
        section="Developer Productivity Metrics",
        text="Serialization is manual in Flask and automatic in FastAPI.",
        literal="The lab's views for users call something to turn their result into JSON on Flask, "
        "and nothing on FastAPI.",
        parts=(
            Part(
                what="calls that serialize, in Flask's views",
                kind=Kind.MECHANISM,
                unit="calls",
                claimed=(1, inf),
                bases=(
                    Basis(
                        label="views return models",
                        quantity=Computed(serializations, (), ("Flask, models",)),
                    ),
                    Basis(
                        label="views return dicts",
                        quantity=Computed(serializations, (), ("Flask, dicts",)),
                    ),
                ),
            ),
            Part(
                what="calls that serialize, in FastAPI's views",
                kind=Kind.MECHANISM,
                unit="calls",
                claimed=(0, 0),
                bases=one(Computed(serializations, (), ("FastAPI, models",))),
            ),
        ),
    ),
    Claim(
        id="B17",
        section="Architecture",
        text="FastAPI has background tasks of its own; Flask does them by other means.",
        literal="The lab's view that starts a job uses the framework on FastAPI, and not on Flask.",
        parts=(
            Part(
                what="background tasks by FastAPI itself",
                kind=Kind.MECHANISM,
                unit="(1 is yes)",
                claimed=(1, 1),
                bases=one(Computed(from_framework, (), ("background task", "fastapi"))),
            ),
            Part(
                what="background tasks by Flask itself",
                kind=Kind.MECHANISM,
                holds="the lab's Flask service starts a thread; in both, work is lost with its "
                "process",
                unit="(1 is yes)",
                claimed=(0, 0),
                bases=one(Computed(from_framework, (), ("background task", "flask"))),
            ),
        ),
    ),
)

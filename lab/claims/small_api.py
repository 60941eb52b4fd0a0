"""Claims B4, B5 and B6 of article B: the work of writing an API."""

from lab.claims.claim import Claim, Decision, Range
from lab.claims.code_count import BY_HAND, EXTENSION, FASTAPI, Code
from lab.claims.findings import Findings
from lab.claims.measures import of
from lab.claims.rule import part, together
from lab.rounded import digits, listed, percent
from lab.verdicts.judgement import Measured

BAD = {
    FASTAPI: "fastapi-svc.users.ask-bad",
    BY_HAND: "flask-svc.manual-users.ask-bad",
    EXTENSION: "flask-svc.users.ask-bad",
}
PAGES = {"fastapi": "fastapi-svc.docs.ask-pages", "flask": "flask-svc.docs.ask-pages"}
ALL: Range = (1, 1)
NONE: Range = (0, 0)
TWICE_THE_CODE: Range = (2, float("inf"))
LESS: Range = (30, 50)


def decide_validation(findings: Findings) -> Decision:
    """Decide B4: share of bad bodies refused, and lines of code for the checks."""
    refused = {name: findings.metric("20", cell, "refused_share") for name, cell in BAD.items()}
    code = {name: each.validation_lines for name, each in findings.count.users.items()}
    more = of([code[BY_HAND] / code[FASTAPI]])
    return together(
        [
            *(
                part(
                    f"the share of bad bodies that {name} refuses",
                    refused[name],
                    (findings.predicted("20", BAD[name]),) * 2,
                    unit="of all",
                    doubts=findings.doubts("20", BAD[name]),
                )
                for name in (FASTAPI, BY_HAND)
            ),
            part(
                "checks by hand by FastAPI's models", more, TWICE_THE_CODE, unit="times the lines"
            ),
        ],
        f"Of the bodies sent {percent(findings.predicted('20', BAD[FASTAPI]))} are "
        f"bad; FastAPI refused {percent(refused[FASTAPI].middle)} from "
        f"{digits(code[FASTAPI])} lines of models, Flask by hand "
        f"{percent(refused[BY_HAND].middle)} with {digits(code[BY_HAND])} lines of "
        f"checks, and Flask with an extension "
        f"{percent(refused[EXTENSION].middle)} from {digits(code[EXTENSION])} lines "
        f"of models",
    )


def decide_boilerplate(findings: Findings) -> Decision:
    """Decide B5: code that FastAPI saves on three bases, each in lines and in statements."""
    users = findings.count.users
    fastapi, by_hand, extension = users[FASTAPI], users[BY_HAND], users[EXTENSION]
    saved = {
        "than Flask by hand": _saved(_plain(fastapi), _plain(by_hand)),
        "than Flask with an extension": _saved(_plain(fastapi), _plain(extension)),
        "than Flask by hand where the code for FastAPI's document counts": _saved(
            _documented(fastapi), _documented(by_hand)
        ),
    }
    # The claim names no base, so it must hold on each: one range covers all of them.
    over_all = of([value for each in saved.values() for value in each.values])
    return together(
        [part("the saving, by what FastAPI is compared with,", over_all, LESS, unit="%")],
        "FastAPI's users take "
        + listed([f"{_percent(each)} {name}" for name, each in saved.items()]),
    )


def decide_documentation(findings: Findings) -> Decision:
    """Decide B6: documentation pages of both services, and the packages that make them."""
    missing = {name: findings.metric("20", cell, "refused_share") for name, cell in PAGES.items()}
    made_with = findings.count.documented_with
    own = {name: of([float(name in packages)]) for name, packages in made_with.items()}
    return together(
        [
            *(
                part(
                    f"the share of documentation pages that {PAGES[name].split('.')[0]} lacks",
                    missing[name],
                    NONE,
                    unit="of all",
                    doubts=findings.doubts("20", PAGES[name]),
                )
                for name in PAGES
            ),
            part("pages by FastAPI itself", own["fastapi"], ALL, unit="(1 is yes)"),
            part("pages by Flask itself", own["flask"], NONE, unit="(1 is yes)"),
        ],
        f"Of `/openapi.json`, `/docs` and `/redoc` FastAPI's service answers "
        f"{percent(1 - missing['fastapi'].middle)}, by "
        f"{listed(list(made_with['fastapi']))}, and Flask's "
        f"{percent(1 - missing['flask'].middle)}, by "
        f"{listed(list(made_with['flask']))}",
        holds=", and FastAPI needs a second package only so that its pages load nothing from "
        "elsewhere"
        if len(made_with["fastapi"]) > 1
        else "",
    )


def _plain(code: Code) -> tuple[int, int]:
    return code.plain_lines, code.plain_statements


def _documented(code: Code) -> tuple[int, int]:
    return code.documented_lines, code.documented_statements


def _saved(small: tuple[int, int], large: tuple[int, int]) -> Measured:
    # Per cent, first in lines and then in statements.
    return of([100 * (1 - a / b) for a, b in zip(small, large, strict=True)])


def _percent(measured: Measured) -> str:
    lines, statements = measured.values
    return f"{lines:.0f} % fewer lines and {statements:.0f} % fewer statements"


CLAIMS = (
    Claim(
        id="B4",
        source="B",
        text="Validation is by hand in Flask and automatic in FastAPI: types enforced, nested "
        "models, structured errors.",
        reading="The same bad users are sent to both. FastAPI refuses all of them from its "
        "models alone, and Flask without an extension does so only with at least twice as many "
        "lines for it. An extension for Flask is stated beside.",
        experiments=("20",),
        rule=decide_validation,
    ),
    Claim(
        id="B5",
        source="B",
        text="FastAPI takes 30 to 50 % less boilerplate in an API-heavy project.",
        reading="The lab's own users, code lines and statements, as `make count` counts them. "
        "The article does not say what Flask is compared with, so that the saving must lie in "
        "that range on each of three bases: by hand, with an extension, and by hand where the "
        "code for FastAPI's document counts, too. Where it lies there on some and not on "
        "others, the claim is inconclusive.",
        experiments=(),
        rule=decide_boilerplate,
    ),
    Claim(
        id="B6",
        source="B",
        text="OpenAPI, Swagger UI and ReDoc are built into FastAPI; in Flask they come from "
        "third-party libraries.",
        reading="Both services answer the document and both pages. What makes them imports the "
        "framework itself in FastAPI's case, and only other packages in Flask's.",
        experiments=("20",),
        rule=decide_documentation,
    ),
)

"""The documents of both services: what they name, what they show, and whether they are true."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from layers import BROWSERS
from playwright.sync_api import Browser, Route, sync_playwright

BOTH_RUNTIMES = True

PAGES = ("/docs", "/redoc")
OPERATIONS = {
    "GET /users",
    "POST /users",
    "GET /users/{id}",
    "POST /jobs",
    "GET /jobs/{id}",
    "GET /stream",
    "GET /io",
    "GET /async-io",
    "GET /async-io-multi",
    "GET /blocking-io",
    "GET /weather",
    "GET /json",
    "GET /cpu",
    "GET /async-cpu",
    "GET /healthz",
    "GET /server",
    "GET /db-wait",
    "GET /async-db-wait",
    "GET /blocking-db-wait",
    "GET /db-dependency",
    "GET /db-stream",
    "GET /db-read",
    "POST /db-write",
    "GET /orm-read",
}
TRAPS = {"GET /blocking-io", "GET /blocking-db-wait"}
FRAMEWORKS = ("flask", "fastapi")
SCHEMAS = (
    *("NewUser", "User", "Users", "Address", "NewJob", "Job", "ErrorBody", "FieldProblem"),
    *("Answers", "Delay", "Weather", "Message", "Burnt", "Health", "Item", "Ordered"),
    *("Description", "Program", "Client"),
)
# Of each operation, in each way to make some up. It is the same code in a container.
EXAMPLES = {"local": 30, "docker": 5}
SEED = 1
SHORT_WAITS = '''
"""Long waits become short ones: a request that is good stays so, and a bad one bad."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, most in (("n", 1000), ("every_ms", 10_000), ("ms", 2000)):
        value = str((case.query or {}).get(name, ""))
        if value.isdecimal() and 3 < int(value) <= most:
            case.query[name] = 1 + int(value) % 3
    # To JSON Schema 36.0 is a whole number; strict types refuse it, and docs/api.md says so.
    if isinstance(case.body, dict) and isinstance(age := case.body.get("age"), float):
        case.body["age"] = int(age) if age.is_integer() else age
'''
HIDDEN_STATUS = """

@schemathesis.hook
def before_load_schema(context, schema):
    del schema["paths"]["/users/{id}"]["get"]["responses"]["404"]
"""


def document_of(service: httpx.Client) -> dict[str, Any]:
    """What it publishes."""
    answer = service.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    document: dict[str, Any] = answer.json()
    return document


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its operations by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_document_has_these_operations_and_no_other(start_twin, framework):
    """Every route of the service, except for the users by hand and the WebSocket."""
    document = document_of(start_twin(framework))

    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == f"{framework}-svc"
    assert set(operations(document)) == OPERATIONS


def test_both_documents_give_each_operation_the_same_title_and_group(twins):
    """The title is the first line of its docstring, not a name of Python such as "Async Io"."""
    flask, fastapi = (
        {
            name: (each["tags"], each["summary"])
            for name, each in operations(document_of(twin)).items()
        }
        for twin in twins
    )

    assert flask == fastapi
    assert flask["GET /async-io"] == (["asks the upstream"], "Ask the upstream once.")


def test_both_documents_describe_the_same_operations(twins):
    """But for the traps, whose descriptions say what they are on each side."""
    flask, fastapi = (
        {name: each.get("description") for name, each in operations(document_of(twin)).items()}
        for twin in twins
    )

    assert {name for name in flask if flask[name] != fastapi[name]} == TRAPS


def test_no_operation_documents_a_422(twin):
    """A bad request is a 400, and every operation documents that."""
    document = document_of(twin)

    for name, operation in operations(document).items():
        assert "422" not in operation["responses"], name
        assert "400" in operation["responses"], name
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_the_root_says_where_the_documentation_is(twins):
    """The same from both, except for the name."""
    for framework, twin in zip(FRAMEWORKS, twins, strict=True):
        answer = twin.get("/")

        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.json() == {"service": f"{framework}-svc", "docs": "/docs"}
        assert twin.get(answer.json()["docs"]).status_code == 200
        assert set(twin.options("/").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_both_documents_say_the_same_of_every_operation(twins):
    """Parameters, bodies and answers, except for the names and sentences around them."""
    flask, fastapi = (operations(resolved(document_of(twin))) for twin in twins)

    for name in OPERATIONS - {"GET /stream"}:  # each has its own way to write JSON lines
        assert meaning(flask[name]) == meaning(fastapi[name]), name
    assert meaning(flask["GET /stream"])[0] == meaning(fastapi["GET /stream"])[0]
    assert set(flask["GET /stream"]["responses"]) == set(fastapi["GET /stream"]["responses"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_both_documents_have_the_same_schemas(twins, name):
    """Types, limits, patterns and what is required."""
    flask, fastapi = (resolved(document_of(twin))["components"]["schemas"] for twin in twins)

    assert plain(flask[name]) == plain(fastapi[name])


def meaning(operation: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Parameters, body, and what is answered with each status."""
    parameters = {
        (each["in"], each["name"], each["required"]): plain(each["schema"])
        for each in operation.get("parameters", [])
    }
    answers = {
        status: plain(answer.get("content")) for status, answer in operation["responses"].items()
    }
    return parameters, plain(operation.get("requestBody")), answers


def resolved(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what each $ref refers to in its place."""

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return resolve(document["components"]["schemas"][value["$ref"].rpartition("/")[2]])
        return {key: resolve(each) for key, each in value.items()}

    whole: dict[str, Any] = resolve(document)
    return whole


def plain(schema: Any) -> Any:
    """Without titles and descriptions; limits as floats, since each writes some of them so."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: float(value) if key in ("minimum", "maximum") else plain(value)
        for key, value in schema.items()
        # A field of that name is a schema, and stays.
        if key not in ("title", "description") or isinstance(value, dict)
    }


class Addresses(HTMLParser):
    """Every address that a page loads something from."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """All `src`, and all `href` except for those of links that a reader may follow."""
        self.found += [
            value.strip()
            for name, value in attrs
            if value and (name in ("src", "spec-url") or (name == "href" and tag != "a"))
        ]

    def handle_data(self, data: str) -> None:
        """What a module in the page imports."""
        self.found += re.findall(r"""\bimport\b[^;]*?["']([^"']+)["']""", data)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_nothing_from_elsewhere(twin, page):
    """Every script, style and picture is on the service itself, and there."""
    answer = twin.get(page)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    addresses = Addresses()
    addresses.feed(answer.text)

    assert any(address.endswith(".js") for address in addresses.found)
    for address in addresses.found:
        if not address.startswith("data:"):
            url = urljoin(str(twin.base_url.join(page)), address)
            assert url.startswith(str(twin.base_url)), address
            assert twin.get(url).status_code == 200, address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, for the tests that are marked so."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_every_operation_without_the_internet(twin, browser, eventually, page):
    """In a browser that reaches this service alone: the page asks for nothing else."""
    home = str(twin.base_url)
    elsewhere: list[str] = []
    errors: list[str] = []

    def block(route: Route) -> None:
        if route.request.url.startswith((home, "data:", "blob:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        context.route("**/*", block)
        window = context.new_page()
        window.on("pageerror", lambda error: errors.append(str(error)))
        window.goto(home + page)
        names = set(operations(document_of(twin)))
        eventually(
            lambda: errors or shown(window.inner_text("body"), names) == names,
            f"every operation on {page}",
        )
        window.wait_for_load_state("networkidle")

    assert (errors, elsewhere) == ([], [])


def shown(text: str, names: set[str]) -> set[str]:
    """Those of the operations that a page shows, each as its method and its path."""
    text = text.replace("\u200b", "")  # where Swagger lets a path be broken
    return {
        name
        for name in names
        if re.search(r"\s*".join(map(re.escape, name.split())) + r"(?![\w/{-])", text)
    }


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_document_is_true(twin_with_database, upstream, tmp_path, runtime):
    """Whatever it allows is taken, whatever it does not is refused, and nothing else happens."""
    upstream.put("/behaviour", json={"delay_ms": 5})
    done = schemathesis(twin_with_database, tmp_path, examples=EXAMPLES[runtime])

    assert done.returncode == 0, done.stdout + done.stderr
    count = len(OPERATIONS)
    assert re.search(rf"Tested: {count}\n", done.stdout), done.stdout


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_document_that_hides_a_status_is_found_out(start_twin, tmp_path, framework):
    """The test above can fail: here the document does not say that a user may not be there."""
    service = start_twin(framework)
    done = schemathesis(service, tmp_path, HIDDEN_STATUS, path="/users/{id}")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "Undocumented status code" in done.stdout
    assert "Received: 404" in done.stdout


def schemathesis(
    service: httpx.Client,
    folder: Path,
    hooks: str = "",
    *,
    path: str = "",
    examples: int = EXAMPLES["local"],
) -> "subprocess.CompletedProcess[str]":
    """Ask a service what its document allows, and what it does not; `folder` takes its files."""
    (folder / "hooks.py").write_text(SHORT_WAITS + hooks)
    (folder / "schemathesis.toml").write_text(f'hooks = "{folder / "hooks.py"}"\n')
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("st")),
            *("--config-file", str(folder / "schemathesis.toml")),
            *("run", str(service.base_url.join("/openapi.json"))),
            *("--max-examples", str(examples)),
            *("--seed", str(SEED)),
            *("--generation-database", "none"),
            *("--exclude-checks", "ignored_auth"),
            *(("--include-path", path) if path else ()),
            *("--request-timeout", "60"),
            *("--continue-on-failure", "--no-color"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

"""The services are twins: what they share they share by name, order and wording."""

import ast
import re

import pytest

from lab.environment import ROOT

FLASK = ROOT / "flask-svc/flask_svc"
FASTAPI = ROOT / "fastapi-svc/fastapi_svc"
FLASK_ALONE = {
    "asgi.py",
    "gunicorn.conf.py",
    "gunicorn_bodies.py",
    "leaving.py",
    "lent_socket.py",
    "manual_documentation.py",
    "manual_users.py",
    "queries.py",
    "requests_client.py",
}
FASTAPI_ALONE = {
    "awaited.py",
    "bare.py",
    "default_users.py",
    "logs.py",
    "methods.py",
    "on_granian.py",
    "psycopg_awaited.py",
}
SHARED = sorted({path.name for path in FASTAPI.glob("*.py")} - FASTAPI_ALONE)
ALIKE = [
    "answers.py",
    "counts.py",
    "cpu.py",
    "database_address.py",
    "driver_errors.py",
    "granian_server.py",
    "httpx2_transport.py",
    "listeners.py",
    "metrics.py",
    "models.py",
    "overdue.py",
    "patience.py",
    "psycopg_pools.py",
    "shape.py",
    "storage.py",
    "storage_file.py",
    "supervisor.py",
    "supervisor_port.py",
    "transport.py",
]
# Names that one framework needs beyond the other; of these modules, several.
BEYOND = {
    "app.py": {"lifespan"},
    "database.py": {"give_back"},
    "dependencies.py": {"IdPath"},
    "documentation.py": {"openapi", "redoc", "titled", "without_422"},
    "users.py": {"UsersQuery"},
}
DIFFERENT_INSIDE = {
    "__main__.py",
    "connections.py",
    "counting.py",
    "limits.py",
    "problems.py",
    "realtime.py",
    "serving.py",
    "timing.py",
    "upstream.py",
}


def parsed(path):
    """A module's tree, with the service's own name out of the way."""
    text = re.sub(r"(flask|fastapi)([_-])svc", "svc", path.read_text())
    return ast.parse(re.sub(r"(FLASK|FASTAPI)_", "SVC_", text))


def definitions(path):
    """Public functions and classes in order of appearance, nested ones with them."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [node for node in ast.walk(parsed(path)) if isinstance(node, kinds)]
    named = [node for node in found if not node.name.startswith("__")]
    return sorted(named, key=lambda node: node.lineno)


def routes(path):
    """The view of each route in order: its path, name and first line of docstring."""
    return [
        (node.decorator_list[0].args[0].value, node.name, ast.get_docstring(node))
        for node in definitions(path)
        if node.decorator_list
        and isinstance(node.decorator_list[0], ast.Call)
        and node.decorator_list[0].args
    ]


def test_both_have_the_same_modules():
    """What one side alone has is named, and no other may join it unseen."""
    assert {path.name for path in FLASK.glob("*.py")} == {*SHARED, *FLASK_ALONE}


@pytest.mark.parametrize("name", SHARED)
def test_a_module_defines_the_same_names_in_the_same_order(name):
    """What one framework needs beyond the other is a few names, never another order."""
    flask = [node.name for node in definitions(FLASK / name)]
    fastapi = [node.name for node in definitions(FASTAPI / name)]

    common = [each for each in flask if each in fastapi]
    assert common == [each for each in fastapi if each in flask]
    if name not in DIFFERENT_INSIDE:
        assert set(flask) ^ set(fastapi) == BEYOND.get(name, set())


@pytest.mark.parametrize("name", ALIKE)
def test_what_no_framework_touches_is_equal_to_the_letter(name):
    """Duplicated, and the same."""
    assert ast.dump(parsed(FLASK / name)) == ast.dump(parsed(FASTAPI / name))


def test_the_routes_have_the_same_names_order_and_words():
    """But for the trap, whose docstring says what it is."""
    flask, fastapi = (dict_of(routes(folder / "app.py")) for folder in (FLASK, FASTAPI))

    assert list(flask) == list(fastapi)
    assert len(flask) == 10
    assert {path for path in flask if flask[path] != fastapi[path]} == {"/blocking-io"}


@pytest.mark.parametrize("name", ["users.py", "jobs.py", "realtime.py"])
def test_the_small_api_has_the_same_views_and_words(name):
    """Both modules read alike: the same views in the same order, with the same first line."""
    flask, fastapi = (routes(folder / name) for folder in (FLASK, FASTAPI))

    assert len(flask) >= 2
    assert [rest for _, *rest in views(flask)] == [rest for _, *rest in views(fastapi)]


def test_the_routes_of_the_database_have_the_same_names_order_and_words():
    """But for the trap, as above."""
    flask, fastapi = (dict_of(views(routes(folder / "database.py"))) for folder in (FLASK, FASTAPI))

    assert list(flask) == list(fastapi)
    assert len(flask) == 8
    assert {path for path in flask if flask[path] != fastapi[path]} == {"/blocking-db-wait"}


def views(routes):
    """Those with a path in their decorator."""
    return [route for route in routes if isinstance(route[0], str)]


def dict_of(routes):
    """Routes by path."""
    return {path: rest for path, *rest in routes}


@pytest.mark.parametrize("folder", [FLASK, FASTAPI, ROOT / "mock-upstream/mock_upstream"])
def test_a_service_imports_nothing_of_the_others_nor_of_the_lab(folder):
    """Services never import `lab`, nor each other."""
    own = folder.name
    packages = {"flask_svc", "fastapi_svc", "mock_upstream", "lab", "locust"} - {own}

    for path in folder.glob("*.py"):
        assert not re.search(rf"^\s*(from|import) ({'|'.join(packages)})\b", path.read_text(), re.M)


def test_only_the_locust_folder_imports_locust():
    """Importing it patches the whole process. A locustfile is Locust's to read."""
    locustfiles = {ROOT / "bench/dashboard/bare.py"}

    for path in {*ROOT.glob("lab/**/*.py"), *ROOT.glob("bench/**/*.py")} - locustfiles:
        assert not re.search(r"^\s*(from|import) locust\b", path.read_text(), re.M), path

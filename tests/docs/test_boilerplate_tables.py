"""The tables in the services' READMEs are what a fresh count of the services gives."""

import ast
import hashlib

import pytest

from bench.boilerplate import markdown
from bench.boilerplate.completeness import count_all
from bench.boilerplate.definitions import name_of
from bench.boilerplate.table import TABLE
from lab.environment import ROOT

# The objects and settings through which app.py reaches the routes that are compared.
REACHES_THEM = {"users", "manual_users", "jobs", "realtime", "sockets", "storage", "SOCK"}
PATHS = sorted({file.path for each in TABLE.implementations for file in each.files})


@pytest.fixture(scope="module")
def counted():
    """Every comparison, counted now."""
    return count_all(TABLE, ROOT)


@pytest.mark.parametrize("name", markdown.READMES)
def test_a_readme_has_the_tables_of_today(name, counted):
    """Equal to the letter."""
    text = (ROOT / name).read_text()

    assert text == markdown.placed(text, markdown.tables(counted), name=name), (
        f"{name} shows another count than the code gives: run `make count`, which writes it"
    )


def test_every_count_is_of_the_file_as_it_is(counted):
    """What a report says was counted can be checked against the repository."""
    for comparison in counted:
        for file in (file for count in comparison.counts for file in count.files):
            assert file.sha256 == hashlib.sha256((ROOT / file.path).read_bytes()).hexdigest()


def test_the_code_of_a_file_that_counts_whole_is_in_its_definitions(counted):
    """Not a line of code is lost on the way, nor counted for two purposes."""
    files = [file for each in counted for count in each.counts for file in count.files]
    whole = [file for file in files if file.whole]

    assert {file.path for file in whole} >= {
        "fastapi-svc/fastapi_svc/users.py",
        "flask-svc/flask_svc/users.py",
        "flask-svc/flask_svc/manual_users.py",
        "fastapi-svc/fastapi_svc/realtime.py",
        "flask-svc/flask_svc/realtime.py",
    }
    for file in whole:
        code_lines = sum(each.amount.code_lines for each in file.definitions)
        assert code_lines == file.lines["code"], file.path


def test_all_implementations_of_a_comparison_have_the_same_views(counted):
    """What is compared answers the same routes."""
    for comparison in counted:
        views = {
            frozenset(
                each.name
                for file in count.files
                for each in file.definitions
                if each.purpose == "routes" and each.name.islower()
            )
            for count in comparison.counts
        }
        assert len(views) == 1


@pytest.mark.parametrize("path", [path for path in PATHS if path.endswith("/app.py")])
def test_what_an_app_does_for_the_routes_is_in_the_table(path):
    """A statement of `create_app` that reaches them counts, or the table says why not."""
    known = {
        name
        for each in TABLE.implementations
        for file in each.files
        if file.path == path
        for name in file.names
    } | {name for names in TABLE.not_counted[path].values() for name in names}
    tree = ast.parse((ROOT / path).read_text())
    (create_app,) = (node for node in tree.body if getattr(node, "name", "") == "create_app")

    found = {
        f"create_app.{name_of(node)}"
        for node in create_app.body
        if isinstance(node, ast.Assign | ast.Expr)
        and any(word in ast.unparse(node) for word in REACHES_THEM)
    }
    assert len(found) >= 5
    assert found <= known


@pytest.mark.parametrize("path", PATHS)
def test_a_counted_file_is_wrapped_at_100_columns(path):
    """Lines are compared, so all must be wrapped alike; `make lint` holds the rest."""
    assert max(map(len, (ROOT / path).read_text().splitlines())) <= 100

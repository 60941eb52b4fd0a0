"""What stands in a module under which name, and how much it is."""

from textwrap import dedent

import pytest

from bench.boilerplate.definitions import definitions
from bench.boilerplate.imports import imported

SOURCE = dedent('''\
    """A module."""

    import os
    from typing import Annotated

    LOW, HIGH = 0, 9
    users: dict = {}
    users["a"] = 1

    @decorated(
        by="this",
    )
    def read(id):
        """Its docstring."""
        import json

        # why
        if id:
            return json.loads(id)
        return None

    class Model:
        """Its docstring."""

        age: int = 0

        def older(self):
            self.age += 1

    def register(app):
        """Give it routes."""
        app.state.storage = 1

        @app.get("/users")
        def list_users():
            """All."""
            def one():
                return 1

            return one()

        if app.debug:
            @app.get("/debug")
            def debug():
                return {}

        app.done()

    if __name__ == "__main__":
        register(None)
''')


def found(**options: object) -> dict[str, tuple[int, int]]:
    """How many lines and statements each definition of SOURCE has."""
    return {
        each.name: (len(each.own_lines), each.statements)
        for each in definitions(SOURCE, **options)  # type: ignore[arg-type]
    }


def test_every_top_level_statement_is_a_definition_with_its_lines_and_statements() -> None:
    """Decorators among the lines; docstrings and imports not among the statements."""
    assert found() == {
        "(LOW, HIGH)": (1, 1),
        "users": (1, 1),
        "users['a']": (1, 1),
        "read": (11, 4),  # def, if, return, return
        "Model": (7, 4),  # class, field, def, assignment
        "register": (18, 10),
        "if __name__ == '__main__'": (2, 2),
    }


def test_what_is_in_an_opened_definition_stands_alone() -> None:
    """Views inside of a function that registers them; what they hold themselves is theirs."""
    opened = found(opened=["register"])

    assert {name: each for name, each in opened.items() if name.startswith("register")} == {
        "register": (8, 4),  # def, assignment, if, call; with its docstring and three empty lines
        "register.list_users": (7, 4),
        "register.debug": (3, 2),
    }


def test_opening_moves_lines_and_statements_and_loses_none() -> None:
    """Each line of a definition is one definition's own."""
    whole, opened = definitions(SOURCE), definitions(SOURCE, opened=["register"])

    lines = [line for each in opened for line in each.own_lines]
    assert sorted(lines) == sorted(line for each in whole for line in each.own_lines)
    assert len(lines) == len(set(lines))
    assert sum(each.statements for each in opened) == sum(each.statements for each in whole)


def test_a_statement_that_is_asked_for_stands_alone_too() -> None:
    """By what it assigns to, or by its own text; that opens what it is in."""
    opened = found(named=["register.app.state.storage", "register.app.done()"])

    assert opened["register.app.state.storage"] == (1, 1)
    assert opened["register.app.done()"] == (1, 1)
    assert opened["register.list_users"] == (7, 4)
    assert opened["register"] == (6, 2)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os\nfrom json import loads", set()),
        ("from svc import users, storage as kept", {"users", "storage"}),
        ("from svc.models import User", {"models"}),
        ("import svc.models", {"models"}),
        ("from svc.deep.inner import one", {"deep"}),
        ("from . import users", {"users"}),
        ("from .models import User", {"models"}),
        ("def late():\n    from svc import users", {"users"}),
        ("from svcx.models import User", set()),
    ],
)
def test_imports_of_the_own_package_are_found(source: str, expected: set[str]) -> None:
    """In every form there is."""
    assert imported(source, "svc") == expected

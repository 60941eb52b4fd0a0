"""How much code the same routes take in each framework, counted in the services themselves.

What is counted
    Code lines: physical lines with at least one token that is neither a comment
    nor part of a docstring or an import. Blank, comment, docstring and import
    lines are counted apart; the five kinds add up to the file.
    Statements: what the syntax tree calls one, but for docstrings and imports.
    Lines depend on how code is wrapped, statements do not. All files are wrapped
    alike, by `ruff format` at 100 columns.

Which code
    What it takes to have the routes: the files that are there for them alone, and
    of other files the definitions that one implementation needs and another does
    not. `table.py` names each with what it is for; `completeness.py` refuses to
    count where something escapes the table.
    Documentation has a sum of its own: it serves more than these routes, and
    routes by hand have none. What a decorator says for the document alone, such
    as a route's errors, counts with the route.

Which code is not counted
    What all sides have alike: the storage, the settings, the words of an error.
    What protects a server rather than a route: `limits.py`, and what gunicorn and
    uvicorn are told. The frameworks and extensions themselves; tests.

The services are read as text and never imported.
"""

"""Counts the code that the same routes take in each framework, in the services themselves.

What is counted
    Code lines: physical lines with at least one token that is not part of a
    comment, docstring or import. Blank, comment, docstring and import lines are
    counted separately; the five kinds add up to the file.
    Statements: statement nodes of the syntax tree, without docstrings and imports.
    Lines depend on how code is wrapped, statements do not. All files are wrapped
    alike, by `ruff format` at 100 columns.

Which code
    The code needed for the routes: files that exist for them alone, and in other
    files the definitions that one implementation needs and another does not.
    `table.py` names each definition with its purpose; `completeness.py` refuses
    to count where a definition is missing from the table.
    Documentation has its own sum: it serves more than these routes, and routes by
    hand have none. A decorator's arguments for the document alone, such as a
    route's errors, count with the route.

Which code is not counted
    Code that is alike on all sides: the storage, the settings, the error texts.
    Protection of the server rather than of a route: `limits.py`, and the options
    of gunicorn and uvicorn. The frameworks and extensions themselves; tests.

The services are read as text and never imported.
"""

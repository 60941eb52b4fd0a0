"""Checks that every definition of a counted file is counted or excluded with a reason.

Three gaps are closed: a definition of a counted file that neither an implementation nor
`not_counted` names; a view inside a function that counts as wiring; a module of its own service
that a file imports and the table does not mention.
"""

from pathlib import Path

from bench.boilerplate.comparison import EVERYTHING_ELSE, Implementation, Purpose, Table
from bench.boilerplate.counting import Counted, count, read, refuse, twice
from bench.boilerplate.definitions import definitions
from bench.boilerplate.imports import imported


def count_all(table: Table, root: Path) -> list[Counted]:
    """Count every comparison below `root`.

    Raises CountError where services and table do not match.
    """
    for path in {file.path: None for each in table.implementations for file in each.files}:
        _refuse_uncounted(table, path, read(root, path))
    counted = [
        Counted(comparison, tuple(count(each, root) for each in comparison.implementations))
        for comparison in table.comparisons
    ]
    for comparison in counted:
        for each in comparison.counts:
            for file in each.files:
                # Of a file that counts in part, the imports may serve the rest.
                if file.whole:
                    _refuse_unmentioned(each.implementation, file.path, read(root, file.path))
    return counted


def _refuse_uncounted(table: Table, path: str, source: str) -> None:
    files = [file for each in table.implementations for file in each.files if file.path == path]
    counting = {name for file in files for name in file.names}
    not_counted = [name for names in table.not_counted.get(path, {}).values() for name in names]
    known = counting.union(not_counted) - {EVERYTHING_ELSE}
    opened = [name for file in files for name in file.purposes.get(Purpose.WIRING, ())]
    found = [each.name for each in definitions(source, named=known, opened=opened)]

    refuse(path, "defines {} twice", twice(found) & known)
    refuse(path, "has no {}, which the table names", known - set(found))
    refuse(path, "{} both counts and does not", counting.intersection(not_counted))
    if EVERYTHING_ELSE not in not_counted:
        refuse(path, "has {}, which the table does not name", set(found) - known)


def _refuse_unmentioned(implementation: Implementation, path: str, source: str) -> None:
    package = Path(path).parent.name
    known = {Path(file.path).stem for file in implementation.files}
    known |= {module for modules in implementation.beside.values() for module in modules}
    unknown = imported(source, package) - known
    refuse(
        path, f"imports {{}}, which the table does not mention for {implementation.name}", unknown
    )

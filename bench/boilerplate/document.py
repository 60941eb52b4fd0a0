"""The count as a JSON file, shape 1.

schema          1; it changes when the shape changes
counted_at      ISO 8601, UTC
wrapped_by      {tool: "ruff format", columns: 100}: line counts depend on it
claim           {sentence, less_percent: [low, high]}: the claim under test
comparisons     a list, each with
    name, title
    implementations     a list, each with
        name
        routes              a list of paths
        documented          whether an OpenAPI document has them: "yes", "no", "yes, but ..."
        purposes            {purpose: amount}; an amount is {code_lines, statements}
        total               amount: all purposes but documentation
        documented_total    amount: all purposes
        apart               {blank, comment, docstring, import}: lines
        files               a list, each with
            path                from the repository's root
            sha256              of the file as it was counted
            whole               whether all its definitions count here
            lines               {code, import, docstring, comment, blank}: of the whole file;
                                they add up to its length
            apart               the part of its lines that `apart` above includes
            definitions         a list of {name, purpose, code_lines, statements}
        beside              {module that they import: why it does not count}
    less_percent        {other implementation: {total, documented_total}}, each
                        {code_lines, statements}: percentage by which the first
                        implementation takes less; below 0 where it takes more
not_counted     {path: {definition: reason}}: excluded definitions; "*" is everything else
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bench.boilerplate.comparison import Names, Purpose, Table
from bench.boilerplate.counting import Amount, Count, Counted, FileCount, less_percent
from bench.boilerplate.lines import LineKind
from bench.boilerplate.rows import CLAIM, CLAIM_LESS_PERCENT

SCHEMA = 1
COLUMNS = 100


def content(counted: Iterable[Counted], table: Table, *, counted_at: datetime) -> dict[str, Any]:
    """Content of the file; the module's docstring gives its shape."""
    return {
        "schema": SCHEMA,
        "counted_at": counted_at.isoformat(timespec="seconds"),
        "wrapped_by": {"tool": "ruff format", "columns": COLUMNS},
        "claim": {"sentence": CLAIM, "less_percent": list(CLAIM_LESS_PERCENT)},
        "comparisons": [_comparison(each) for each in counted],
        "not_counted": {path: _reasons(names) for path, names in table.not_counted.items()},
    }


def _comparison(counted: Counted) -> dict[str, Any]:
    first, *others = counted.counts
    return {
        "name": counted.comparison.name,
        "title": counted.comparison.title,
        "implementations": [_implementation(count) for count in counted.counts],
        "less_percent": {
            other.implementation.name: {
                "total": _less(first.total, other.total),
                "documented_total": _less(first.documented_total, other.documented_total),
            }
            for other in others
        },
    }


def _implementation(count: Count) -> dict[str, Any]:
    of = count.implementation
    return {
        "name": of.name,
        "routes": of.routes,
        "documented": of.documented,
        "purposes": {purpose: asdict(count.of(purpose)) for purpose in Purpose},
        "total": asdict(count.total),
        "documented_total": asdict(count.documented_total),
        "apart": count.apart,
        "files": [_file(file) for file in count.files],
        "beside": _reasons(of.beside),
    }


def _file(file: FileCount) -> dict[str, Any]:
    return {
        "path": file.path,
        "sha256": file.sha256,
        "whole": file.whole,
        "lines": file.lines,
        "apart": {kind: lines for kind, lines in file.apart.items() if kind is not LineKind.CODE},
        "definitions": [
            {"name": each.name, "purpose": each.purpose, **asdict(each.amount)}
            for each in file.definitions
        ],
    }


def _reasons(names: Mapping[str, Names]) -> dict[str, str]:
    return {name: reason for reason, group in names.items() for name in group}


def _less(small: Amount, large: Amount) -> dict[str, float]:
    return {
        "code_lines": round(less_percent(small.code_lines, large.code_lines), 1),
        "statements": round(less_percent(small.statements, large.statements), 1),
    }

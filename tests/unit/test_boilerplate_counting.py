"""A count has every line of what it counts once, and stops where the table does not fit."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import pytest

from bench.boilerplate.comparison import (
    EVERYTHING_ELSE,
    Comparison,
    CountedFile,
    Implementation,
    Purpose,
    Table,
)
from bench.boilerplate.completeness import count_all
from bench.boilerplate.counting import Amount, CountError, count, less_percent

ROUTES = dedent('''\
    """Routes."""

    import json

    from svc import queries, storage

    api = Router()


    # The model.
    class User:
        """A user."""

        name: str


    def register(app):
        """Give it routes."""

        @app.get("/users")
        def list_users():
            """All of them."""
            return storage.users(queries.limit())

        app.add(api)
    ''')
ERRORS = dedent('''\
    """Errors."""

    class Problem(Exception):
        """Every route has it."""

    def invalid(error):
        """Only these routes have it."""
        # why

        raise Problem(error)
    ''')
FILES = {
    "svc/users.py": ROUTES,
    "svc/problems.py": ERRORS,
    "svc/queries.py": "def limit():\n    return 20\n",
}
USERS = CountedFile(
    "svc/users.py",
    {
        Purpose.ROUTES: ("register.list_users",),
        Purpose.VALIDATION: ("User",),
        Purpose.WIRING: ("api", "register"),
    },
)
PROBLEMS = CountedFile("svc/problems.py", {Purpose.ERRORS: ("invalid",)})
QUERIES = CountedFile("svc/queries.py", {Purpose.VALIDATION: ("limit",)})
SVC = Implementation(
    "Sample", ("/users",), "no", (USERS, PROBLEMS, QUERIES), beside={"alike": ("storage",)}
)
NOT_COUNTED = {"svc/problems.py": {"alike": ("Problem",)}}


def table(*files: CountedFile) -> Table:
    """Of one implementation, the sample's unless other files are given."""
    svc = replace(SVC, files=files) if files else SVC
    return Table((Comparison("sample", "A sample", (svc,)),), NOT_COUNTED)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The sample service on disk."""
    (tmp_path / "svc").mkdir()
    for path, source in FILES.items():
        (tmp_path / path).write_text(source)
    return tmp_path


def test_code_is_summed_by_purpose_over_all_files(root: Path) -> None:
    """Worked out by hand on the sample."""
    counted = count(SVC, root)

    assert counted.of(Purpose.ROUTES) == Amount(3, 2)
    assert counted.of(Purpose.VALIDATION) == Amount(2 + 2, 2 + 2)
    assert counted.of(Purpose.WIRING) == Amount(3, 3)
    assert counted.of(Purpose.ERRORS) == Amount(2, 2)
    assert counted.total == counted.documented_total == Amount(12, 11)


def test_documentation_is_no_part_of_the_total(root: Path) -> None:
    """It has a sum of its own, since not every implementation has it."""
    documented = CountedFile("svc/queries.py", {Purpose.DOCUMENTATION: ("limit",)})
    counted = count(replace(SVC, files=(USERS, PROBLEMS, documented)), root)

    assert counted.total == Amount(10, 9)
    assert counted.documented_total == Amount(12, 11)


def test_what_is_no_code_is_apart(root: Path) -> None:
    """Of a file that counts whole all of it, of another what is inside of what counts."""
    users, problems, _ = count(SVC, root).files

    assert (users.whole, problems.whole) == (True, False)
    assert users.apart == {"code": 0, "import": 2, "docstring": 4, "comment": 1, "blank": 10}
    assert sum(users.lines.values()) == ROUTES.count("\n")
    assert problems.apart == {"code": 0, "import": 0, "docstring": 1, "comment": 1, "blank": 1}
    assert sum(problems.lines.values()) == ERRORS.count("\n")
    assert count(SVC, root).apart == {"import": 2, "docstring": 5, "comment": 2, "blank": 11}


def test_a_count_says_of_which_bytes_it_is(root: Path) -> None:
    """As `sha256sum` has it."""
    assert count(SVC, root).files[0].sha256 == sha256(ROUTES.encode()).hexdigest()


@pytest.mark.parametrize(
    ("path", "change", "sentence"),
    [
        ("svc/users.py", ("api = ", "more = 1\napi = "), "has more, which the table does not name"),
        (
            "svc/users.py",
            ("    app.add(api)", "    def more(): ...\n"),
            "has register.more, which the table does not name",
        ),
        ("svc/problems.py", ("def inv", "class Other: ...\ndef inv"), "has Other, which the table"),
        ("svc/problems.py", ("class Problem(", "class Other("), "has no Problem, which the table"),
        ("svc/users.py", ("class User:", "class Visitor:"), "has no User, which the table names"),
        ("svc/queries.py", ("def limit", "limit = 1\ndef limit"), "defines limit twice"),
        ("svc/users.py", ("storage\n", "storage, secret\n"), "imports secret, which the table"),
        ("svc/users.py", ("class User:", "class User"), "line 11 is no Python"),
    ],
)
def test_nothing_escapes_the_count(
    root: Path, path: str, change: tuple[str, str], sentence: str
) -> None:
    """What is new in a file, gone, or imported from another, stops it with file and name."""
    assert change[0] in FILES[path]
    count_all(table(), root)
    (root / path).write_text(FILES[path].replace(*change))

    with pytest.raises(CountError, match=rf"^{path}: .*{sentence}"):
        count_all(table(), root)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (
            replace(QUERIES, purposes={Purpose.ROUTES: ("limit",), Purpose.ERRORS: ("limit",)}),
            "the table names limit twice",
        ),
        (
            CountedFile("svc/problems.py", {Purpose.ERRORS: ("invalid", "Problem")}),
            "Problem both counts and does not",
        ),
        (replace(QUERIES, purposes={Purpose.ROUTES: ("gone",)}), "has no gone, which the table"),
    ],
)
def test_the_table_may_not_contradict_itself_nor_the_file(
    root: Path, file: CountedFile, sentence: str
) -> None:
    """A definition counts once or not at all."""
    others = [each for each in SVC.files if each.path != file.path]

    with pytest.raises(CountError, match=rf"^{file.path}: {sentence}"):
        count_all(table(*others, file), root)


def test_a_view_in_a_wiring_function_needs_a_name_of_its_own(root: Path) -> None:
    """Or it would count as wiring, unseen."""
    hiding = replace(
        USERS, purposes={Purpose.VALIDATION: ("User",), Purpose.WIRING: ("api", "register")}
    )

    with pytest.raises(CountError, match=r"has register\.list_users, which the table does not"):
        count_all(table(hiding, PROBLEMS, QUERIES), root)


def test_one_implementation_may_count_what_another_does_not(root: Path) -> None:
    """A file of which each takes a part is complete if all parts are."""
    (root / "svc/problems.py").write_text(ERRORS + "\n\nclass Gone(Problem): ...\n")
    gone = CountedFile("svc/problems.py", {Purpose.ERRORS: ("Gone",)})
    other = replace(SVC, name="Other", files=(gone,))
    both = Table((Comparison("sample", "A sample", (SVC, other)),), NOT_COUNTED)

    (counted,) = count_all(both, root)

    assert [each.of(Purpose.ERRORS) for each in counted.counts] == [Amount(2, 2), Amount(1, 2)]


def test_of_a_file_that_counts_in_part_the_rest_may_be_everything(root: Path) -> None:
    """Where most of a file is about something else."""
    part = replace(USERS, purposes={Purpose.WIRING: ("register.app.add(api)",)})
    rest = {**NOT_COUNTED, "svc/users.py": {"other": (EVERYTHING_ELSE,)}}

    (counted,) = count_all(replace(table(part, PROBLEMS, QUERIES), not_counted=rest), root)

    assert counted.counts[0].of(Purpose.WIRING) == Amount(1, 1)


def test_a_missing_file_is_named(root: Path) -> None:
    """With the reason."""
    (root / "svc/queries.py").unlink()

    with pytest.raises(CountError, match=r"^svc/queries\.py: cannot be read"):
        count(SVC, root)


@pytest.mark.parametrize(("small", "large", "less"), [(60, 100, 40), (100, 100, 0), (90, 60, -50)])
def test_less_is_in_per_cent_of_the_other(small: int, large: int, less: float) -> None:
    """And below 0 where it is more."""
    assert less_percent(small, large) == pytest.approx(less)

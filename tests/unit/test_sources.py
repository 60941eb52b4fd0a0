"""What a run was made of, as hashes: which changes they see, and which they do not."""

import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.environment import ROOT
from lab.experiments import catalogue, definition, experiment_file
from lab.results import sources
from lab.running import machine_facts

NAME = "02-sixteen-at-once"
TEXT = (ROOT / f"experiments/{NAME}.toml").read_text()
FILES = {
    "flask-svc/Dockerfile": "FROM python\n",
    "flask-svc/README.md": "A service.\n",
    "flask-svc/flask_svc/app.py": "waits = 1\n",
    "flask-svc/requirements.txt": "flask==3\n",
    "fastapi-svc/fastapi_svc/app.py": "waits = 1\n",
    "mock-upstream/mock_upstream/server.py": "waits = 1\n",
    "lab/driver/serve.py": "sends = 1\n",
    "lab/running/run_plan.py": "order = 1\n",
    "lab/theory.py": "waves = 1\n",
    "lab/targets.py": "slots = 1\n",
    "lab/verdicts/judge.py": "holds = 1\n",
    "lab/samples.py": "start_s = 1\n",
    "lab/report/page.html": "<p>\n",
    "requirements.txt": "flask==3\n",
    "docs/results.md": "# Runs\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small checkout with a file or two of each source."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_every_source_is_in_this_tree() -> None:
    """Sixteen hexadecimal digits for each; none of its paths has moved away."""
    found = sources.of_tree("0123456789abcdef")

    assert found.keys() == {"experiment", *sources.PATHS}
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in found.values())
    assert found["experiment"] == "0123456789abcdef"
    assert [each for each in sources.watched(NAME) if not (ROOT / each).exists()] == []


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("flask-svc/flask_svc/app.py", ["flask-svc"]),
        ("flask-svc/Dockerfile", ["flask-svc"]),
        ("flask-svc/requirements.txt", ["flask-svc", "locks"]),
        ("fastapi-svc/fastapi_svc/app.py", ["fastapi-svc"]),
        ("mock-upstream/mock_upstream/server.py", ["mock-upstream"]),
        ("lab/driver/serve.py", ["driver"]),
        ("lab/running/run_plan.py", ["measuring"]),
        ("lab/theory.py", ["measuring"]),
        ("lab/targets.py", ["measuring"]),
        ("lab/verdicts/judge.py", ["verdicts"]),
        ("lab/samples.py", ["verdicts"]),
        ("requirements.txt", ["locks"]),
        ("flask-svc/README.md", []),
        ("lab/report/page.html", []),
        ("docs/results.md", []),
    ],
)
def test_one_byte_changes_the_hash_of_what_it_belongs_to(
    tree: Path, path: str, names: list[str]
) -> None:
    """And of nothing else; documents and the report belong to no source."""
    before = sources.of_tree("x", tree)
    content = bytearray((tree / path).read_bytes())
    content[0] ^= 1
    (tree / path).write_bytes(content)

    assert sources.differing(before, sources.of_tree("x", tree)) == names


def test_a_file_that_is_new_gone_or_renamed_changes_the_hash(tree: Path) -> None:
    """The names count, too."""
    before = sources.of_tree("x", tree)
    app = tree / "flask-svc/flask_svc/app.py"

    app.rename(app.with_name("views.py"))
    renamed = sources.of_tree("x", tree)
    app.write_text("")
    added = sources.of_tree("x", tree)

    assert sources.differing(before, renamed) == ["flask-svc"]
    assert sources.differing(renamed, added) == ["flask-svc"]


def test_caches_and_line_ends_change_no_hash(tree: Path) -> None:
    """They differ between machines that run the same code."""
    before = sources.of_tree("x", tree)
    for folder in ("flask-svc/flask_svc", "lab/driver"):
        (tree / folder / "__pycache__").mkdir()
        (tree / folder / "__pycache__/app.pyc").write_bytes(b"compiled")
        (tree / folder / ".app.py.swp").write_bytes(b"edited")
    for path in tree.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert sources.of_tree("x", tree) == before


def test_what_is_not_there_has_no_hash(tmp_path: Path) -> None:
    """An empty text is no hash that another tree could have."""
    assert set(sources.of_tree("", tmp_path).values()) == {""}


def test_the_names_of_what_differs_are_said() -> None:
    """A source that only one of the two has differs."""
    one = {"experiment": "a", "driver": "b", "locks": "c"}

    assert sources.differing(one, dict(one)) == []
    assert sources.differing(one, one | {"driver": "x"}) == ["driver"]
    assert sources.differing(one, {"experiment": "a", "verdicts": "d"}) == [
        "driver",
        "locks",
        "verdicts",
    ]


def digest(text: str) -> str:
    return definition.digest(tomllib.loads(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('explains = """\n', 'explains = """\n# a comment of the author\n'),
        ("# The waves are", "# These waves are"),
        ('question = "', 'question = "Please: '),
        ('kind = "staircase"', 'kind = "points"'),
        ('measure = "makespan_s"\n', 'measure   =   "makespan_s"\n\n'),
        ('kind = "burst", requests = [3, 16]', 'requests = [3, 16], kind = "burst"'),
        ("\n", "\r\n"),
    ],
)
def test_texts_comments_and_the_chart_are_no_part_of_a_definition(old: str, new: str) -> None:
    """They change neither what is measured nor how it is judged."""
    assert old in TEXT
    assert digest(TEXT.replace(old, new)) == digest(TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("delay_ms = 1000", "delay_ms = 1001"),
        ("tolerance = 0.05", "tolerance = 0.06"),
        ("requests = [3, 16]", "requests = [4, 16]"),
        ('claims = ["C1", "C4"]', 'claims = ["C1"]'),
        ("tolerance = 0.15", "tolerance = 0.16"),  # of the quick run
    ],
)
def test_loads_dials_and_tolerances_are_a_definition(old: str, new: str) -> None:
    """Also those of a quick run: it has the same definition as the whole one."""
    assert old in TEXT
    assert digest(TEXT.replace(old, new)) != digest(TEXT)


def test_settings_that_reach_a_server_are_part_of_a_definition() -> None:
    """A port or the lab's own settings are not."""
    document = tomllib.loads(TEXT)
    base = {"FLASK_WORKERS": "4", "FLASK_SVC_PORT": "8001", "LAB_LOAD": "closed"}

    known = definition.digest(document, base)

    assert definition.digest(document, base | {"FLASK_WORKERS": "5"}) != known
    assert definition.digest(document, base | {"FLASK_SVC_PORT": "1", "LAB_LOAD": "open"}) == known


def test_an_experiment_has_the_same_definition_wherever_it_is_read() -> None:
    """On any number of cores, quick or not, with other settings of the user."""
    path = catalogue.find(NAME)
    found = {
        experiment_file.read(path, quick=quick, cores=cores, settings=settings).definition
        for quick in (False, True)
        for cores in (1, 8)
        for settings in ({}, {"FLASK_WORKERS": "8"})
    }

    assert found == {digest(TEXT)}


@pytest.fixture
def git(tree: Path) -> Callable[..., str]:
    """Git in that checkout, which has all of its files in a commit."""

    def git(*arguments: str) -> str:
        own = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-C", str(tree))
        done = subprocess.run(["git", *own, *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    return git


def test_a_checkout_as_it_was_committed_has_no_changed_source(
    tree: Path, git: Callable[..., str]
) -> None:
    """Documents may differ: they decide nothing that is measured."""
    (tree / "docs/results.md").write_text("other\n")
    (tree / "flask-svc/README.md").write_text("other\n")

    assert machine_facts.git(sources.watched(NAME), tree) == {
        "commit": git("rev-parse", "HEAD"),
        "changed": False,
        "changed_sources": [],
    }


def test_changed_sources_are_listed(tree: Path, git: Callable[..., str]) -> None:
    """Changed, staged, gone and new ones, with the experiment's own file; sorted."""
    (tree / "flask-svc/flask_svc/app.py").write_text("waits = 2\n")
    (tree / "lab/theory.py").write_text("waves = 2\n")
    git("add", "lab/theory.py")
    (tree / "lab/samples.py").unlink()
    (tree / "lab/driver/ü new.py").write_text("")
    (tree / "experiments").mkdir()
    (tree / f"experiments/{NAME}.toml").write_text("")
    (tree / "experiments/03-async-view.toml").write_text("")

    found = machine_facts.git(sources.watched(NAME), tree)

    assert found is not None
    assert found["changed"]
    assert found["changed_sources"] == [
        f"experiments/{NAME}.toml",
        "flask-svc/flask_svc/app.py",
        "lab/driver/ü new.py",
        "lab/samples.py",
        "lab/theory.py",
    ]


def test_many_changed_sources_are_cut_off(tree: Path, git: Callable[..., str]) -> None:
    """Twenty paths are enough to see what kind of change it is."""
    for number in range(25):
        (tree / f"lab/driver/new_{number:02}.py").write_text("")

    found = machine_facts.git(sources.watched(NAME), tree)

    assert found is not None
    assert found["changed_sources"] == [f"lab/driver/new_{number:02}.py" for number in range(20)]


def test_settings_of_the_database_count_where_it_is_asked() -> None:
    """Elsewhere they change nothing, so that runs made before there was one keep their hash."""
    base = {"FLASK_WORKERS": "4", "DB_POOL": "10", "FASTAPI_DB_DRIVER": "asyncpg"}
    on_database = TEXT.replace('routes = ["io"]', 'routes = ["db-wait"]')
    assert on_database != TEXT

    for name, other in (("DB_POOL", "11"), ("FASTAPI_DB_DRIVER", "psycopg")):
        for text, counts in ((TEXT, False), (on_database, True)):
            document = tomllib.loads(text)
            one, changed = (
                definition.digest(document, each) for each in (base, base | {name: other})
            )
            assert (one != changed) is counts

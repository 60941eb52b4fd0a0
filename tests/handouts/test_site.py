"""The site as `make handouts` builds it: from made pages, and from the real ones."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_handouts import make

from lab import environment
from lab.runtime import RuntimeProblem
from workshop.handouts import handouts_command, measured, paper
from workshop.handouts.publishing import publish

pytestmark = pytest.mark.handouts

ROOT = Path(__file__).parents[2]
ENVIRON = environment.load({}, root=ROOT / "no-such-folder")
ROOM = "http://10.0.0.5"


class Page(HTMLParser):
    """What a test asks of a built page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.comments: list[str] = []
        self.words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action", "srcset") and value:
                (self.links if tag == "a" else self.loaded).append(value)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All of its words."""
        return "".join(self.words)


def build(handouts: Path, room: str = "", run: Path | None = None, **changed: str) -> Path:
    """The site of these handouts."""
    site = handouts / "site"
    environ = ENVIRON | changed
    assert (
        handouts_command.build(room=room, run=run, environ=environ, source=handouts, site=site) == 0
    )
    return site


@pytest.fixture(scope="module")
def made(made_site: Path) -> Path:
    """The site of the made pages."""
    return made_site


@pytest.fixture(scope="module")
def real(real_site: Path) -> Path:
    """The site of the real pages."""
    return real_site


def pages(site: Path) -> dict[str, Page]:
    """Every page by its file, the slides among them."""
    return {
        str(path.relative_to(site)): Page(path)
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }


def fingerprint(folder: Path) -> dict[str, bytes]:
    """Every file in it by its path, with what it holds."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


def test_every_page_is_there_and_nothing_else(made: Path) -> None:
    """No exercise with its solution, and none of the sources."""
    assert set(pages(made)) == {
        "index.html",
        "00-staircase.html",
        "01-traps.html",
        "words.html",
        "instructor.html",
        "search.html",
        "slides/index.html",
    }
    assert (made / handouts_command.BOOKLET).is_file()
    assert not [each for each in made.rglob("*") if each.suffix in (".md", ".toml")]
    assert "secret" not in "".join(map(str, fingerprint(made)))


def test_every_real_page_is_there(real: Path) -> None:
    """As many as there are sources, in the order of the index, each with its neighbours."""
    sources = {path.stem for path in (ROOT / "handouts").glob("*.md")} - {"slides"}

    assert set(pages(real)) == {f"{each}.html" for each in sources} | {
        "search.html",
        "slides/index.html",
    }
    chain, name = [], "index"
    while name:
        chain.append(name)
        text = (real / f"{name}.html").read_text(encoding="utf-8")
        following = re.search(r'<link rel="next" [^>]*href="([\w-]+)\.html"', text)
        name = following[1] if following else ""
    numbered = sorted(each for each in sources if each[0].isdigit())
    assert chain[: len(numbered) + 1] == ["index", *numbered]
    assert set(chain) == sources


def test_the_index_names_each_page_by_its_title() -> None:
    """Where the list gives a number, the title has it too."""
    folder = ROOT / "handouts"
    listed = re.findall(
        r"^(?:- |(\d+\. ))\[([^]]+)\]\(([\w-]+\.md)\)",
        (folder / "index.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert len(listed) > 10
    for number, text, name in listed:
        if name != "slides.md":
            title = (folder / name).read_text(encoding="utf-8").partition("\n")[0]
            assert f"# {number}{text}" == title


@pytest.mark.parametrize("which", ["made", "real"])
def test_what_speaks_to_tests_alone_leaves_no_trace(
    which: str, request: pytest.FixtureRequest
) -> None:
    """Neither as a comment nor as words."""
    site: Path = request.getfixturevalue(which)
    for name, page in pages(site).items():
        assert [each for each in page.comments if "Generated with Sphinx" not in each] == [], name
        text = page.text.replace("<!-- walk: this is code and stays -->", "")
        assert not re.search(r"<!--|-->|walk: |end measured|</?(details|summary)", text), name
        assert not re.search(r"measured: (table|chart|claim|machine)|\{predict\}", text), name


def test_a_table_ends_where_its_block_ends(made: Path) -> None:
    """What follows in the next line is no row of it."""
    text = (made / "00-staircase.html").read_text(encoding="utf-8")

    assert "<p>The sentence after the table.</p>" in text


@pytest.mark.parametrize("which", ["made", "real"])
def test_links_lead_somewhere_and_nothing_is_loaded_from_elsewhere(
    which: str, request: pytest.FixtureRequest
) -> None:
    """Every file that a page asks for is there, with the anchor."""
    site: Path = request.getfixturevalue(which)
    for name, page in pages(site).items():
        folder = (site / name).parent
        for each in page.loaded:
            path = each.partition("?")[0].partition("#")[0]
            assert not path or (folder / path).is_file(), (name, each)
        for each in page.links:
            if not re.match(r"https?://", each):
                path, _, anchor = each.partition("#")
                target = folder / path if path else site / name
                assert target.is_file(), (name, each)
                ids = re.findall(r' id="([^"]*)"', target.read_text(errors="replace"))
                assert anchor in ("", "/", *ids), (name, each)
    for file in site.rglob("*.css"):
        for url in re.findall(r"url\(([^)]*)\)|@import ([^;]*)", file.read_text(encoding="utf-8")):
            assert not re.search(r"^[\"' ]*(https?:)?//", "".join(url)), (file, url)


def test_links_between_the_pages_the_slides_and_the_booklet(made: Path) -> None:
    """All three are one click away from each other."""
    found = pages(made)

    assert {"slides/index.html", handouts_command.BOOKLET} <= set(found["words.html"].links)
    assert "01-traps.html#harder" in found["00-staircase.html"].links
    assert "slides/index.html" in found["01-traps.html"].links
    assert "../00-staircase.html" in found["slides/index.html"].links


def test_a_room_has_its_address_on_every_page(tmp_path: Path) -> None:
    """No link leads to the reader's own machine, and no command asks it."""
    site = build(make(tmp_path / "lab"), ROOM, LOCUST_PORT="9089")

    for name, page in pages(site).items():
        assert not [each for each in page.links if "localhost" in each], name
    found = pages(site)
    for name in ("index.html", "00-staircase.html", "slides/index.html"):
        assert f"{ROOM}:9089" in found[name].links
    assert f"{ROOM}:8003/stats" in found["00-staircase.html"].links
    assert "$ curl -s 10.0.0.5:8001/io\n" in found["00-staircase.html"].text
    assert "lab: the dashboard is at http://localhost:9089\n" in found["00-staircase.html"].text


def test_no_link_of_the_real_pages_stays_behind_in_a_room(tmp_path: Path) -> None:
    """None leads to localhost, and all addresses that are left were printed by a command."""
    site = tmp_path / "site"
    handouts_command.build(room=ROOM, run=None, environ=ENVIRON, site=site)

    found = pages(site)
    assert sum(each.startswith(ROOM) for page in found.values() for each in page.links) > 3
    for name, page in found.items():
        assert not [each for each in page.links if "localhost" in each], name
        assert not re.search(r"^\$ .*localhost:80", page.text, re.MULTILINE), name


def test_figures_of_another_report_come_before_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are written into a copy of the pages, and the pages stay as they are."""
    handouts = make(tmp_path / "lab")
    before = fingerprint(handouts)

    def refresh(folder: Path, run: Path) -> None:
        page = folder / "words.md"
        page.write_text(f"{page.read_text()}\nFigures of {run.name}.\n")

    monkeypatch.setattr(measured, "refresh", refresh)
    site = build(handouts, run=tmp_path / "another-report")

    assert "Figures of another-report." in Page(site / "words.html").text
    assert before.items() <= fingerprint(handouts).items()


# Those of a link to a document end it before the pages are read by Sphinx.
MISTAKES = [
    [("words.md", "[lost](../docs/nowhere.md)", r"words\.md: .*docs/nowhere\.md")],
    [
        ("words.md", "[lost](02-nowhere.md)", r"words\.md:\d+: WARNING: .*02-nowhere\.md"),
        ("words.md", "[lost](01-traps.md#nowhere)", r"words\.md:\d+: WARNING: .*'nowhere'"),
        ("words.md", "![lost](pictures/no.svg)", r"words\.md:\d+: WARNING: .*pictures/no\.svg"),
        ("words.md", "```{predict} s\n```", r"words\.md:\d+: ERROR: "),
        ("02-forgotten.md", "# Forgotten", r"02-forgotten\.md: WARNING: .*toctree"),
        ("slides.md", "![lost](pictures/no.svg)", r"slides\.md:\d+: WARNING: .*pictures/no\.svg"),
    ],
]


@pytest.mark.parametrize("mistakes", MISTAKES, ids=["in a document's link", "all others"])
def test_what_is_wrong_is_named_and_the_old_site_stays(
    tmp_path: Path, mistakes: list[tuple[str, str, str]]
) -> None:
    """Each once for all editions, by the page and its line; and no byte of the site changes."""
    handouts = make(tmp_path / "lab")
    (handouts / "site" / "index.html").write_text("the old one", encoding="utf-8")
    before = fingerprint(handouts / "site")
    for page, text, _ in mistakes:
        with (handouts / page).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    with pytest.raises(RuntimeProblem) as caught:
        build(handouts)

    lines = str(caught.value).splitlines()
    for *_, said in mistakes:
        assert len([line for line in lines if re.search(said, line)]) == 1, (said, lines)
    assert str(tmp_path) not in str(caught.value)
    assert fingerprint(handouts / "site") == before


def test_a_bad_room_builds_nothing(tmp_path: Path) -> None:
    """It is refused before anything is read."""
    with pytest.raises(RuntimeProblem, match="ROOM='10.0.0.5'"):
        build(tmp_path / "nowhere", "10.0.0.5")


def test_without_pango_there_is_a_site_without_a_booklet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a sentence that says what to install; no link leads to the booklet of yesterday."""
    handouts = make(tmp_path / "lab")
    (handouts / "site" / handouts_command.BOOKLET).write_bytes(b"%PDF of yesterday")
    monkeypatch.setattr(paper, "missing", lambda: paper.MISSING)

    with pytest.raises(RuntimeProblem, match="site is complete.*libpango"):
        build(handouts)

    found = pages(handouts / "site")
    assert len(found) == 7
    assert not (handouts / "site" / handouts_command.BOOKLET).exists()
    assert not [link for page in found.values() for link in page.links if "pdf" in link]


def test_a_missing_pango_is_noticed() -> None:
    """By what WeasyPrint says when it is imported, which itself is not shown."""
    code = (
        "import cffi\n"
        "def dlopen(*names): raise OSError('cannot load library')\n"
        "cffi.FFI.dlopen = dlopen\n"
        "from workshop.handouts import paper\n"
        "print(paper.missing())\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == (f"{paper.MISSING}\n", "")


def test_this_machine_lacks_nothing() -> None:
    """The other tests build booklets on it."""
    assert paper.missing() == ""


def test_publishing_keeps_the_folder_and_removes_what_was(tmp_path: Path) -> None:
    """A container that has the folder mounted goes on to see it."""
    built, site = tmp_path / "built", tmp_path / "site"
    (built / "deep").mkdir(parents=True)
    (built / "deep" / "new").touch()
    (built / "same").write_text("new", encoding="utf-8")
    (site / "old").mkdir(parents=True)
    (site / "old" / "file").touch()
    (site / "same").write_text("old", encoding="utf-8")
    (site / ".fresh-of-yesterday").mkdir()
    (site / ".gitkeep").touch()
    place = site.stat().st_ino

    publish(built, site)

    assert site.stat().st_ino == place
    assert sorted(str(each.relative_to(site)) for each in site.rglob("*")) == [
        ".gitkeep",
        "deep",
        "deep/new",
        "same",
    ]
    assert (site / "same").read_text(encoding="utf-8") == "new"


def test_building_again_makes_the_same_pages(made: Path, tmp_path: Path) -> None:
    """Nothing in them depends on when or where they were built."""
    again = build(make(tmp_path / "lab"))

    first, second = fingerprint(made), fingerprint(again)
    assert first.keys() == second.keys()
    assert [path for path in first if path.endswith(".html") and first[path] != second[path]] == []

"""The booklet, opened as a reader would: contents, outline, links, and every word of every page."""

import re
from collections import Counter
from collections.abc import Iterator
from ctypes import c_int
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import groupby, pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from workshop.handouts import handouts_command, paper

pytestmark = pytest.mark.handouts

ROOT = Path(__file__).parents[2]
ENTRY = re.compile(r"^(?P<title>.+?)(?: ?\.){3,} ?(?P<page>\d+)$", re.MULTILINE)
HEADER_PT = 70  # from the top of a sheet: the running titles
FOOTER_PT = 62
FILLED = 0.6  # of a sheet's height


@dataclass(frozen=True)
class Sheet:
    """A page of paper; `body` is what stands between the running titles and the page number."""

    page: pypdfium2.PdfPage
    body: str
    number: str
    links: list[int | str]

    @property
    def kinds(self) -> Counter[int]:
        """How many objects of each kind it has."""
        return Counter(each.type for each in self.page.get_objects())


@dataclass(frozen=True)
class Booklet:
    """The sheets, the outline's top level (title and index of the sheet), and the site beside."""

    sheets: list[Sheet]
    outline: list[tuple[str, int]]
    site: Path

    def chapters(self) -> Iterator[tuple[str, list[Sheet]]]:
        """Each page of the handouts by its title, on its sheets; two may share one."""
        starts = self.outline[1:]  # the contents come first
        lasts = [start for _, start in starts[1:]] + [len(self.sheets) - 1]
        for (title, start), last in zip(starts, lasts, strict=True):
            yield title, self.sheets[start : last + 1]


def opened(site: Path) -> Booklet:
    """The booklet beside this site."""
    document = pypdfium2.PdfDocument(site / handouts_command.BOOKLET)
    outline = [
        (mark.get_title(), mark.get_dest().get_index())
        for mark in document.get_toc()
        if mark.level == 0
    ]
    return Booklet([read(document, page) for page in document], outline, site)


def read(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Sheet:
    """A sheet with its words and its links."""
    width, height = page.get_size()
    text = page.get_textpage()
    inside = text.get_text_bounded(0, FOOTER_PT, width, height - HEADER_PT)
    number = text.get_text_bounded(0, 0, width, FOOTER_PT).strip()
    # A link has an area for each of its lines.
    led = [each for each, _ in groupby(links(document, page))]
    return Sheet(page, inside.replace("\r\n", "\n"), number, led)


def links(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[int | str]:
    """Where each link leads: to a sheet by its index, or to an address."""
    position, link = c_int(0), pdfium.FPDF_LINK()
    while pdfium.FPDFLink_Enumerate(page, position, link):
        if destination := pdfium.FPDFLink_GetDest(document, link):
            yield pdfium.FPDFDest_GetDestPageIndex(document, destination)
        else:
            action = pdfium.FPDFLink_GetAction(link)
            length = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
            buffer = (pdfium.c_char * length)()
            pdfium.FPDFAction_GetURIPath(document, action, buffer, length)
            yield buffer.value.decode()


@pytest.fixture(scope="module")
def made(made_site: Path) -> Booklet:
    """The booklet of the made pages."""
    return opened(made_site)


@pytest.fixture(scope="module")
def real(real_site: Path) -> Booklet:
    """The booklet of the real pages."""
    return opened(real_site)


@pytest.fixture(params=["made", "real"])
def booklet(request: pytest.FixtureRequest) -> Booklet:
    """Each of both."""
    found: Booklet = request.getfixturevalue(request.param)
    return found


def test_the_contents_are_the_titles_with_the_right_page_numbers(booklet: Booklet) -> None:
    """On sheet 2; each title is on the sheet whose number stands behind it."""
    contents = booklet.sheets[1]
    entries = [(found["title"], int(found["page"])) for found in ENTRY.finditer(contents.body)]

    assert contents.body.startswith("Contents\n")
    assert [title for title, _ in entries] == titles(booklet.site)
    assert [page - 1 for _, page in entries] == [start for _, start in booklet.outline[1:]]
    for title, page in entries:
        sheet = booklet.sheets[page - 1]
        assert sheet.number == str(page)
        assert title in sheet.body.splitlines()
    assert contents.links == [page - 1 for page, _ in groupby(page for _, page in entries)]


def titles(site: Path) -> list[str]:
    """Of every page in the order of the site's navigation."""
    text = (site / "index.html").read_text(encoding="utf-8")
    navigation = text.partition('<div class="sidebar-tree">')[2].partition("</div>")[0]
    return [re.sub("<.*?>", "", each) for each in re.findall(r"<a .*?>(.*?)</a>", navigation)]


def test_the_outline_has_the_contents_and_every_page(booklet: Booklet) -> None:
    """In their order."""
    assert [title for title, _ in booklet.outline] == ["Contents", *titles(booklet.site)]
    assert booklet.outline[0][1] == 1
    starts = [start for _, start in booklet.outline]
    assert sorted(starts) == starts


def filled(sheet: Sheet) -> float:
    """How far down from the running titles to the page number a sheet has something, from 0 to 1.

    A pixel for each point is enough to see it.
    """
    picture = sheet.page.render(scale=1).to_pil().convert("L")
    body = picture.crop((0, HEADER_PT, picture.width, picture.height - FOOTER_PT))
    ink = body.point([255 if grey < 200 else 0 for grey in range(256)]).getbbox()
    return float(ink[3] / body.height) if ink else 0.0


def test_no_sheet_is_half_empty(real: Booklet) -> None:
    """But for the cover, the contents and the last: a chapter goes on where the one before ended.

    What stays together, as a drawing with its heading, takes less than a third of a sheet.
    """
    shares = {sheet.number: filled(sheet) for sheet in real.sheets[2:-1]}

    assert {number: share for number, share in shares.items() if share < FILLED} == {}


def test_a_title_has_room_below_it(real: Booklet) -> None:
    """At least two lines of what it heads."""
    for title, sheets in real.chapters():
        below = sheets[0].body.partition(title)[2].strip()
        assert len(below.splitlines()) > 2, title


def test_the_cover_has_a_title_and_no_number(booklet: Booklet) -> None:
    """And the address of the lab; the list of pages gives way to the contents."""
    cover = booklet.sheets[0]
    title = (booklet.site / "index.html").read_text(encoding="utf-8").partition("<h1>")[2]

    assert " ".join(cover.body.split()).startswith(title.partition("<")[0])
    assert cover.number == ""
    assert cover.links == ["http://localhost:8089"]
    assert "And beside them" not in cover.body


def test_every_other_sheet_has_its_number_and_something_on_it(booklet: Booklet) -> None:
    """None is empty, and none holds a forgotten half line."""
    for index, sheet in enumerate(booklet.sheets[1:], start=2):
        assert sheet.number == str(index)
        has_picture = sheet.kinds[pdfium.FPDF_PAGEOBJ_PATH] > 20
        assert len(sheet.body.split()) > 5 or has_picture, index


class Article(HTMLParser):
    """The words of a built page, except for those that only a screen needs."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.words: list[str] = []
        self.depth = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_article = tag == "article"
        hidden = "headerlink" in (dict(attrs).get("class") or "")
        self.depth = 1 if is_article else self.depth
        if hidden:
            self.words.append("\0")

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self.depth = 0

    def handle_data(self, data: str) -> None:
        if self.depth and self.words[-1:] != ["\0"]:
            self.words.append(data)
        elif self.words[-1:] == ["\0"]:
            self.words.pop()

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.words)


def test_every_word_of_every_page_is_there(booklet: Booklet) -> None:
    """Commands and their output, tables, and answers that are folded away on a screen too."""
    files = dict(zip(titles(booklet.site), pages(booklet.site), strict=True))
    for title, sheets in booklet.chapters():
        wanted = Article(files[title]).text
        printed = [squeezed(sheet.body) for sheet in sheets]
        lines = [squeezed(line) for line in wanted.splitlines() if squeezed(line)]
        assert len(lines) > 1
        assert [line for line in lines if not is_on(line, printed)] == [], title


def is_on(line: str, sheets: list[str]) -> bool:
    """Whether a sheet has it, or one has its begin and the next one goes on with the rest."""
    return any(line in sheet for sheet in sheets) or any(
        line[:cut] in sheet and following.startswith(line[cut:])
        for sheet, following in pairwise(sheets)
        for cut in range(1, len(line))
    )


def pages(site: Path) -> list[Path]:
    """The file of every page in the order of the site's navigation."""
    text = (site / "index.html").read_text(encoding="utf-8")
    navigation = text.partition('<div class="sidebar-tree">')[2].partition("</div>")[0]
    return [site / each for each in re.findall(r'href="([^"]+)"', navigation)]


def squeezed(text: str) -> str:
    """The text without white space and hyphens, which a line's end may add or take."""
    return re.sub(r"[\s\x02\u00ad\u2022\ufffe-]", "", text)


def test_nothing_is_cut_at_the_edge(booklet: Booklet) -> None:
    """Every letter lies inside of the margins, also of the longest line of a console."""
    for sheet in booklet.sheets:
        width, height = sheet.page.get_size()
        text = sheet.page.get_textpage()
        for index in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(index)
            assert left >= 40, text.get_text_range(index, 20)
            assert right <= width - 40, text.get_text_range(index, 20)
            assert bottom >= 20
            assert top <= height - 20


def test_links_inside_lead_to_the_right_sheet(made: Booklet) -> None:
    """Also to an anchor that several pages have; those to the lab go to its addresses."""
    inside = [each for sheet in made.sheets[2:] for each in sheet.links]

    *outside, harder, staircase, why = inside  # the slides are not on paper
    assert outside == ["http://localhost:8089", "http://localhost:8003/stats"]
    assert staircase == dict(made.outline)["0. The staircase"]
    assert "Back to the staircase" in made.sheets[int(harder)].body
    assert "4 waves of 1 s" in made.sheets[int(why)].body


def test_every_link_leads_somewhere(booklet: Booklet) -> None:
    """To a sheet that is there, or to the lab; none to a file of the machine it was made on."""
    for sheet in booklet.sheets:
        for each in sheet.links:
            if isinstance(each, int):
                assert 0 <= each < len(booklet.sheets)
            else:
                assert re.match(r"https?://", each), each


def test_drawings_are_vectors(made: Booklet) -> None:
    """Lines and letters, sharp at any size; no image."""
    sheet = next(each for each in made.sheets if "4 waves of 1 s" in each.body)

    assert sheet.kinds[pdfium.FPDF_PAGEOBJ_PATH] > 20
    assert all(each.kinds[pdfium.FPDF_PAGEOBJ_IMAGE] == 0 for each in made.sheets)


def test_real_drawings_and_charts_are_vectors(real: Booklet) -> None:
    """The only images are the photographs of the dashboard that the pages ask for."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "handouts").glob("*.md")]
    photographs = sum(text.count(".png)") for text in sources)

    images = sum(sheet.kinds[pdfium.FPDF_PAGEOBJ_IMAGE] for sheet in real.sheets)

    assert images <= 2 * photographs  # one may have a mask


def test_a_prediction_is_a_box_to_write_in(made: Booklet) -> None:
    """Wide enough for a pencil, empty, with its unit behind it."""
    sheet = next(each for each in made.sheets if "How many wait?" in each.body)
    paths = sheet.page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH])
    boxes = [each.get_bounds() for each in paths]
    empty = [
        (left, bottom, right, top)
        for left, bottom, right, top in boxes
        if 80 < right - left < 200 and 15 < top - bottom < 60
    ]

    assert re.search(r"flask-svc is answered\?\s+s\s+How many wait\?\s+requests\s", sheet.body)
    assert len(empty) >= 2
    text = sheet.page.get_textpage()
    for box in empty:
        assert text.get_text_bounded(*box).strip() == ""


def test_answers_stand_open(made: Booklet) -> None:
    """Paper cannot be unfolded."""
    assert "because of the pigeonholes" in "".join(sheet.body for sheet in made.sheets)


@pytest.mark.parametrize(
    "body",
    [
        '<img src="no.svg" alt="lost">',
        '<a href="#nowhere">lost</a>',
        "<img src='http://127.0.0.1:1/x.svg'>",
    ],
)
def test_an_incomplete_booklet_is_refused(tmp_path: Path, body: str) -> None:
    """A picture that is missing, a link that leads nowhere."""
    page = tmp_path / "index.html"
    page.write_text(f"<!doctype html><p>{body}</p>", encoding="utf-8")

    with pytest.raises(paper.PaperError, match=r"no\.svg|nowhere|127\.0\.0\.1"):
        paper.write(page, tmp_path / "booklet.pdf")


def test_the_style_is_understood(made: Booklet, caplog: pytest.LogCaptureFixture) -> None:
    """WeasyPrint leaves out no rule of it."""
    folder = made.site.parent
    caplog.clear()
    style = folder / "style" / "static" / "booklet.css"
    page = folder / "page.html"
    page.write_text(
        f'<!doctype html><link rel="stylesheet" href="{style.as_uri()}"><p>a', encoding="utf-8"
    )

    paper.write(page, folder / "page.pdf")

    said = [record.getMessage() for record in caplog.records]
    assert [each for each in said if not each.startswith("Font-face")] == []  # it lies elsewhere

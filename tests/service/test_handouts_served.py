"""The built handouts as Locust's page serves them: whole, and nothing but them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from programs import DEADLINE_S, LOCUST, ROOT, locust_environ, start, wait_until_answering

from lab import child_process
from lab.running.testbed.ports import free_port

PASSWORD = "wine-42"
SECRET = "what stands beside the site"

# What a build has, in small: the file, its content type, and its content.
FILES = {
    "index.html": ("text/html; charset=utf-8", b"<h1>Handouts</h1>"),
    "01-the-staircase.html": ("text/html; charset=utf-8", b"<script>let inline;</script>"),
    "_static/site.css": ("text/css; charset=utf-8", b"body {}"),
    "_static/search.js": ("text/javascript; charset=utf-8", b"let search;"),
    "_static/font.woff2": ("font/woff2", b"wOF2"),
    "_images/staircase.svg": ("image/svg+xml; charset=utf-8", b"<svg/>"),
    "flask-or-fastapi.pdf": ("application/pdf", b"%PDF-1.7 0123456789"),
    "slides/index.html": ("text/html; charset=utf-8", b"<h1>Slides</h1>"),
}
OUTSIDE = (
    "/handouts/../secret.txt",
    "/handouts/../../.env",
    "/handouts/%2e%2e/secret.txt",
    "/handouts/%2e%2e%2fsecret.txt",
    "/handouts/..%5csecret.txt",
    "/handouts/_static/../../secret.txt",
    "/handouts/%2Fetc%2Fpasswd",
    "/handouts//etc/passwd",
    "/handouts/link.txt",
    "/handouts/%00",
    "/handouts/_static",
    "/handouts/_static/",
    "/handouts/" + "a" * 4000,
)


@contextmanager
def locust(folder: Path, **settings: str) -> Iterator[httpx.Client]:
    """A client of a Locust that was started in `folder`, as it is in the repository."""
    (folder / "locust").symlink_to(ROOT / "locust")
    port = free_port()
    environ = locust_environ({"LOCUST_WEB_PORT": str(port), **settings})
    program = start(LOCUST, environ, folder / "log", port, cwd=folder)
    try:
        wait_until_answering(program, "/healthz")
        with httpx.Client(base_url=program.url, timeout=DEADLINE_S, trust_env=False) as client:
            yield client
    finally:
        child_process.kill(program.process)
    assert "Traceback" not in (folder / "log").read_text()


def build(folder: Path) -> Path:
    """A small site where `make handouts` puts it; what is beside it must stay there."""
    site = folder / "handouts" / "site"
    for name, (_, content) in FILES.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
    (folder / "handouts" / "secret.txt").write_text(SECRET)
    (site / "link.txt").symlink_to(folder / "handouts" / "secret.txt")
    return site


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Locust of most tests was started."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[httpx.Client]:
    """A client of that Locust; the site was built after it had started."""
    (folder / "handouts" / "site").mkdir(parents=True)
    with locust(folder) as client:
        unbuilt = client.get("/handouts/")
        assert (unbuilt.status_code, "make handouts" in unbuilt.text) == (404, True)
        build(folder)
        yield client


def raw(page: httpx.Client, path: str) -> tuple[int, str, Mapping[str, str]]:
    """What is answered to that very path; a client would make another of it."""
    address = urlsplit(str(page.base_url))
    connection = HTTPConnection(str(address.hostname), address.port, timeout=DEADLINE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.getheaders())
    finally:
        connection.close()


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_site_is_served_with_its_type(page: httpx.Client, name: str) -> None:
    """The booklet and the slides too."""
    answer = page.get(f"/handouts/{name}")

    content_type, content = FILES[name]
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["content-type"] == content_type


def test_nothing_keeps_a_page_from_its_own_script(page: httpx.Client) -> None:
    """Search and the choice of a theme are scripts, some of them inside the page."""
    answer = page.get("/handouts/01-the-staircase.html")

    policy = answer.headers["content-security-policy"].split("; ")
    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "x-frame-options" not in answer.headers


def test_a_folder_is_its_first_page(page: httpx.Client) -> None:
    """At an address that ends in a slash, or its links would lead elsewhere."""
    for address, content in (("/handouts", "Handouts"), ("/handouts/slides", "Slides")):
        answer = page.get(address, follow_redirects=True)
        assert answer.status_code == 200
        assert answer.url.path == f"{address}/"
        assert content in answer.text


def test_a_page_that_was_built_again_is_served_anew(page: httpx.Client, folder: Path) -> None:
    """A browser asks each time, and is answered in a line if it is the same."""
    page_file = folder / "handouts" / "site" / "again.html"
    page_file.write_text("first")
    first = page.get("/handouts/again.html")
    assert "no-cache" in first.headers["cache-control"]
    known = {"If-None-Match": first.headers["etag"]}
    assert page.get("/handouts/again.html", headers=known).status_code == 304

    page_file.write_text("second, and longer")

    assert page.get("/handouts/again.html", headers=known).text == "second, and longer"


def test_a_part_of_the_booklet_may_be_asked_for(page: httpx.Client) -> None:
    """As readers of PDF do."""
    answer = page.get("/handouts/flask-or-fastapi.pdf", headers={"Range": "bytes=0-3"})

    assert (answer.status_code, answer.content) == (206, b"%PDF")


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path[:40])
def test_nothing_else_is_served(page: httpx.Client, path: str) -> None:
    """However it is written: no file of another folder, no folder, no error without words."""
    status, body, headers = raw(page, path)
    while status in (301, 302, 303, 307, 308):
        status, body, headers = raw(page, urlsplit(headers["Location"]).path)

    assert status == 404
    assert SECRET not in body
    assert "root:" not in body


def test_a_page_that_is_not_there_leads_to_the_first(page: httpx.Client) -> None:
    """By a link that works from however deep."""
    for address in ("/handouts/11-no.html", "/handouts/_static/no/no.html"):
        answer = page.get(address)
        assert answer.status_code == 404
        link = answer.text.partition('href="')[2].partition('"')[0]
        assert answer.url.join(link).path == "/handouts/"


def test_only_reading_is_possible(page: httpx.Client) -> None:
    """Nobody changes a handout through the page."""
    for method in ("POST", "PUT", "DELETE"):
        assert page.request(method, "/handouts/index.html").status_code == 405


def test_the_handouts_are_behind_the_rooms_password(tmp_path: Path) -> None:
    """Whoever has not logged in gets the form, for files that are there and files that are not."""
    build(tmp_path)
    with locust(tmp_path, LAB_PASSWORD=PASSWORD) as page:
        for name in ("", *FILES, "no.html"):
            answer = page.get(f"/handouts/{name}")
            assert answer.status_code == 302
            assert answer.headers["location"].startswith("/login")

        page.post("/log-in", data={"username": "lab", "password": PASSWORD})
        answer = page.get("/handouts/index.html")
        assert (answer.status_code, answer.content) == (200, FILES["index.html"][1])


def test_a_container_has_the_folder_where_locust_looks_for_it() -> None:
    """Below the image's own folder, and not to be written to."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    dockerfile = (ROOT / "locust" / "Dockerfile").read_text()

    assert compose["services"]["locust"]["volumes"] == [
        "./handouts/site:/app/handouts/site:ro",
    ]
    assert "\nWORKDIR /app\n" in dockerfile
    assert (ROOT / "handouts" / "site" / ".gitkeep").is_file()

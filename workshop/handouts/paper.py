"""Converts the booklet's HTML to PDF with WeasyPrint, which needs the library Pango."""

import contextlib
import io
import logging
from pathlib import Path

MISSING = (
    "WeasyPrint needs the library Pango: install it (Debian, Ubuntu: `sudo apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`; macOS: `brew install pango`)"
)


class PaperError(Exception):
    """The booklet would be incomplete; the message has WeasyPrint's errors, one per line."""


def missing() -> str:
    """The package that this machine lacks for a PDF, and how to install it; empty for none."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # its advice names no command
            import weasyprint  # noqa: F401
    except OSError:
        return MISSING
    return ""


def write(page: Path, pdf: Path) -> int:
    """Write the booklet `page` (HTML) as `pdf`; return its number of pages.

    Raises PaperError where a picture is missing or a link leads nowhere.
    """
    import weasyprint

    refused = _Refused(logging.ERROR)
    log = logging.getLogger("weasyprint")
    # WeasyPrint logs a missing picture and goes on; the handler turns that into an error.
    log.addHandler(refused)
    try:
        drawn = weasyprint.HTML(filename=page).render()
        drawn.write_pdf(pdf)
    finally:
        log.removeHandler(refused)
    if refused.lines:
        raise PaperError("\n".join(refused.lines))
    return len(drawn.pages)


class _Refused(logging.Handler):
    """Collects WeasyPrint's error messages."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

"""From the booklet's HTML to a PDF, by WeasyPrint, which needs Pango on the machine."""

import contextlib
import io
import logging
from pathlib import Path

MISSING = (
    "WeasyPrint needs the library Pango: install it (Debian, Ubuntu: `sudo apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`; macOS: `brew install pango`)"
)


class PaperError(Exception):
    """The booklet would be incomplete: what WeasyPrint could not find or draw, a line each."""


def missing() -> str:
    """What this machine lacks for a PDF, and what to install; empty where it lacks nothing."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # advice that names no command
            import weasyprint  # noqa: F401
    except OSError:
        return MISSING
    return ""


def write(page: Path, pdf: Path) -> int:
    """Write the booklet `page` (HTML) as `pdf`; return how many pages of paper it has.

    Raises PaperError where a picture is missing or a link leads nowhere.
    """
    import weasyprint

    refused = _Refused(logging.ERROR)
    log = logging.getLogger("weasyprint")
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
    """Remembers what WeasyPrint says that it left out."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

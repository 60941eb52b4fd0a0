"""The QR code of the page for phones: of its address and nothing else."""

import re

import pytest
import segno
from qr import address, svg

QUIET_MODULES = 4  # at least, says the standard
WORD = re.compile(r"([Mmh])(-?[\d.]+)(?: ?(-?[\d.]+))?")


def drawn(picture: str) -> set[tuple[int, int]]:
    """The dark modules (row, column), from the pen's way over the picture."""
    way = re.findall(r'class="qrline" stroke="#000" d="([^"]+)"', picture)
    found, x, y = set(), 0, 0.0
    for command, first, second in WORD.findall(way[0]):
        if command == "h":
            found |= {(int(y), column) for column in range(x, x + int(first))}
            x += int(first)
        else:
            x = int(first) + (x if command == "m" else 0)
            y = float(second) + (y if command == "m" else 0)
    return found


@pytest.mark.parametrize(
    "asked", ["http://10.0.0.5:8089/lab/qr.svg", "https://[fd00::1]/lab/qr.svg"]
)
def test_the_address_is_the_one_that_the_browser_used(asked: str) -> None:
    """With its scheme, host and port."""
    assert address(asked) == asked.replace("qr.svg", "guess.html")


def test_the_picture_has_the_modules_of_the_address() -> None:
    """Within a quiet zone, dark on white, in whatever size it is shown."""
    text = "http://10.0.0.5:8089/lab/guess.html"
    picture = svg(text).decode()

    wanted = {
        (row + QUIET_MODULES, column + QUIET_MODULES)
        for row, line in enumerate(segno.make(text, error="m", micro=False).matrix)
        for column, is_dark in enumerate(line)
        if is_dark
    }
    side = len(segno.make(text, error="m", micro=False).matrix) + 2 * QUIET_MODULES
    assert drawn(picture) == wanted
    assert f'viewBox="0 0 {side} {side}"' in picture
    assert f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>' in picture
    assert "width=" not in picture

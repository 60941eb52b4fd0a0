"""The address of the page for phones as a QR code.

    svg(address("http://10.0.0.5:8089/lab/qr.svg"))

The address is the one under which a browser asked, so that a phone in the same network gets there
too. Nothing else goes into a code: it would be a link that looks like the lab's.
"""

from io import BytesIO
from urllib.parse import urljoin

import segno

PAGE = "guess.html"
QUIET_MODULES = 4  # the margin that the standard demands


def address(asked: str) -> str:
    """Return the address of the page for phones, which lies beside the address `asked`."""
    return urljoin(asked, PAGE)


def svg(text: str) -> bytes:
    """Return the code of `text`: dark on white in every theme, as large as its place is."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        border=QUIET_MODULES,
        dark="#000000",
        light="#ffffff",
        omitsize=True,
        xmldecl=False,
        title=text,
    )
    return out.getvalue()

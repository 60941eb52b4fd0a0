"""The name by which an attendee is shown to a room. Standard library only."""

import re
import unicodedata

LONGEST = 40
"""Characters of a name."""


def name(text: str) -> str:
    """Return the name in the one form in which names are compared: NFC, single spaces.

    Raises ValueError with one sentence for a name that is empty, too long or not printable.
    """
    found = re.sub(" +", " ", unicodedata.normalize("NFC", text).strip(" "))
    if not (0 < len(found) <= LONGEST and found.isprintable()):
        raise ValueError(f"expected a name of 1 to {LONGEST} printable characters")
    return found

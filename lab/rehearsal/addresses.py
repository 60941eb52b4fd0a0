"""The lab's addresses in the words of a page, and where they are on this machine."""

import re
from collections.abc import Callable, Mapping

from lab import environment


def to_here(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A function that puts this machine's ports for those that the handouts name.

    `environ` has the lab's settings as they are; the pages name those of .env.
    """
    default = environment.read(environment.ROOT / ".env")
    ports = {
        default[name]: environ.get(name, default[name])
        for name in default
        if name.endswith("_PORT")
    }

    def here(text: str) -> str:
        return re.sub(
            r"\b(localhost|127\.0\.0\.1):(\d+)",
            lambda found: f"{found[1]}:{ports.get(found[2], found[2])}",
            text,
        )

    return here

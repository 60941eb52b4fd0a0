"""Maps the lab's addresses in a page to this machine."""

import re
from collections.abc import Callable, Mapping

from lab import environment


def to_here(environ: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that replaces the ports in the handouts by this machine's ports.

    `environ` has the lab's current settings; the pages use the ports in .env.
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

"""Vega's own JavaScript for the dashboard, from the installed package and never from elsewhere."""

import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

MAKE = """
import sys, vl_convert
sys.stdout.write(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
"""
MAKE_WITH = [sys.executable, "-c"]
KEPT_IN = Path(sys.prefix) / "share" / "flask-or-fastapi-lab"
"""Beside the packages, so that it goes when they do."""


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one classic script that sets `window.vegaEmbed`.

    About 0.9 MB, made in two seconds of processor time, once for an environment that can be
    written to, and in a process of its own: the engine that makes it would keep 97 MB, and this
    one's other work waiting. Everything else of it stays inside a function: the bundle declares
    hundreds of short names, which would otherwise meet those of the page.
    """
    return f"(() => {{\n{_kept() or _made()}\n}})();\n"


def _kept() -> str:
    with suppress(OSError):
        return _place().read_text(encoding="utf-8")
    return ""


def _made() -> str:
    made = subprocess.run([*MAKE_WITH, MAKE], check=True, stdout=subprocess.PIPE)
    place = _place()
    own = place.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # a container's environment is read-only
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            own.write_bytes(made.stdout)
            own.replace(place)  # whole, since others may be reading
        finally:
            own.unlink(missing_ok=True)  # where the disk is full, a part of it
    return made.stdout.decode()


def _place() -> Path:
    how = sha256(MAKE.encode()).hexdigest()[:8]
    return KEPT_IN / f"vega-{version('vl-convert-python')}-{how}.js"

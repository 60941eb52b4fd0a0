"""Text for the browser that takes seconds to make: Vega's script and the live figures.

It is made from the installed packages alone, and kept beside them, for the next process. Only
Vega's script in Locust's image is older: the image's build made it, and left out the package.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import altair as alt

from lab.charts.figures import specs
from lab.results.folder import replace_text

KEPT_IN = Path(sys.prefix) / "share" / "flask-or-fastapi-lab"
"""Beside the packages, so that removing the environment removes it too."""
OF_IMAGE = KEPT_IN / "vega.js"
"""Vega's script in Locust's image."""
MAKE = Path(__file__).with_name("vega_script.py")


def kept(kind: str, version: str, make: Callable[[], str]) -> str:
    """Return the stored text of this kind and version, or call `make` and store its text.

    Only one version of a kind is kept. Where nothing can be written, as in a container, every
    process makes its own.
    """
    place = KEPT_IN / f"{kind}-{version}"
    with suppress(OSError):
        return place.read_text(encoding="utf-8")
    made = make()
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_text(place, made)
        for other in place.parent.glob(f"{kind}-*"):
            if other != place:
                other.unlink(missing_ok=True)
    return made


@cache
def javascript() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one classic script that sets `window.vegaEmbed`.

    About 0.9 MB. Where vl-convert is installed, the script is of that package: making it takes two
    seconds of processor time, once for an environment that can be written to. Elsewhere it is the
    file OF_IMAGE.
    """
    try:
        package = version("vl-convert-python")
    except PackageNotFoundError:
        script = OF_IMAGE.read_text(encoding="utf-8")
    else:
        how = sha256(MAKE.read_bytes()).hexdigest()[:8]
        script = kept("vega", f"{package}-{how}.js", _made)
    # Inside a function: the bundle declares hundreds of short names, which would otherwise
    # clash with those of the page.
    return f"(() => {{\n{script}\n}})();\n"


def _made() -> str:
    # A process of its own: the engine that makes the script would keep 97 MB here, and the other
    # work of this process would wait for it.
    made = subprocess.run([sys.executable, MAKE], check=True, stdout=subprocess.PIPE)
    return made.stdout.decode()


@cache
def specs_json() -> str:
    """Return `specs` as JSON, kept for the next process: drawing the figures takes two seconds."""
    how = sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):  # no other code draws
        how.update(file.read_bytes())
    version = f"{alt.__version__}-{how.hexdigest()[:12]}.json"
    return kept("figures", version, lambda: json.dumps(specs(), separators=(",", ":")))

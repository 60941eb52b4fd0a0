"""Vega's own JavaScript for the dashboard, from the installed package and never from elsewhere."""

import subprocess
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import version

from lab.charts.kept import kept

MAKE = """
import sys, vl_convert
sys.stdout.write(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
"""


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one classic script that sets `window.vegaEmbed`.

    About 0.9 MB, made in two seconds of processor time, once for an environment that can be
    written to, and in a process of its own: the engine that makes it would keep 97 MB, and this
    one's other work waiting. Everything else of it stays inside a function: the bundle declares
    hundreds of short names, which would otherwise meet those of the page.
    """
    how = sha256(MAKE.encode()).hexdigest()[:8]
    script = kept("vega", f"{version('vl-convert-python')}-{how}.js", _made)
    return f"(() => {{\n{script}\n}})();\n"


def _made() -> str:
    made = subprocess.run([sys.executable, "-c", MAKE], check=True, stdout=subprocess.PIPE)
    return made.stdout.decode()

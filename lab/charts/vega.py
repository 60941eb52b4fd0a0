"""Vega's own JavaScript for the dashboard, from the installed package and never from elsewhere."""

from functools import cache

import vl_convert


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one classic script that sets `window.vegaEmbed`.

    About 0.9 MB, made in about a second, once in a process. Everything else of
    it stays inside a function: the bundle declares hundreds of short names,
    which would otherwise meet those of the page.
    """
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f"(() => {{\n{bundle}\n}})();\n"

"""How Sphinx builds the handouts. `make handouts` calls it, on a copy of this folder.

The booklet is built with `-D html_theme=booklet`, the slides by the builder `revealjs`.
"""

project = "Flask or FastAPI"
html_title = "Flask or FastAPI"
language = "en"
root_doc = "index"
exclude_patterns = ["style"]

extensions = [
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_revealjs",
    "workshop.handouts.predict",
    "workshop.handouts.console",
    "workshop.handouts.figures",
    "workshop.handouts.booklet",
]
myst_enable_extensions = ["tasklist"]  # boxes to tick, as on a code host
myst_heading_anchors = 3

# The site: nothing from elsewhere, no sources beside the pages, search also from disk.
templates_path = ["style/parts"]
html_theme = "furo"
html_theme_path = ["style"]
html_static_path = ["style/static"]
html_css_files = ["site.css"]
html_js_files = [
    (script, {"defer": "defer"}) for script in ("site.js", "predictions.js", "scrolling.js")
]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "elsewhere.html",
        "sidebar/scroll-end.html",
    ]
}
html_context = {"booklet": ""}
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # a page on disk may not read its neighbours
html_use_index = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# A command is what stands behind the prompt; what it prints is not for the clipboard.
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"
copybutton_copy_empty_lines = False

# The slides, for a projector in a bright room.
revealjs_static_path = ["style/static"]
revealjs_style_theme = "white"
revealjs_css_files = ["slides.css"]
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0.05,
    "hash": True,
    "center": False,
    "slideNumber": "c/t",
    "transition": "none",
}
revealjs_script_plugins = [{"src": "revealjs/plugin/notes/notes.js", "name": "RevealNotes"}]

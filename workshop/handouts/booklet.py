"""Turns the output of Sphinx's builder `singlehtml` into a booklet for paper.

That builder appends the pages as sections of the index and leaves each page's anchors as they were,
so that "predict-first" occurs ten times. Here each page becomes a chapter, each anchor gets its
page as a prefix, and a table of contents is put in front.
"""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

BUILDER = "singlehtml"
CONTENTS = "Contents"
_WIDE = 92  # columns; a wider block gets smaller type
_LONG = 12  # lines; a longer block may break across two sheets


def assemble(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Turn the pages that Sphinx has appended to `tree` into chapters."""
    if app.builder.name != BUILDER:
        return
    chapters = []
    for page in list(tree.findall(addnodes.start_of_file)):
        chapter = next(page.findall(nodes.section))
        _tell_apart(page, chapter)
        chapter["classes"] = ["chapter"]
        chapters.append(chapter)
    cover = next(tree.findall(nodes.section))
    cover["classes"] = ["cover"]
    for strung in list(cover.findall(_is_strung)):
        strung.parent.remove(strung)
    tree.extend([_contents(chapters), *chapters])
    for reference in tree.findall(nodes.reference):
        _lead(reference)
    for block in tree.findall(nodes.literal_block):
        lines = block.astext().splitlines()
        if max(map(len, lines), default=0) > _WIDE:
            block["classes"].append("wide")
        if len(lines) > _LONG:
            block["classes"].append("long")


def _is_strung(node: nodes.Node) -> bool:
    return isinstance(node, nodes.compound) and "toctree-wrapper" in node["classes"]


def _tell_apart(page: Any, chapter: nodes.section) -> None:
    name = page["docname"]
    for node in chapter.findall(nodes.Element):
        # The page's name in front makes anchors unique in the one document.
        node["ids"] = [f"{name}--{each}" for each in node["ids"]]
        if "refid" in node:
            node["refid"] = f"{name}--{node['refid']}"
    chapter["ids"] = [name]


def _lead(reference: nodes.reference) -> None:
    """Rewrite the builder's `#document-05-traps#harder` to the anchor that it means."""
    _, is_page, target = reference.get("refuri", "").partition("#document-")
    if is_page:
        page, _, anchor = target.partition("#")
        reference["refuri"] = f"#{page}--{anchor}" if anchor else f"#{page}"


def _contents(chapters: list[nodes.section]) -> nodes.section:
    entries = nodes.bullet_list(classes=["contents"])
    for chapter in chapters:
        title = next(chapter.findall(nodes.title)).astext()
        link = nodes.reference("", title, internal=True, refuri=f"#{chapter['ids'][0]}")
        entries += nodes.list_item("", nodes.paragraph("", "", link))
    heading = nodes.title("", CONTENTS)
    return nodes.section("", heading, entries, ids=["contents"], classes=["contents"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the step after all references are resolved."""
    app.connect("doctree-resolved", assemble)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

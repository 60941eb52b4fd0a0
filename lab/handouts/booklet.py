"""The pages as one document for paper, made from Sphinx's builder `singlehtml`.

That builder strings the pages together as sections of the index, and leaves each
page's anchors as they were, so that "predict-first" is there ten times. Here each
page becomes a chapter of its own, each anchor is told apart by its page, and the
contents are put in front.
"""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

BUILDER = "singlehtml"
CONTENTS = "Contents"
_WIDE = 92  # columns; from here on, a block is set smaller
_LONG = 12  # lines; from here on, a block may begin on one sheet and end on the next


def assemble(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Make chapters of the pages that Sphinx has strung together in `tree`."""
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
        node["ids"] = [f"{name}--{each}" for each in node["ids"]]
        if "refid" in node:
            node["refid"] = f"{name}--{node['refid']}"
    chapter["ids"] = [name]


def _lead(reference: nodes.reference) -> None:
    """`#document-05-traps#harder`, as the builder has it, to the anchor it means."""
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
    """Have it done once all references are resolved."""
    app.connect("doctree-resolved", assemble)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

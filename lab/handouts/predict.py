"""The box for a prediction: a question, and a place to write a number before looking.

    ```{predict} s
    How long until the last of 16 requests is answered?
    ```

The site has a field that keeps its number in the browser; paper and slides have an empty box.
"""

from html import escape
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class prediction(nodes.General, nodes.Element):  # docutils names a node's writer after it
    """Holds the question; `number` counts on its page from 1, `unit` may be empty."""


class Predict(SphinxDirective):
    """`{predict} UNIT`, and in it the question."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """The node, with the question read as Markdown."""
        self.assert_has_content()
        number = self.env.new_serialno("prediction") + 1
        unit = self.arguments[0] if self.arguments else ""
        node = prediction(unit=unit, number=number, page=self.env.docname)
        node += self.parse_content_to_nodes()
        return [node]


def open_field(writer: Any, node: prediction) -> None:
    """The question, in an element that names the field."""
    writer.body.append(
        f'<div class="prediction"><div class="question" id="question-{node["number"]}">'
    )


def close_field(writer: Any, node: prediction) -> None:
    """The field with its unit."""
    number, key = node["number"], escape(f"{node['page']}/{node['number']}", quote=True)
    writer.body.append(
        f'</div><div class="answer"><input type="number" step="any" autocomplete="off" '
        f'name="prediction-{number}" data-key="{key}" '
        f'aria-labelledby="question-{number} unit-{number}"> '
        f'<span class="unit" id="unit-{number}">{escape(node["unit"])}</span></div></div>\n'
    )


def open_box(writer: Any, node: prediction) -> None:
    """The question alone."""
    writer.body.append('<div class="prediction"><div class="question">')


def close_box(writer: Any, node: prediction) -> None:
    """An empty box to write into, with its unit."""
    unit = f'<span class="unit">{escape(node["unit"])}</span>'
    writer.body.append(f'</div><div class="answer"><span class="box"></span> {unit}</div></div>\n')


def _open(writer: Any, node: prediction) -> None:
    (open_field if writer.builder.name == "html" else open_box)(writer, node)


def _close(writer: Any, node: prediction) -> None:
    (close_field if writer.builder.name == "html" else close_box)(writer, node)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known to Sphinx."""
    app.add_node(prediction, html=(_open, _close), revealjs=(_open, _close))
    app.add_directive("predict", Predict)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

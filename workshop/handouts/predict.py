"""The prediction box: a question, and a field for a number before the measurement.

    ```{predict} s
    How long until the last of 16 requests is answered?
    ```

On the site the field keeps its number in the browser; paper and slides have an empty box.
"""

from html import escape
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class prediction(nodes.General, nodes.Element):  # docutils derives a method name from this
    """The node with the question; `number` is 1-based per page, `unit` may be empty."""


class Predict(SphinxDirective):
    """The directive `{predict} UNIT` with the question as its content."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the node, with the question parsed as Markdown."""
        self.assert_has_content()
        number = self.env.new_serialno("prediction") + 1
        unit = self.arguments[0] if self.arguments else ""
        node = prediction(unit=unit, number=number, page=self.env.docname)
        node += self.parse_content_to_nodes()
        return [node]


def open_field(writer: Any, node: prediction) -> None:
    """Write the question, in an element that labels the field."""
    writer.body.append(
        f'<div class="prediction"><div class="question" id="question-{node["number"]}">'
    )


def close_field(writer: Any, node: prediction) -> None:
    """Write the input field and its unit."""
    number, key = node["number"], escape(f"{node['page']}/{node['number']}", quote=True)
    writer.body.append(
        f'</div><div class="answer"><input type="number" step="any" autocomplete="off" '
        f'name="prediction-{number}" data-key="{key}" '
        f'aria-labelledby="question-{number} unit-{number}"> '
        f'<span class="unit" id="unit-{number}">{escape(node["unit"])}</span></div></div>\n'
    )


def open_box(writer: Any, node: prediction) -> None:
    """Write the question."""
    writer.body.append('<div class="prediction"><div class="question">')


def close_box(writer: Any, node: prediction) -> None:
    """Write an empty box and its unit."""
    unit = f'<span class="unit">{escape(node["unit"])}</span>'
    writer.body.append(f'</div><div class="answer"><span class="box"></span> {unit}</div></div>\n')


def _open(writer: Any, node: prediction) -> None:
    (open_field if writer.builder.name == "html" else open_box)(writer, node)


def _close(writer: Any, node: prediction) -> None:
    (close_field if writer.builder.name == "html" else close_box)(writer, node)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the node and the directive with Sphinx."""
    app.add_node(prediction, html=(_open, _close), revealjs=(_open, _close))
    app.add_directive("predict", Predict)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Change Locust's page: hide what has no effect, and make STOP work.

Every answer of the page passes here, so further changes belong here too.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, request
from locust.env import Environment
from locust.runners import MasterRunner

# Hidden, not removed: Host (each class has its own target; the field is still posted, empty),
# the gear for the settings of a class (they are fixed), the choice of a shape (there is none),
# and a vendor's link, which would lead out of the lab. RESET and STOP are darker, so that their
# words can be read. The picker of classes, the only table
# in a group of fields, shows the classes of one kind side by side, all at once.
STYLE = """<style>
.MuiFormControl-root:has(> .MuiInputBase-root > input[name="host"]),
.MuiBox-root:has(> p[aria-label=""]), .MuiBox-root:has(> p[aria-label=""]) + .MuiDivider-root,
td:has(> button.MuiIconButton-root),
.MuiFormControl-root:has(select[name="shapeClass"]),
a[href^="https://aka.ms/"] { display: none; }
.MuiBox-root:has(> .MuiFormGroup-root table) { max-height: 60vh; }
.MuiFormGroup-root tbody {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr));
}
.MuiFormGroup-root tbody tr { display: flex; align-items: center; }
.MuiFormGroup-root tbody td { border: 0; padding: 0 6px; }
.MuiFormGroup-root tbody td:nth-child(2) { min-width: 10.5em; }
.MuiButton-contained.MuiButton-colorWarning { background-color: #b45309; }
.MuiButton-contained.MuiButton-colorError { background-color: #c62828; }
.MuiFormGroup-root table[data-lab-folded] tr[data-lab-more] { display: none; }
.lab-more {
  align-self: start; margin: 8px 0; padding: 6px 12px; font: inherit; color: inherit;
  background: none; border: 1px solid; border-radius: 4px; cursor: pointer;
}
.lab-group { margin: 12px 0 -12px; font: 500 16px Roboto, Helvetica, Arial, sans-serif; }
@media (max-width: 600px) {
  .MuiTableCell-root { padding-inline: 6px; }
  .MuiFormGroup-root tbody td:nth-child(3) { display: none; }
}
</style>"""


# After the page's data, before Locust's own script, which is a module and so runs last.
SCRIPT = "".join(
    f'<script src="lab/static/{name}.js"></script>'
    for name in ("tab", "picker", "fields", "wording")
)


def register(
    environment: Environment,
    load_workers: int,
    table: Callable[[], list[dict[str, Any]]],
    is_settled: Callable[[], bool],
) -> None:
    """Change the page of `environment`, which is healthy with `load_workers` connected.

    It is healthy only once `is_settled` returns True: before that the lab itself asks the targets,
    which would be in the way of the first request. `table` returns the rows of the plain table,
    which Locust shows where the Lab tab cannot be drawn.
    """
    assert environment.web_ui is not None
    assert environment.web_ui.app is not None

    # Without sorting, options stay in the order in which options.py adds them, the load first.
    environment.web_ui.app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}

    @environment.web_ui.app.get("/healthz")
    def healthz() -> tuple[dict[str, int], int]:
        """Answer 200 where a run could start, 503 while load workers or calibrations lack."""
        runner: Any = environment.runner
        connected = runner.worker_count if isinstance(runner, MasterRunner) else 0
        is_healthy = connected >= load_workers and is_settled()
        return {"load_workers": connected}, 200 if is_healthy else 503

    @environment.web_ui.app.after_request
    def change(response: Response) -> Response:
        if response.status_code == 200:
            if request.endpoint == "locust.index":
                response.set_data(_page(response.get_data(as_text=True)))
            elif request.endpoint == "locust.request_stats":
                response.set_data(_stats(response.get_data(as_text=True), table()))
        return response


def _page(text: str) -> str:
    text = text.replace("</head>", f"{STYLE}</head>", 1)
    text = text.replace("</body>", f"{SCRIPT}</body>", 1)
    for state in ("cleanup", "stopping"):
        text = text.replace(f'"state": "{state}"', '"state": "running"', 1)
    return text


def _stats(text: str, rows: list[dict[str, Any]]) -> str:
    # The page asks for news only while it believes that a run lasts. After one "cleanup" it would
    # show that for ever, without a way to start again. So a run that waits for its last answers
    # counts as running.
    stats = json.loads(text)
    if stats["state"] in ("cleanup", "stopping"):
        stats["state"] = "running"
    stats["extended_stats"] = [{"key": "lab", "data": rows}]
    return json.dumps(stats)

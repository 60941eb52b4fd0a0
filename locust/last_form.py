"""Show the form as it was last posted, to every visitor of the page.

Locust would show the values of its own start. A visitor who reloads the page during a run, or
opens it later, and presses UPDATE would then change options without having touched them.
"""

from collections.abc import Callable, Collection
from typing import Any

import classes
import options as lab_options
from flask import request
from locust.env import Environment


def register(environment: Environment, has_database: Callable[[], bool]) -> None:
    """Make the page of `environment` show the present options.

    What needs a database is shown where `has_database` returns True, and what is chosen now.

    Call it after the guard's `register`, so that a form that the guard refuses does not get here.
    """
    web_ui: Any = environment.web_ui
    options: Any = environment.parsed_options
    fill_in = web_ui.update_template_args
    available = (environment.available_user_classes or {}).values()
    more, of_database = classes.for_few(available), set(classes.of_database(available))

    def fill_in_the_last() -> None:
        fill_in()
        for name, field in web_ui.template_args["extra_options"].items():
            field["default_value"] = getattr(options, name)
        hidden = set() if has_database() else of_database
        _hide(web_ui.template_args, hidden, lab_options.DATABASE_ROUTES if hidden else ())
        # For web/picker.js: without it Locust's picker begins with all classes ticked.
        chosen = sorted(each.__name__ for each in environment.user_classes)
        web_ui.template_args["chosen_user_classes"] = chosen
        web_ui.template_args["more_user_classes"] = [each for each in more if each not in hidden]
        # For web/fields.js: the first field of each group, by the group's heading.
        web_ui.template_args["option_groups"] = {
            heading: names[0] for heading, names in lab_options.GROUPS.items()
        }

    web_ui.update_template_args = fill_in_the_last

    @web_ui.app.before_request  # type: ignore[untyped-decorator]
    def forget_run_time() -> None:
        # With an empty run time Locust would keep the previous one.
        if request.endpoint == "locust.swarm" and request.form.get("run_time") == "":
            options.run_time = None


def _hide(shown: dict[str, Any], names: set[str], routes: Collection[str]) -> None:
    route = shown["extra_options"]["route"]
    chosen = route["default_value"]
    route["choices"] = [each for each in route["choices"] if each == chosen or each not in routes]
    shown["available_user_classes"] = [
        each for each in shown["available_user_classes"] or () if each not in names
    ]
    shown["users"] = {
        name: each for name, each in (shown["users"] or {}).items() if name not in names
    }

"""Show the form as it was last posted, to every visitor of the page.

Locust would show the values of its own start. A visitor who reloads the page during a run, or
opens it later, and presses UPDATE would then change options without having touched them.
"""

from typing import Any

import classes
import options as lab_options
from flask import request
from locust.env import Environment


def register(environment: Environment) -> None:
    """Make the page of `environment` show the present options.

    Call it after the guard's `register`, so that a form that the guard refuses does not get here.
    """
    web_ui: Any = environment.web_ui
    options: Any = environment.parsed_options
    fill_in = web_ui.update_template_args
    more = classes.for_few((environment.available_user_classes or {}).values())

    def fill_in_the_last() -> None:
        fill_in()
        for name, field in web_ui.template_args["extra_options"].items():
            field["default_value"] = getattr(options, name)
        # For web/picker.js: without it Locust's picker begins with all classes ticked.
        chosen = sorted(each.__name__ for each in environment.user_classes)
        web_ui.template_args["chosen_user_classes"] = chosen
        web_ui.template_args["more_user_classes"] = more
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

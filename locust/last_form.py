"""The form as it was last posted, whoever loads the page.

Locust would show the values of its own start instead. Whoever reloaded the page while a
run lasts, or came to it later, and pressed UPDATE, would then change the run's options
without having touched them.
"""

from typing import Any

from flask import request
from locust.env import Environment


def register(environment: Environment) -> None:
    """Have the page of `environment` show the options as they are now.

    To be called after the guard's, so that what that refuses does not reach this.
    """
    web_ui: Any = environment.web_ui
    options: Any = environment.parsed_options
    fill_in = web_ui.update_template_args

    def fill_in_the_last() -> None:
        fill_in()
        for name, field in web_ui.template_args["extra_options"].items():
            field["default_value"] = getattr(options, name)
        # For web/picker.js: by itself Locust's picker begins with all of them.
        chosen = sorted(each.__name__ for each in environment.user_classes)
        web_ui.template_args["chosen_user_classes"] = chosen

    web_ui.update_template_args = fill_in_the_last

    @web_ui.app.before_request  # type: ignore[untyped-decorator]
    def forget_run_time() -> None:
        """Of an empty run time Locust would keep the one before."""
        if request.endpoint == "locust.swarm" and request.form.get("run_time") == "":
            options.run_time = None

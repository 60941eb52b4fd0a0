"""The load: one user class for each target, and a guard on Locust's page.

    locust --config locust/locust.conf                              with the page
    locust --config locust/locust.conf --headless -u 20 -t 30s      without
    locust --config locust/locust.conf --headless -t 30s FlaskSvc   one target alone

LAB_TARGETS names the targets, comma-separated; without it there are the two that
always run. Locust has this folder on the path only while it loads this file, so
what stands beside it is imported here, at the top, and nowhere later.
"""

import logging
import os
import sys
from typing import Any

import connections
import dealing
import guard
import login
import options
import page
import precision
import selection
import steps
import users
import workers
from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from lab import environment as settings
from lab.runtime import RuntimeProblem, topology

try:
    _environ = settings.load(os.environ)
    _targets = selection.chosen(_environ)
    _load_workers = topology.load_workers({"LOAD_WORKERS": "0"} | os.environ)
    _classes = [users.user_class(target, target.url(_environ)) for target in _targets]
except (settings.EnvironmentFileError, selection.SelectionError, RuntimeProblem) as error:
    sys.stderr.write(f"locust: {error}\n")
    sys.exit(2)

# Locust takes for a user class what it finds in this module.
globals().update({each.__name__: each for each in _classes})


def _add_options(parser: Any, **_: Any) -> None:
    options.add(parser)
    # Told by the runtime that starts the load workers, never by .env: without them it would wait.
    if _load_workers and "LOCUST_MODE_WORKER" not in os.environ:
        parser.set_defaults(master=True)
    if login.password(os.environ):
        parser.set_defaults(web_login=True)


def _prepare(environment: Environment, **_: Any) -> None:
    if environment.host and not isinstance(environment.runner, WorkerRunner):
        logging.warning("--host is ignored: each user class has its own target")
    environment.host = None
    hooks: Any = environment
    hooks.dispatcher_class = dealing.dealer(environment)
    workers.stop_before_quitting(environment)
    if environment.web_ui:
        login.refuse_open_page(os.environ)
        if wanted := login.password(os.environ):
            login.register(environment, wanted)
        guard.register(environment)
        page.register(environment, _load_workers)


precision.install()
connections.install()
workers.install()
steps.install()
_hooks: Any = events
_hooks.init_command_line_parser.add_listener(_add_options)
_hooks.init.add_listener(_prepare)

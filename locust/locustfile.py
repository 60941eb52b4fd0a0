"""The load: user classes for each target, and a guard on Locust's page.

    locust --config locust/locust.conf                              with the page
    locust --config locust/locust.conf --headless -u 20 -t 30s      without
    locust --config locust/locust.conf --headless -t 30s FlaskSvc   one target alone

FlaskSvcApi, FlaskSvcStreams, FlaskSvcSockets and FlaskSvcDatabase also exist; they run only where
the command line or the page names them.

LAB_TARGETS names the targets, separated by commas; the default is the two targets that
always run. Locust has this folder on the path only while it loads this file, so this file
imports the modules beside it at the top, and none of them imports one later.
"""

import logging
import os
import sys
from typing import Any

import classes
import connections
import dashboard
import database_gauge
import entrance
import gevent
import guard
import last_form
import login
import options
import page
import precision
import recording
import selection
import steps
import user_dispatch
import watching
import workers
from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

import handouts
from lab import environment as settings
from lab.runtime import RuntimeProblem, topology
from lab.targets import postgres_url, upstream_url

try:
    _environ = settings.load(os.environ)
    _targets = selection.chosen(_environ)
    # The runtime that starts load workers sets it; a Locust started by hand waits for none.
    _load_workers = topology.load_workers(os.environ) if "LOAD_WORKERS" in os.environ else 0
    _urls = {target.name: target.url(_environ) for target in _targets}
    _upstream_url = upstream_url(_environ)
    _database = database_gauge.DatabaseGauge(
        postgres_url(_environ), int(_environ["DB_BOUNCER_POOL"])
    )
    _calibrates = selection.calibrates(_environ)
    _recorder = recording.Recorder(_urls)
    _classes = classes.in_order(
        each
        for target in _targets
        for each in classes.of_target(target, _urls[target.name], _recorder.records[target.name])
    )
except (settings.EnvironmentFileError, selection.SelectionError, RuntimeProblem) as error:
    sys.stderr.write(f"locust: {error}\n")
    sys.exit(2)

# Locust looks for user classes among this module's globals.
globals().update({each.__name__: each for each in _classes})


def _add_options(parser: Any, **_: Any) -> None:
    options.add(parser)
    if login.password(os.environ):
        parser.set_defaults(web_login=True)


def _prepare(environment: Environment, **_: Any) -> None:
    if environment.host and not isinstance(environment.runner, WorkerRunner):
        logging.warning("--host is ignored: each user class has its own target")
    environment.host = None
    if not isinstance(environment.runner, WorkerRunner):  # a worker runs what its master sends
        classes.choose(environment, _database.is_found)
    hooks: Any = environment
    hooks.dispatcher_class = user_dispatch.dispatcher(environment)
    workers.stop_before_quitting(environment)
    if environment.web_ui:
        login.refuse_open_page(os.environ)
        if wanted := login.password(os.environ):
            login.register(environment, wanted)
        guard.register(environment, _database.is_found)
        last_form.register(environment, lambda: _database.is_there)
        watch = watching.Watch(
            environment,
            _targets,
            _recorder,
            _upstream_url,
            _database,
            _urls,
            calibrates=_calibrates,
        )
        dashboard.register(environment, watch)
        handouts.register(environment)
        page.register(environment, _load_workers, watch.table, watch.is_settled)
        watch.start()
    # The event loop's clock stood still while all of this loaded, and --run-time counts from it.
    gevent.get_hub().loop.update_now()


precision.install()
recording.install(_recorder)
connections.install(_environ)
entrance.install()
workers.install()
steps.install()
_hooks: Any = events
_hooks.init_command_line_parser.add_listener(_add_options)
_hooks.init.add_listener(_prepare)

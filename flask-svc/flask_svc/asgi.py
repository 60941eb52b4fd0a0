"""The same app behind an ASGI server: every request runs in a thread of a pool.

The views do not change, so a waiting request still costs a thread. The difference: the event
loop holds the connections.
"""

import os

from a2wsgi import WSGIMiddleware

from flask_svc import counting
from flask_svc.app import create_app
from flask_svc.leaving import Watched, until_client_leaves
from flask_svc.limits import Limited
from flask_svc.settings import Settings


def from_environ() -> Limited:
    """Create the ASGI app from the environment; each worker calls this once."""
    settings = Settings.from_env(os.environ)
    app = until_client_leaves(create_app(settings))
    # a2wsgi types environ as a TypedDict with fixed keys; Flask accepts any keys.
    wrapped = WSGIMiddleware(app, workers=settings.threads)  # type: ignore[arg-type]
    counting.watch_queue(wrapped.executor._work_queue.qsize)
    return Limited(Watched(wrapped), settings)

"""The same app behind an ASGI server: every request runs in a thread of a pool.

The views stay as they are, so waiting still costs a thread; what changes is who
holds the connection.
"""

import os

from a2wsgi import WSGIMiddleware

from flask_svc.app import create_app
from flask_svc.leaving import Watched, until_client_leaves
from flask_svc.limits import Limited
from flask_svc.settings import Settings


def from_environ() -> Limited:
    """The app as the environment describes it; each worker calls this once."""
    settings = Settings.from_env(os.environ)
    app = until_client_leaves(create_app(settings))
    # a2wsgi spells out the keys of the environ; Flask takes any.
    wrapped = WSGIMiddleware(app, workers=settings.threads)  # type: ignore[arg-type]
    return Limited(Watched(wrapped), settings)

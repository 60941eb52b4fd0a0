"""uvicorn's log configuration: it logs each WebSocket only with ACCESS_LOG=1."""

import logging
from copy import deepcopy
from typing import Any

from uvicorn.config import LOGGING_CONFIG

from fastapi_svc.settings import Settings

EACH_SOCKET = (
    '%s - "WebSocket %s" [accepted]',
    '%s - "WebSocket %s" %d',
    "connection open",
    "connection closed",
    "connection rejected (%d %s)",
    "ASGI callable returned without completing handshake.",
)


def configuration(settings: Settings) -> dict[str, Any]:
    """Return uvicorn's configuration for `logging.config`.

    With ACCESS_LOG=0, a filter also removes the lines about WebSockets: uvicorn writes them to
    its error log, which `access_log` does not silence.
    """
    log = deepcopy(LOGGING_CONFIG)
    if not settings.access_log:
        log["filters"] = {"no_sockets": {"()": f"{__name__}.NoSockets"}}
        log["loggers"]["uvicorn.error"]["filters"] = ["no_sockets"]
    return log


class NoSockets(logging.Filter):
    """A log filter that drops the lines uvicorn writes for each WebSocket."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a line about one WebSocket."""
        return record.msg not in EACH_SOCKET

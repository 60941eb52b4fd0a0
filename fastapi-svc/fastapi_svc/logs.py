"""What uvicorn writes: its own lines, without those for each WebSocket where nobody wants any."""

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
    """uvicorn's, for `logging.config`: ACCESS_LOG=0 silences WebSockets as it does requests."""
    log = deepcopy(LOGGING_CONFIG)
    if not settings.access_log:
        log["filters"] = {"no_sockets": {"()": f"{__name__}.NoSockets"}}
        log["loggers"]["uvicorn.error"]["filters"] = ["no_sockets"]
    return log


class NoSockets(logging.Filter):
    """Leaves out what is written for each WebSocket."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written."""
        return record.msg not in EACH_SOCKET

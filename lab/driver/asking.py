"""Single requests, one after the other: to the small API, and what servers say of themselves."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from lab.driver.connection import Connection
from lab.driver.endpoint import Endpoint
from lab.driver.patience import Patience

_ABSENT = object()


class Asker:
    """Sends single requests over a connection that it keeps as long as the server does."""

    def __init__(self, endpoint: Endpoint, timeout_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        self._done = asyncio.Event()
        self._connection: Connection | None = None

    async def ask(
        self,
        method: str,
        path: str = "",
        *,
        body: Any = _ABSENT,
        headers: Mapping[str, str] | None = None,
    ) -> Connection:
        """Send one request and wait for its end; the connection knows what came of it.

        `body` is sent as JSON if there is one, None included.
        """
        fields, content = dict(headers or {}), b""
        if body is not _ABSENT:
            content = json.dumps(body).encode()
            if "content-type" not in map(str.lower, fields):
                fields["Content-Type"] = "application/json"
        connection = self._connection
        if connection is None or not connection.is_ready:
            connection = Connection(self._loop, self._endpoint, self._end, keeps_body=True)
            self._connection = connection
        self._done.clear()
        patience = Patience(self._loop, self._timeout_s, lambda: (connection,))
        try:
            connection.send(self._endpoint.request(method, path=path, headers=fields, body=content))
            await self._done.wait()
        finally:
            patience.end()
        return connection

    def close(self) -> None:
        """Close the connection that was kept."""
        if self._connection is not None:
            self._connection.close()

    def _end(self, _connection: Connection) -> None:
        self._done.set()

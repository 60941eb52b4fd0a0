"""Commands that send single requests, one after the other: ask and fetch.

They serve the small API, and reports such as /server.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from lab import addresses
from lab.driver import clock
from lab.driver.account import Account
from lab.driver.command_fields import (
    METHODS,
    Answer,
    CommandError,
    DriverCommand,
    destination,
    timeout_s,
)
from lab.driver.connection import Connection
from lab.driver.endpoint import Endpoint
from lab.driver.giving_up import AnswerDeadlines
from lab.driver.rows import Rows

_ABSENT = object()
FETCH_TIMEOUT_S = 10.0
SHOWN_CHARACTERS = 2000


class Asker:
    """Sends single requests over one connection, as long as the server keeps it open."""

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
        """Send one request and wait for its end; the returned connection has the result.

        `body`, if given, is sent as JSON; None is sent as null. `path` "" is the endpoint's own.
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
        patience = AnswerDeadlines(self._loop, self._timeout_s, lambda: (connection,))
        try:
            connection.send(self._endpoint.request(method, path=path, headers=fields, body=content))
            await self._done.wait()
        finally:
            patience.end()
        return connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()

    def _end(self, _connection: Connection) -> None:
        self._done.set()


async def ask(command: DriverCommand) -> Answer:
    """Send each request of `asks`, `times` times in a row.

    Rows have the path as their route. "answers" has the first answer to each request: status,
    content type and the first 2000 characters of the body. Raises CommandError and
    ForeignAddressError.
    """
    asks, times = _asks(command), command.whole("times", 1)
    asker = Asker(await destination(command), timeout_s(command))
    rows, routes, answers = Rows(), [], []
    account = Account()
    origin_s = clock()
    try:
        for method, path, arguments in asks:
            for number in range(times):
                ended = await asker.ask(method, path, **arguments)
                rows.add(ended, origin_s)
                routes.append(path)
                if number == 0:
                    answers.append(_shown(ended))
    finally:
        asker.close()
    account.close()
    return {
        "rows": rows.columns() | {"route": routes},
        "answers": answers,
        "driver": account.as_dict(),
    }


async def fetch(command: DriverCommand) -> Answer:
    """Send one request, with `body` as JSON if given; return status and decoded JSON body.

    A body that is not JSON becomes None. Raises CommandError where no answer came, and
    ForeignAddressError.
    """
    method = command.one_of("method", METHODS, "GET")
    asker = Asker(await destination(command), timeout_s(command, FETCH_TIMEOUT_S))
    body = command.any("body")
    arguments = {} if body is None else {"body": body}
    try:
        ended = await asker.ask(method, **arguments)
    finally:
        asker.close()
    if ended.error and not ended.error.startswith("answered "):
        raise CommandError(f"{command.text('url')}: {ended.error}")
    try:
        return {"status": ended.status, "json": json.loads(ended.text)}
    except ValueError:
        return {"status": ended.status, "json": None}


def _asks(command: DriverCommand) -> list[tuple[str, str, dict[str, Any]]]:
    # Method, path and other arguments. All are checked before the first request is sent.
    asks = command.any("asks")
    if not isinstance(asks, list) or not asks or not all(isinstance(each, dict) for each in asks):
        raise CommandError("ask: asks: expected a list of objects")
    each = [DriverCommand({"do": "ask"} | ask) for ask in asks]
    return [(ask.one_of("method", METHODS, "GET"), _path(ask), _arguments(ask)) for ask in each]


def _path(ask: DriverCommand) -> str:
    path = ask.text("path")
    if not path.startswith("/"):
        raise CommandError(f"ask: path={path!r}: expected one that begins with /")
    addresses.refuse_foreign(f"http://localhost{path}")
    return path


def _arguments(ask: DriverCommand) -> dict[str, Any]:
    headers = ask.any("headers") or {}
    if not isinstance(headers, dict):
        raise CommandError(f"ask: headers={headers!r}: expected an object")
    arguments = {"body": ask.any("body")} if ask.has("body") else {}
    return arguments | {"headers": {str(name): str(headers[name]) for name in headers}}


def _shown(ended: Connection) -> Answer:
    return {
        "status": ended.status,
        "content_type": ended.headers.get(b"content-type", b"").decode("latin-1"),
        "body": ended.text[:SHOWN_CHARACTERS],
    }

"""The commands that send one request after the other: ask and fetch."""

import json
from typing import Any

from lab import addresses
from lab.driver import clock
from lab.driver.account import Account
from lab.driver.asking import Asker
from lab.driver.command import METHODS, Answer, Command, CommandError, destination, timeout_s
from lab.driver.connection import Connection
from lab.driver.rows import Rows

FETCH_TIMEOUT_S = 10.0
SHOWN_CHARACTERS = 2000


async def ask(command: Command) -> Answer:
    """Each of `asks`, `times` times; the rows have the path as their route.

    "answers" shows what the first of each was answered.
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


async def fetch(command: Command) -> Answer:
    """One request with a `body` of JSON or none; its status and its body, null if no JSON."""
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


def _asks(command: Command) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and the rest of each, all of them read before the first is sent."""
    asks = command.any("asks")
    if not isinstance(asks, list) or not asks or not all(isinstance(each, dict) for each in asks):
        raise CommandError("ask: asks: expected a list of objects")
    each = [Command({"do": "ask"} | ask) for ask in asks]
    return [(ask.one_of("method", METHODS, "GET"), _path(ask), _arguments(ask)) for ask in each]


def _path(ask: Command) -> str:
    path = ask.text("path")
    if not path.startswith("/"):
        raise CommandError(f"ask: path={path!r}: expected one that begins with /")
    addresses.refuse_foreign(f"http://localhost{path}")
    return path


def _arguments(ask: Command) -> dict[str, Any]:
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

"""What a target is, in two sentences, from its own answer at /server. For example:

flask-svc is Flask 3.1 on gunicorn 23.0: 4 sync workers, so 4 requests at a time; a 5th waits
in the accept queue. It calls the upstream with httpx, 100 connections for each worker, so
400 calls at a time.
"""

from collections.abc import Mapping
from typing import Any

from lab.rounded import count, counted

NAMES = {"flask": "Flask", "fastapi": "FastAPI", "starlette": "Starlette"}
Told = Mapping[str, Any]


def words(told: Told) -> str:
    """Return the sentences for an answer of /server. Raises KeyError for a missing key."""
    framework, server = told["framework"], told["server"]
    return (
        f"{told['target']} is {NAMES[framework['name']]} {_short(framework['version'])} "
        f"on {server['name']} {_short(server['version'])}: "
        f"{_of_flask(told) if framework['name'] == 'flask' else _of_fastapi(told)}. "
        f"It calls the upstream with {_client(told)}."
    )


def _of_flask(told: Told) -> str:
    own = told["settings"]
    # Calls wait for the client's pool inside of a slot; of the routes, an async view has no pool.
    slots = told["slots"]["async-io"]
    threads = counted(own["threads"], "thread")
    where = "the accept queue"
    match told["worker_class"]:
        case "sync":
            return f"{_workers(told, 'sync worker')}, {_so(slots, where)}"
        case "gevent":
            has = counted(own["connections"], "greenlet")
        case "gthread" | "granian":
            has = threads
            # A worker with more connections than threads takes requests that then wait in it.
            where = where if own["connections"] <= own["threads"] else "a worker"
        case _:
            has, where = f"an event loop before {threads}", "a worker"
    return f"{_workers(told)} with {has}{_each(told)}, {_so(slots, where)}"


def _of_fastapi(told: Told) -> str:
    loops = f"{_workers(told)} with an event loop{_each(told)}, without a limit of requests"
    if told["framework"]["name"] == "starlette":
        return loops  # its app has no plain def route
    threads = counted(told["threads"], "thread")
    where = "" if told["workers"] == 1 else " in each worker"
    slots = told["workers"] * told["threads"]
    return f"{loops}; plain def routes have {threads}{where}, {_so(slots)}"


def _client(told: Told) -> str:
    client = told["client"]
    name, transport, connections = client["name"], client["transport"], client["connections"]
    by = name if transport == name else f"{name} over {transport}"
    if client["lifetime"] == "request":
        return f"{by}, which connects again for each request"
    if connections is None:
        return f"{by}, without a limit of connections"
    calls = counted(told["workers"] * connections, "call")
    return f"{by}, {counted(connections, 'connection')} for each worker, so {calls} at a time"


def _workers(told: Told, noun: str = "worker") -> str:
    return counted(told["workers"], noun)


def _each(told: Told) -> str:
    return "" if told["workers"] == 1 else " each"


def _so(slots: int, where: str = "") -> str:
    """For example "so 4 requests at a time; a 5th waits in the accept queue"."""
    most = f"so {counted(slots, 'request')} at a time"
    return f"{most}; {_one_more(slots + 1)} waits in {where}" if where else most


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _one_more(number: int) -> str:
    """For example "a 5th", "an 8th" and "a 101st"."""
    digits = count(number)
    first = digits.partition(",")[0]
    article = "an" if first.startswith("8") or first in ("11", "18") else "a"
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{article} {digits}{({1: 'st', 2: 'nd', 3: 'rd'}).get(last, 'th')}"

"""Three small exercises for tests, with a short upstream delay."""

import textwrap
from pathlib import Path
from typing import Any

LOAD = """
question = "?"
explains = "."
series = 1

measure = "makespan_s"
why_none = "what is required of it stands in exercise.toml"
tolerance = 0.1

[upstream]
delay_ms = {delay_ms}

[settings]
{settings}

[[shapes]]
name = "{shape}"

[[cells]]
shapes = ["{shape}"]
routes = ["{route}"]
load = {{ kind = "burst", requests = 4 }}

[chart]
kind = "points"
metric = "makespan_s"
"""

SLOTS = """
title = "One wave"
minutes = 5
task = \"\"\"
Four people ask at once, and flask-svc has one worker.
Answer all of them in one wave.\"\"\"
change = "settings"
settings = ["FLASK_WORKERS"]
hint = "One worker serves one request at a time."

[[require]]
cell = "flask-svc"
metric = "makespan_s"
at_most = 0.6
hint = "How many workers make one wave?"

[[require]]
cell = "flask-svc.io.burst-4"
metric = "workers"
at_most = 4
"""

CALLS = """
title = "Two calls"
minutes = 5
task = "Do not block the loop."
change = "code"
edit = ["fastapi_svc/app.py"]
hint = "Something there blocks."

[[require]]
cell = "fastapi-svc"
metric = "makespan_s"
at_most = 0.7
"""

POOL = """
title = "One pool"
minutes = 5
task = "Answer all of them with four connections."
change = "settings"
settings = ["DB_POOL", "FASTAPI_WORKERS"]
hint = "Each worker has a pool."

[[require]]
cell = "fastapi-svc"
metric = "connections"
at_most = 4
"""

APP = """
import asyncio
import os

import httpx
from fastapi import FastAPI

from fastapi_svc import server, timing
from fastapi_svc.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI()
    timing.register(app)
    headers = {{"X-Caller": settings.target}}
    client = httpx.Client(base_url=settings.upstream_url, headers=headers)
    asynchronous = httpx.AsyncClient(base_url=settings.upstream_url, headers=headers)

    @app.get("/own")
    async def own() -> object:
{body}

    @app.get("/server")
    async def describe_server() -> object:
        return server.describe(settings)

    return app


def from_environ() -> FastAPI:
    return create_app(Settings.from_env(os.environ))
"""

BLOCKS = 'return client.get("/call").json()'
AWAITS = 'return (await asynchronous.get("/call")).json()'


def app(body: str) -> str:
    """Return a fastapi_svc/app.py with one route, /own, that has this body."""
    return APP.format(body=textwrap.indent(textwrap.dedent(body).strip(), " " * 8)).lstrip()


def broken_app(line: str) -> str:
    """Return the start app with a last line that makes its import fail."""
    return f"{app(BLOCKS)}\n{line}\n"


def slots(folder: Path, toml: str = SLOTS, **load: Any) -> Path:
    """Write 01-slots, about a setting: the right number of workers is 4."""
    return written(
        folder / "01-slots",
        {
            "exercise.toml": toml,
            "load.toml": loaded(shape="flask-svc", route="io", **load),
            "start/env": "FLASK_WORKERS=1\n",
            "solution/env": "FLASK_WORKERS=4\n",
        },
    )


def pool(folder: Path, toml: str = POOL, **load: Any) -> Path:
    """Write 03-pool, about connections to the database: one pool of 4 is right."""
    return written(
        folder / "03-pool",
        {
            "exercise.toml": toml,
            "load.toml": loaded(shape="fastapi-svc", route="async-db-wait", **load),
            "start/env": "FASTAPI_WORKERS=2\nDB_POOL=4\n",
            "solution/env": "FASTAPI_WORKERS=1\nDB_POOL=4\n",
        },
    )


def calls(folder: Path, toml: str = CALLS, **load: Any) -> Path:
    """Write 02-calls, about code: /own of fastapi-svc must wait without blocking its one worker."""
    given = {"settings": 'FASTAPI_WORKERS = "1"'} | load
    return written(
        folder / "02-calls",
        {
            "exercise.toml": toml,
            "load.toml": loaded(shape="fastapi-svc", route="own", **given),
            "start/fastapi_svc/app.py": app(BLOCKS),
            "solution/fastapi_svc/app.py": app(AWAITS),
        },
    )


def loaded(*, shape: str, route: str, delay_ms: int = 300, settings: str = "") -> str:
    """Return a load.toml with one cell: a burst of four."""
    return LOAD.format(shape=shape, route=route, delay_ms=delay_ms, settings=settings)


def written(folder: Path, files: dict[str, str]) -> Path:
    """Write the files into the folder; return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder

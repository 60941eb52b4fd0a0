"""The FastAPI service without a client: it sleeps instead of asking the upstream.

Run as `python -m bench.services.sleeping`, with the settings of the service.
"""

import asyncio
import os
from unittest.mock import patch

import uvicorn
from fastapi import FastAPI

from bench.upstream.servers import DELAY_MS
from fastapi_svc import timing
from fastapi_svc.__main__ import main as become_server
from fastapi_svc.answers import Delay
from fastapi_svc.app import create_app
from fastapi_svc.settings import Settings
from fastapi_svc.upstream import HttpUpstream


class SleepingUpstream(HttpUpstream):
    """Returns the mock upstream's answer after the same delay."""

    async def call_async(self) -> list[Delay]:
        with timing.waiting():
            await asyncio.sleep(DELAY_MS / 1000)
        return [{"delay_ms": float(DELAY_MS)}]


def from_environ() -> FastAPI:
    """The service's app with a sleeping upstream; each worker calls this once."""
    settings = Settings.from_env(os.environ)
    return create_app(settings, upstream=SleepingUpstream(settings))


def main() -> None:
    """Start the service with this app in place of its own, in the same server shape."""
    with patch.object(uvicorn, "run") as asked:
        become_server()
    uvicorn.run("bench.services.sleeping:from_environ", **asked.call_args.kwargs)


if __name__ == "__main__":
    main()

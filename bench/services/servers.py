"""Runs each variant as a service on a free port."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench.services.variants import Variant
from bench.upstream.servers import Server, free_port, running
from lab import burst, environment

READY_S = 30
REQUESTS_PER_WORKER = 50  # enough that each worker answers at least one


def shipped() -> dict[str, str]:
    """The settings in .env. Shell and .env.local are ignored: the shipped settings are measured."""
    return environment.read(environment.ROOT / ".env")


@contextmanager
def service(variant: Variant, upstream: Server) -> Iterator[Server]:
    """Run the variant; returns once all its workers answer."""
    settings = {
        "FASTAPI_WORKERS": str(variant.workers),
        "UPSTREAM_URL": upstream.url,
        **variant.settings,
    }
    with as_shipped(variant.name, variant.module, settings) as server:
        _await_workers(server, variant.workers)
        yield server


@contextmanager
def as_shipped(name: str, module: str, settings: Mapping[str, str]) -> Iterator[Server]:
    """Run `python -m module` as it ships, except for `settings`, with its own data folder."""
    port = int(settings.get("LISTEN_PORT", "0")) or free_port()
    with tempfile.TemporaryDirectory() as folder:
        own = {"LISTEN_HOST": "127.0.0.1", "LISTEN_PORT": str(port), "DATA_DIR": folder}
        # Later mappings win: .env over the shell, the variant's settings over both.
        environ = {**os.environ, **shipped(), **own, **settings}
        with running(name, [sys.executable, "-m", module], port, environ) as server:
            yield server


def _await_workers(server: Server, workers: int) -> None:
    # uvicorn listens before its workers are ready.
    give_up_s = time.monotonic() + READY_S
    pids: set[int | None] = set()
    while time.monotonic() < give_up_s:
        samples = asyncio.run(
            burst.send(
                f"{server.url}/healthz",
                workers * REQUESTS_PER_WORKER,
                target=server.name,
                route="healthz",
                timeout_s=READY_S,
            )
        )
        pids |= {sample.worker_pid for sample in samples if not sample.error}
        if len(pids) == workers:
            return
    raise RuntimeError(f"{server.name}: {len(pids)} of {workers} workers answered in {READY_S} s")

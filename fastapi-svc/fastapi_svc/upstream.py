"""The clients to the upstream: one sync and one async, with the same settings.

Both are httpx. The async client can use the connection pool of aiohttp or httpx2, because
httpx's own pool needs time per request in proportion to the waiting requests: with it, a burst
of 1,000 on one worker takes many seconds instead of one.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self
from urllib.parse import quote

import httpx

from fastapi_svc import counts, timing
from fastapi_svc.answers import Delay, Weather
from fastapi_svc.problems import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from fastapi_svc.settings import Settings
from fastapi_svc.transport import aiohttp_transport

MAX_IDLE = 20  # httpx's default for the idle connections of a limited pool


class HttpUpstream:
    """The upstream over HTTP; every call returns the upstream's answers.

    `async with` makes the worker's clients, and closes them at its end. A call raises
    UpstreamError, UpstreamTimeout or UpstreamUnreachable.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Building a context costs about 15 ms of processor time, so each worker builds one.
        self._ssl = ssl.create_default_context()

    async def __aenter__(self) -> Self:
        # Threads may share an httpx.Client, and a worker has one event loop: one client of each
        # kind is enough.
        self._shared = self._client()
        self._async_shared = self._async_client()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._shared.close()
        await self._async_shared.aclose()

    def call(self, parts: int) -> list[Delay]:
        """Ask `parts` times in sequence, each time for an equal share of the delay."""
        with timing.waiting(), self._lent() as client:
            return [self._get(client, f"/call?share={1 / parts}") for _ in range(parts)]

    async def call_async(self) -> list[Delay]:
        """Ask once, for the whole delay."""
        return await self.call_concurrently(1)

    async def call_concurrently(self, parts: int) -> list[Delay]:
        """Ask `parts` times concurrently, each time for an equal share of the delay."""
        with timing.waiting():
            async with self._async_lent() as client:
                calls = [self._get_async(client, f"/call?share={1 / parts}") for _ in range(parts)]
                return await all_of(calls)

    async def weather(self, city: str) -> Weather:
        """Return the weather in `city`, after the whole delay."""
        with timing.waiting():
            async with self._async_lent() as client:
                path = f"/weather/{quote(city, safe='')}"
                weather: Weather = await self._get_async(client, path)
                return weather

    def _get(self, client: httpx.Client, path: str) -> Any:
        with counts.own().during(counts.CALLS), problems_told(self._settings):
            return answer_of(client.get(path))

    async def _get_async(self, client: httpx.AsyncClient, path: str) -> Any:
        with counts.own().during(counts.CALLS), problems_told(self._settings):
            return answer_of(await client.get(path))

    @contextmanager
    def _lent(self) -> Iterator[httpx.Client]:
        # The worker's client, or a new one with CLIENT_LIFETIME=request.
        if self._settings.client_lifetime == "worker":
            yield self._shared
        else:
            with self._client() as client:
                yield client

    @asynccontextmanager
    async def _async_lent(self) -> AsyncIterator[httpx.AsyncClient]:
        if self._settings.client_lifetime == "worker":
            yield self._async_shared
        else:
            async with self._async_client() as client:
                yield client

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._settings.upstream_url,
            headers={"X-Caller": self._settings.target},
            timeout=timeouts(self._settings),
            limits=limits(self._settings),
            verify=self._verify(),
            trust_env=False,
        )

    def _async_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._settings.upstream_url,
            headers={"X-Caller": self._settings.target},
            timeout=timeouts(self._settings),
            transport=async_transport(self._settings, self._verify()),
            trust_env=False,
        )

    def _verify(self) -> ssl.SSLContext | bool:
        # True makes httpx build a context for each client, as tutorials do.
        return self._ssl if self._settings.client_lifetime == "worker" else True


async def all_of(calls: list[Coroutine[Any, Any, Delay]]) -> list[Delay]:
    """Run the calls concurrently and return their answers in order.

    The first failure cancels the other calls and is raised; after `asyncio.gather` they would
    continue without a waiter.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def timeouts(settings: Settings) -> httpx.Timeout:
    """Return the timeout of each step of a call, in seconds."""
    return httpx.Timeout(
        connect=settings.upstream_connect_timeout_s,
        read=settings.upstream_timeout_s,
        write=settings.upstream_timeout_s,
        pool=settings.client_pool_timeout_s,
    )


def limits(settings: Settings) -> httpx.Limits:
    """Return the limits of a client's pool: open connections, idle connections, idle time."""
    connections = settings.client_connections or None  # None: no limit
    return httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections and min(connections, MAX_IDLE),
        keepalive_expiry=settings.client_keep_alive_s,
    )


def async_transport(settings: Settings, verify: ssl.SSLContext | bool) -> httpx.AsyncBaseTransport:
    """Return the async client's transport, with the connection pool of CLIENT_TRANSPORT."""
    if settings.client_transport == "httpx":
        return httpx.AsyncHTTPTransport(verify=verify, limits=limits(settings), trust_env=False)
    if settings.client_transport == "httpx2":
        from fastapi_svc.httpx2_transport import Httpx2Transport  # here: it costs 2 MB

        return Httpx2Transport(verify=verify, limits=limits(settings))
    return aiohttp_transport(settings, verify)


def answer_of(response: httpx.Response) -> Any:
    """Return the body of an answer with status 200. Raises UpstreamError for any other status."""
    if response.status_code != 200:
        raise UpstreamError(f"the upstream answered {response.status_code}")
    return response.json()


@contextmanager
def problems_told(settings: Settings) -> Iterator[None]:
    """Raise httpx's transport errors as UpstreamTimeout or UpstreamUnreachable."""
    try:
        yield
    except httpx.PoolTimeout as error:
        raise UpstreamTimeout(
            f"no free connection to the upstream in {settings.client_pool_timeout_s:g} s"
        ) from error
    except httpx.ReadTimeout as error:
        raise UpstreamTimeout(
            f"no answer from the upstream in {settings.upstream_timeout_s:g} s"
        ) from error
    except httpx.TimeoutException as error:
        raise UpstreamTimeout(
            f"no connection to the upstream in {settings.upstream_connect_timeout_s:g} s"
        ) from error
    except httpx.TransportError as error:
        raise UpstreamUnreachable(
            f"the upstream at {settings.upstream_url} refused or broke the connection"
        ) from error

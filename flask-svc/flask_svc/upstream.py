"""The client to the upstream: one sync and one async, of the same settings.

Both are httpx. The async one can run on another's connection pool, aiohttp's or
httpx2's, because httpx's own spends time on each request in proportion to the requests
that wait: a burst of 1,000 on one worker then takes many seconds instead of one.
"""

import asyncio
import ssl
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from flask_svc import timing
from flask_svc.problems import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from flask_svc.settings import Settings
from flask_svc.transport import aiohttp_transport

MAX_IDLE = 20  # what httpx keeps of a limited pool, unless told otherwise

Answer = dict[str, Any]


class HttpUpstream:
    """The upstream over HTTP. Its calls return what it answered, or raise an Upstream* problem."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Costs some 15 ms of processor time to build: once in a worker, not once in a client.
        self._ssl = ssl.create_default_context()
        # httpx lets threads share a Client, so each worker has one.
        self._shared = self._client()

    def call(self, parts: int) -> list[Answer]:
        """Ask `parts` times, one after the other, each for an equal share of the delay."""
        with timing.waiting(), self._lent() as client:
            return [self._get(client, f"/call?share={1 / parts}") for _ in range(parts)]

    async def call_async(self) -> list[Answer]:
        """Ask once, for the whole delay."""
        return await self.call_concurrently(1)

    async def call_concurrently(self, parts: int) -> list[Answer]:
        """Ask `parts` times at once, each for an equal share of the delay."""
        # Flask runs every async view in an event loop of its own, and a client belongs
        # to the loop it was first used in: so each request needs a new one.
        with timing.waiting():
            async with self._async_client() as client:
                calls = [self._get_async(client, f"/call?share={1 / parts}") for _ in range(parts)]
                return await all_of(calls)

    def weather(self, city: str) -> Answer:
        """The weather in `city`, after the whole delay."""
        with timing.waiting(), self._lent() as client:
            return self._get(client, f"/weather/{quote(city, safe='')}")

    def _get(self, client: httpx.Client, path: str) -> Answer:
        with problems_told(self._settings):
            return answer_of(client.get(path))

    async def _get_async(self, client: httpx.AsyncClient, path: str) -> Answer:
        with problems_told(self._settings):
            return answer_of(await client.get(path))

    @contextmanager
    def _lent(self) -> Iterator[httpx.Client]:
        """The worker's client, or one for this request alone."""
        if self._settings.client_lifetime == "worker":
            yield self._shared
        else:
            with self._client() as client:
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
        """True makes httpx build a context for each client, as tutorials have it."""
        return self._ssl if self._settings.client_lifetime == "worker" else True


async def all_of(calls: list[Coroutine[Any, Any, Answer]]) -> list[Answer]:
    """The answers of calls made at once; the first failure ends the others and is raised.

    `asyncio.gather` would let the others run on, with nobody waiting for them.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def timeouts(settings: Settings) -> httpx.Timeout:
    """How long each step of a call may take."""
    return httpx.Timeout(
        connect=settings.upstream_connect_timeout_s,
        read=settings.upstream_timeout_s,
        write=settings.upstream_timeout_s,
        pool=settings.client_pool_timeout_s,
    )


def limits(settings: Settings) -> httpx.Limits:
    """How many connections a client opens, and how long it keeps idle ones."""
    connections = settings.client_connections or None  # None: no limit
    return httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections and min(connections, MAX_IDLE),
        keepalive_expiry=settings.client_keep_alive_s,
    )


def async_transport(settings: Settings, verify: ssl.SSLContext | bool) -> httpx.AsyncBaseTransport:
    """What carries the async client's requests: whose connection pool."""
    if settings.client_transport == "httpx":
        return httpx.AsyncHTTPTransport(verify=verify, limits=limits(settings), trust_env=False)
    if settings.client_transport == "httpx2":
        from flask_svc.httpx2_transport import Httpx2Transport  # no memory for it otherwise

        return Httpx2Transport(verify=verify, limits=limits(settings))
    return aiohttp_transport(settings, verify)


def answer_of(response: httpx.Response) -> Answer:
    """The body of a good answer; UpstreamError for any other."""
    if response.status_code != 200:
        raise UpstreamError(f"the upstream answered {response.status_code}")
    answer: Answer = response.json()
    return answer


@contextmanager
def problems_told(settings: Settings) -> Iterator[None]:
    """Turn what the client raises into a problem that says what the upstream did."""
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

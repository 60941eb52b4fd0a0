"""aiohttp's connection pool behind httpx's interface."""

import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from fastapi_svc.settings import Settings


def aiohttp_transport(settings: Settings, verify: ssl.SSLContext | bool) -> AiohttpTransport:
    """A transport with this service's limits, which sends every request once."""
    context = httpx.create_ssl_context(verify=verify, trust_env=False)

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=settings.client_connections,  # 0: no limit
                keepalive_timeout=settings.client_keep_alive_s,
                ssl=context,
            ),
            middlewares=(partial(send_once, settings),),
        )

    return AiohttpTransport(client=session, verify=context)


async def send_once(
    settings: Settings,
    request: aiohttp.ClientRequest,
    handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """Report errors as httpx does, and keep aiohttp from repeating a GET by itself.

    Repeated, the upstream would count one call twice and a failure would pass
    unseen; and httpx-aiohttp 0.2.0 reports a lost connection as a time-out, and no
    free connection as one that cannot be made.
    """
    began_s = monotonic()
    try:
        return await handler(request)
    except aiohttp.ConnectionTimeoutError as error:
        # Which of the two it was, only the time tells; loops round theirs by a millisecond.
        if monotonic() - began_s > settings.client_pool_timeout_s - 0.01:
            raise httpx.PoolTimeout(str(error)) from error
        raise httpx.ConnectTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.ReadError(str(error)) from error

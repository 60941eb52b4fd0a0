"""aiohttp's connection pool behind httpx's interface."""

import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from flask_svc.settings import Settings


def aiohttp_transport(settings: Settings, verify: ssl.SSLContext | bool) -> AiohttpTransport:
    """Return a transport with this service's limits that sends every request once."""
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
    """Raise httpx's errors, and keep aiohttp from repeating a GET after a broken connection.

    A repeated GET would make the upstream count one call twice and would hide a failure.
    The errors need a translation because httpx-aiohttp 0.2.0 reports a lost connection as a
    timeout, and a full pool as a connection that cannot be made.
    """
    began_s = monotonic()
    try:
        return await handler(request)
    except aiohttp.ConnectionTimeoutError as error:
        # aiohttp raises the same error for a full pool and for a slow connect: only the
        # elapsed time tells which. 0.01 s: event loops round their timers to a millisecond.
        if monotonic() - began_s > settings.client_pool_timeout_s - 0.01:
            raise httpx.PoolTimeout(str(error)) from error
        raise httpx.ConnectTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.ReadError(str(error)) from error

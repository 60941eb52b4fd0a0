"""aiohttp's connection pool behind httpx's interface."""

import ssl
from collections.abc import Awaitable, Callable

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
            middlewares=(send_once,),
        )

    return AiohttpTransport(client=session, verify=context)


async def send_once(
    request: aiohttp.ClientRequest,
    handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """Report a lost connection as httpx does, and keep aiohttp from repeating the GET by itself.

    Repeated, the upstream would count one call twice and a failure would pass
    unseen; and httpx-aiohttp 0.2.0 reports a lost connection as a time-out.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.ReadError(str(error)) from error

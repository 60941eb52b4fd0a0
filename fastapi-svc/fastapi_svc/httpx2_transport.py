"""httpx2's connection pool behind httpx's interface.

This is a separate module because httpx2 costs a worker 2 MB of memory; only
CLIENT_TRANSPORT=httpx2 imports it.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import httpx2


class Httpx2Transport(httpx.AsyncBaseTransport):
    """An httpx transport over httpx2's pool; it sends every request once.

    The arguments have the meaning of those of `httpx.AsyncHTTPTransport`. Errors are httpx's.
    """

    def __init__(self, verify: ssl.SSLContext | bool, limits: httpx.Limits) -> None:
        self._transport = httpx2.AsyncHTTPTransport(
            verify=httpx.create_ssl_context(verify=verify, trust_env=False),
            limits=httpx2.Limits(
                max_connections=limits.max_connections,
                max_keepalive_connections=limits.max_keepalive_connections,
                keepalive_expiry=limits.keepalive_expiry,
            ),
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; its extensions carry the timeout of each step."""
        sent = httpx2.Request(
            request.method,
            str(request.url),
            headers=request.headers.raw,
            content=await request.aread(),
            extensions=request.extensions,
        )
        with errors_as_httpx_has_them():
            answer = await self._transport.handle_async_request(sent)
        return httpx.Response(
            answer.status_code,
            headers=answer.headers.raw,
            stream=Stream(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close all connections of the pool."""
        await self._transport.aclose()


class Stream(httpx.AsyncByteStream):
    """The body of an answer, streamed from httpx2 with httpx's errors."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with errors_as_httpx_has_them():
            async for part in self._answer.aiter_raw():
                yield part

    async def aclose(self) -> None:
        """Return the connection to the pool."""
        await self._answer.aclose()


@contextmanager
def errors_as_httpx_has_them() -> Iterator[None]:
    """Raise httpx2's transport errors as httpx's errors of the same name."""
    try:
        yield
    except httpx2.TransportError as error:
        kind = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from error

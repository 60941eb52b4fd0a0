"""httpx2's connection pool behind httpx's interface.

A module by itself, so that its 2 MB are in a worker's memory only where it is used.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import httpx2


class Httpx2Transport(httpx.AsyncBaseTransport):
    """A transport as httpx's own: its arguments are httpx's, and it sends every request once."""

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
        """Send it; the time-outs of each step come with it."""
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
        """Close the connections."""
        await self._transport.aclose()


class Stream(httpx.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with errors_as_httpx_has_them():
            async for part in self._answer.aiter_raw():
                yield part

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._answer.aclose()


@contextmanager
def errors_as_httpx_has_them() -> Iterator[None]:
    """Both have the same errors, under the same names."""
    try:
        yield
    except httpx2.TransportError as error:
        kind = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from error

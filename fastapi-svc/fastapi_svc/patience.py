"""uvicorn's protocols, which wait a moment for a first request before they close.

To end, uvicorn closes every connection without a request in progress. Some of them it has just
accepted, and their request is on the way or not yet read: it would be lost.
"""

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOMENT_S = 0.2
PROTOCOLS = {"h11": "fastapi_svc.patience:H11", "httptools": "fastapi_svc.patience:HttpTools"}
"""Where uvicorn finds them, by the value of ASGI_HTTP."""


class H11(H11Protocol):
    """The parser in Python."""

    def shutdown(self) -> None:
        """Close, but not before a first request had time to arrive."""
        if self.cycle is None:
            self.loop.call_later(MOMENT_S, super().shutdown)
        else:
            super().shutdown()


class HttpTools(HttpToolsProtocol):
    """The parser in C."""

    def shutdown(self) -> None:
        """Close, but not before a first request had time to arrive."""
        if self.cycle is None:
            self.loop.call_later(MOMENT_S, super().shutdown)
        else:
            super().shutdown()

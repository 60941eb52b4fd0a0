"""Where requests of a load go, and how each is written."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab import addresses

_HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One URL of the lab, its host's address looked up once however many requests follow.

    `problem` says why there is no address; requests to it then fail with that sentence.
    """

    family: int
    address: tuple[Any, ...]
    host: str
    path: str
    problem: str = ""

    def request(
        self,
        method: str = "GET",
        *,
        path: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        keep_alive: bool = True,
    ) -> bytes:
        """The bytes of a request, to `path` instead of the endpoint's own if one is given."""
        fields = {"Host": self.host, "Accept": "*/*", "User-Agent": "lab"}
        if not keep_alive:
            fields["Connection"] = "close"
        if body or method not in ("GET", "HEAD"):
            fields["Content-Length"] = str(len(body))
        fields |= headers or {}
        lines = [
            f"{method} {path or self.path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in fields.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def endpoint(url: str) -> Endpoint:
    """Look up the address of `url`; ForeignAddressError where it is not the lab's own."""
    parts = addresses.own(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host, port = parts.hostname or "", parts.port or _HTTP_PORT
    try:
        found = await _look_up(host, port)
    except OSError as error:
        return Endpoint(0, (), parts.netloc, path, f"{host}: {error.strerror}")
    # Servers of the lab listen on IPv4; localhost may name both, and in either order.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return Endpoint(family, address, parts.netloc, path)


async def _look_up(host: str, port: int) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        return list(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))

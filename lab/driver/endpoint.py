"""The destination of a load: its address, and the bytes of its requests."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab import addresses

_HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One URL of the lab. Its address is looked up once for all requests.

    `problem` is the reason where the lookup failed, else ""; requests then fail with that
    sentence.
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
        """Return the bytes of a request to `path`, or to the endpoint's own path if that is "".

        `headers` win over the default ones.
        """
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
    """Look up the address of `url`; a failed lookup is in the endpoint's `problem`.

    Raises ForeignAddressError where the address is not the lab's own.
    """
    parts = addresses.own(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host, port = parts.hostname or "", parts.port or _HTTP_PORT
    try:
        found = await _look_up(host, port)
    except OSError as error:
        return Endpoint(0, (), parts.netloc, path, f"{host}: {error.strerror}")
    # The lab's servers listen on IPv4; localhost may give IPv6 as well, and in either order.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return Endpoint(family, address, parts.netloc, path)


async def _look_up(host: str, port: int) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        return list(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))

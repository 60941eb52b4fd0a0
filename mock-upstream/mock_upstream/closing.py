"""Two special ways to close a connection: with time to read the answer, or with a reset."""

import asyncio
import socket
import struct

LINGER_S = 1.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s


def close_gently(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
    """Send the written data, then close after `LINGER_S` (1 s) of further reading.

    Closing a socket with unread data resets the connection, and a client that is still
    sending would never see the reason of the refusal.
    """
    transport.write_eof()
    loop.call_later(LINGER_S, transport.close)


def reset(transport: asyncio.Transport) -> None:
    """Close with a TCP RST, so that the client sees "connection reset" and no end of file."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()

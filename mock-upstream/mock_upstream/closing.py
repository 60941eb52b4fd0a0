"""Two ways to end a connection that are not the ordinary one."""

import asyncio
import socket
import struct

LINGER_S = 1.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s


def close_gently(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
    """Send what is written and close, but go on reading for a second.

    Closing a socket with unread data resets it, and a client that is still sending would
    never see why it was refused.
    """
    transport.write_eof()
    loop.call_later(LINGER_S, transport.close)


def reset(transport: asyncio.Transport) -> None:
    """Close with an RST, so that the client sees a reset and not an end."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()

"""Replaces the lab's addresses in pages: this machine, or the instructor's for a room.

Pages name the lab's parts by `localhost` and the ports in .env. A built page has the host of `ROOM`
and the ports of the settings.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lab import environment
from lab.runtime import RuntimeProblem
from workshop.handouts.markdown import Piece, pieces

HERE = "localhost"
_ADDRESS = re.compile(r"(?<![\w.:@-])(?:localhost|127\.0\.0\.1):(?P<port>\d+)(?!\d)")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


@dataclass(frozen=True, slots=True)
class Room:
    """Host name for addresses, and a mapping from the ports in .env to those of the settings."""

    host: str
    ports: Mapping[str, str]

    def edition(self, text: str) -> str:
        """Return a page with every address of the lab replaced.

        In console output an address is replaced by the room's host only if the command itself was
        sent there; any other command prints addresses of its own machine.
        """
        return "".join(
            self._console(each) if each.is_console else self._changed(each.text, self.host)
            for each in pieces(text)
        )

    def _console(self, block: Piece) -> str:
        lines, host = [], HERE
        for line in block.text.splitlines(keepends=True):
            if line.startswith("$ "):
                host = self.host if self._changed(line, "") != line else HERE
            lines.append(self._changed(line, host))
        return "".join(lines)

    def _changed(self, text: str, host: str) -> str:
        def change(found: re.Match[str]) -> str:
            port = self.ports.get(found["port"])
            # A port that is not the lab's stays as it is.
            return found[0] if port is None else f"{host}:{port}"

        return _ADDRESS.sub(change, text)


def room(text: str, environ: Mapping[str, str]) -> Room:
    """The room that ROOM names, "" for this machine.

    Raises RuntimeProblem where ROOM is not such an address.
    """
    if text and not is_address(text):
        raise RuntimeProblem(
            f"ROOM={text!r}: expected http:// and a host alone, for example "
            "ROOM=http://10.0.0.5; the ports come from the settings"
        )
    return Room(urlsplit(text).netloc if text else HERE, _ports(environ))


def _ports(environ: Mapping[str, str]) -> dict[str, str]:
    written = environment.read(environment.ROOT / ".env")
    names = [name for name in written if name.endswith("_PORT")]
    return {written[name]: environ.get(name, written[name]) for name in names}


def is_address(text: str) -> bool:
    """Whether `text` is http:// and a host, without port, user or path."""
    try:
        parts = urlsplit(text)
        host, is_plain = parts.hostname or "", text == f"http://{parts.netloc}"
        is_alone = parts.port is None and parts.netloc.lower() in (host, f"[{host}]")
    except ValueError:  # invalid brackets or a port that is not a number
        return False
    return is_plain and is_alone and _is_host(host)


def _is_host(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:  # a name; text that looks like an address must be one
        return _HOST.fullmatch(host) is not None and not host.replace(".", "").isdigit()

"""Where the lab's addresses lead: to this machine, or in a room's edition to the instructor's.

Pages name the lab's parts by `localhost` and the ports that .env gives them. A
built page names the ports that the settings give them, and the host of `ROOM`.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lab import environment
from lab.handouts.markdown import Piece, pieces
from lab.runtime import RuntimeProblem

HERE = "localhost"
_ADDRESS = re.compile(r"(?<![\w.:@-])(?:localhost|127\.0\.0\.1):(?P<port>\d+)(?!\d)")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


@dataclass(frozen=True, slots=True)
class Room:
    """A host as it stands in an address, and by the port of .env the port of the settings."""

    host: str
    ports: Mapping[str, str]

    def edition(self, text: str) -> str:
        """A page with every address of the lab made the room's.

        What a command prints follows the command: only a command that was itself
        sent to the instructor's machine prints an address of it.
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
            return found[0] if port is None else f"{host}:{port}"

        return _ADDRESS.sub(change, text)


def room(text: str, environ: Mapping[str, str]) -> Room:
    """The room that ROOM names, "" for this machine; RuntimeProblem where it names none."""
    return Room(_host(text) if text else HERE, _ports(environ))


def _ports(environ: Mapping[str, str]) -> dict[str, str]:
    written = environment.read(environment.ROOT / ".env")
    names = [name for name in written if name.endswith("_PORT")]
    return {written[name]: environ.get(name, written[name]) for name in names}


def _host(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, is_plain = parts.hostname or "", text == f"http://{parts.netloc}"
        is_alone = parts.port is None and parts.netloc.lower() in (host, f"[{host}]")
    except ValueError:  # brackets that hold no address, or a port that is no number
        raise _refusal(text) from None
    if not (is_plain and is_alone and _is_host(host)):
        raise _refusal(text)
    return parts.netloc


def _is_host(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:  # a name; but what looks like an address has to be one
        return _HOST.fullmatch(host) is not None and not host.replace(".", "").isdigit()


def _refusal(text: str) -> RuntimeProblem:
    return RuntimeProblem(
        f"ROOM={text!r}: expected http:// and a host alone, for example "
        "ROOM=http://10.0.0.5; the ports come from the settings"
    )

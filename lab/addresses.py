"""Where load may go, and by which names the lab may be asked. Runs on Python alone."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from lab.targets import TARGETS, UPSTREAM

_NAMES = frozenset({"localhost", UPSTREAM, *(target.name for target in TARGETS)})
# Containers that an experiment starts for itself. A dot would make it a name of the outside.
_EXPERIMENT = re.compile(r"lab-exp-[a-z0-9-]+")
# Whatever is no visible ASCII would end up in the request's first line, or be dropped on the way.
_PLAIN = re.compile(r"[!-~]+")


class ForeignAddressError(ValueError):
    """The address is none of the lab's own: neither loopback nor the name of a part of the lab."""


def own(url: str) -> SplitResult:
    """The parts of `url`, by which it is to be reached; ForeignAddressError if it is foreign."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # brackets that hold no address, or a port that is no number
        raise _refusal(url) from None
    plain = _PLAIN.fullmatch(url) is not None and parts.username is None
    if not plain or parts.scheme != "http" or not _is_own(host):
        raise _refusal(url)
    return parts


def refuse_foreign(url: str) -> None:
    """Raise ForeignAddressError unless `url` is on loopback or names a part of the lab."""
    own(url)


def may_ask(host: str, names: str = "") -> bool:
    """Whether a Host header is one of the lab's: an address, a name without a dot, or in `names`.

    A web page of a stranger can let its own name lead to this machine (DNS rebinding), and would
    then be of the lab's origin; but such a name has a dot. `names` are LAB_HOSTS, comma-separated.
    """
    name, colon, port = host.lower().rpartition(":")
    name = name if colon and port.isdigit() else host.lower()
    if name in names.lower().replace(",", " ").split() or name.endswith(".localhost"):
        return True
    if "." not in name and ":" not in name:
        return name != ""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _is_own(host: str) -> bool:
    return host in _NAMES or _EXPERIMENT.fullmatch(host) is not None or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal(url: str) -> ForeignAddressError:
    return ForeignAddressError(
        f"{url!r}: expected http:// and a loopback address or one of {', '.join(sorted(_NAMES))}"
    )

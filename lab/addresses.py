"""Allowed load addresses and allowed Host headers. Standard library only."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from lab.targets import TARGETS, UPSTREAM

_NAMES = frozenset({"localhost", UPSTREAM, *(target.name for target in TARGETS)})
# Containers that an experiment starts for itself. No dot: a dot would allow an outside host name.
_EXPERIMENT = re.compile(r"lab-exp-[a-z0-9-]+")
# Visible ASCII only: other characters would end up in the request line or be dropped on the way.
_PLAIN = re.compile(r"[!-~]+")


class ForeignAddressError(ValueError):
    """The address is not the lab's own: neither loopback nor the name of a part of the lab."""


def own(url: str) -> SplitResult:
    """Split `url` into its parts.

    Raises ForeignAddressError where the address is not the lab's own.
    """
    try:
        # `parts.port` is read here because urlsplit checks the port only on access.
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # invalid brackets or a port that is not a number
        raise _refusal(url) from None
    # A user name before "@" can make a foreign host look like one of the lab's.
    plain = _PLAIN.fullmatch(url) is not None and parts.username is None
    if not plain or parts.scheme != "http" or not _is_own(host):
        raise _refusal(url)
    return parts


def refuse_foreign(url: str) -> None:
    """Raise ForeignAddressError unless `url` is on loopback or names a part of the lab."""
    own(url)


def may_ask(host: str, names: str = "") -> bool:
    """Return True where a Host header is an IP address, has no dot, or is listed in `names`.

    `names` is the setting LAB_HOSTS, comma-separated.

    Defence against DNS rebinding: a foreign page can point its own name at this machine and would
    then count as the lab's origin. Such a name always has a dot.
    """
    name, colon, port = host.lower().rpartition(":")
    name = name if colon and port.isdigit() else host.lower()
    # Browsers resolve *.localhost to loopback themselves.
    if name in names.lower().replace(",", " ").split() or name.endswith(".localhost"):
        return True
    if "." not in name and ":" not in name:
        return name != ""
    try:
        # IPv6 literals stand in brackets in a Host header.
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

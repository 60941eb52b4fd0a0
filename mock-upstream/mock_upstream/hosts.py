"""The host names under which the dial and the statistics answer.

This is the defence against DNS rebinding: a foreign web page can point its own host name at
this machine, and its script then talks to the lab as if to its own server. Such a name
contains a dot and is no IP address.
"""

import ipaddress

from mock_upstream.problems import Problem, shown


def refuse_foreign(host: bytes, names: frozenset[str]) -> None:
    """Refuse a request whose Host header names a foreign site.

    Raises Problem (421) unless the host is an IP address, a name without a dot, a name under
    `.localhost`, or in `names`.
    """
    name = _without_port(host.decode("latin-1").lower())
    if not _is_local(name) and name not in names:
        raise Problem(
            421,
            "misdirected_request",
            f"Host: {shown(host.decode('latin-1'))}: expected an address, localhost or a name in "
            "LAB_HOSTS",
        )


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _is_local(name: str) -> bool:
    if name.endswith(".localhost") or (name and "." not in name and ":" not in name):
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True

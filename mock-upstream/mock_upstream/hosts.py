"""To which names the dial and the statistics answer.

A web page of a stranger may let its own name lead to this machine (DNS rebinding), and its
script then speaks to the lab as if to its own server. Such a name has a dot, and is no address.
"""

import ipaddress

from mock_upstream.problems import Problem, shown


def refuse_foreign(host: bytes, names: frozenset[str]) -> None:
    """Problem (421) unless the Host header is an address, a name without a dot, or in `names`."""
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

"""Parsing of a request target: path, decoded path segment, and query."""

from collections.abc import Set
from re import compile as pattern
from urllib.parse import unquote_to_bytes

import httptools

from mock_upstream.problems import Problem, bad_request, shown

_BROKEN_ESCAPE = pattern(rb"%(?![0-9A-Fa-f]{2})")


def split(target: bytes) -> tuple[bytes, bytes]:
    """Return path and query, both undecoded. Raises Problem (400) if the target is no URL."""
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        raise bad_request("target", target.decode("latin-1"), "a path such as /delay/1") from None
    return url.path or b"/", url.query or b""


def plain(text: bytes, name: str) -> str:
    """Decode percent-encoded UTF-8; `name` is for the error message.

    Raises Problem (400) for a broken escape or bytes that are not UTF-8.
    """
    try:
        if _BROKEN_ESCAPE.search(text):
            raise ValueError
        return unquote_to_bytes(text).decode()
    except ValueError:
        given = text.decode("latin-1")
        raise bad_request(name, given, "percent-encoded UTF-8") from None


def parameters(query: bytes, known: Set[str]) -> dict[str, str]:
    """Return the decoded parameters of a query, by name.

    Raises Problem (400) for a name that is not in `known`, and for a name given twice.
    """
    found: dict[str, str] = {}
    for part in query.split(b"&"):
        if not part:
            continue
        name, _, value = part.partition(b"=")
        key = plain(name, "query")
        if key not in known:
            expected = f"only {', '.join(sorted(known))}" if known else "none here"
            detail = f"{shown(key)} is an unknown query parameter: expected {expected}"
            raise Problem(400, "bad_request", detail)
        if key in found:
            raise Problem(400, "bad_request", f"{key} is given twice: expected it once")
        found[key] = plain(value.replace(b"+", b" "), key)
    return found

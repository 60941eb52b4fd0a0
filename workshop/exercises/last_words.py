"""Finds the reason of a failure in a program's output."""

import re
from collections.abc import Sequence

_ERROR = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception)\b.*")
_SETTING = re.compile(r"(?:flask|fastapi)-svc: (?P<sentence>.*)")
_FRAME = re.compile(r'\s*File "(?P<path>[^"]+)", line (?P<line>\d+)')
_BEGIN = "Traceback (most recent call last)"
# Frames of installed packages and of Python itself are not the attendee's.
_NOT_OWN = ("/site-packages/", "/lib/python", "<frozen ")


def last_error(text: str) -> str:
    """Last line that names an error, with the place in the attendee's file; "" for none.

    Servers write about their own shutdown after it, which explains nothing.
    """
    lines = text.splitlines()
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip()
        if found := _SETTING.fullmatch(line):
            return found["sentence"]
        if _ERROR.fullmatch(line):
            return line + _place(lines[:number])
    return ""


def last_line(text: str) -> str:
    """Last line that is not empty; "" for none."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _place(before: Sequence[str]) -> str:
    """Innermost frame of the traceback in the attendee's own code."""
    for line in reversed(before):
        if _BEGIN in line:
            break
        found = _FRAME.match(line)
        if found and not any(each in found["path"] for each in _NOT_OWN):
            return f" ({found['path'].rpartition('/')[2]}, line {found['line']})"
    return ""

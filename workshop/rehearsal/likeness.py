"""Compares a command's output with the page: same words, numbers within a tolerance.

Two runs never print the same digits. What must agree: the lines and their order, every word, whole
numbers up to 20 (waves, workers, slots) exactly, and other numbers within 30 %. Process ids, dates,
versions and names of results folders do not count as numbers.
"""

import re
from collections.abc import Sequence

TOLERANCE = 0.3
TOLERANCE_ABSOLUTE = 0.1
"""In the printed unit: hundredths of a second vary by chance on a busy laptop."""
EXACT_UP_TO = 20
DOTS = "..."
_TOKEN = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
_NAMELESS = (
    (re.compile(r"\b\d+\.\d+\.\d+\b"), "VERSION"),
    (re.compile(r"\b\d{8}-\d{6}(?:-\d+)?\b"), "DATE"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?\b"), "DATE"),
    (re.compile(r"\b(worker|process|pid)((?:\"?:)? *)\d+\b"), r"\1\2PID"),
    (re.compile(r"[─━═█▒░▓▏▎▍▌▋▊▉┬┤├┴┼│|]+[─━═█▒░▓▏▎▍▌▋▊▉┬┤├┴┼│| ]*"), "─"),
)


def difference(expected: Sequence[str], printed: Sequence[str]) -> str:
    """One sentence on the first line of the page that was not printed; empty where all were.

    Empty lines are ignored. Lines that are adjacent on the page must be adjacent in the output.
    """
    told = [line.strip() for line in expected if line.strip()]
    lines = [line.strip() for line in printed if line.strip()]
    if not told:
        return ""
    groups: list[list[str]] = [[]]
    for line in told:
        if line == DOTS:
            groups.append([])
        else:
            groups[-1].append(line)
    at = 0
    for number, group in enumerate(groups):
        is_last = number == len(groups) - 1
        places = range(at, len(lines) - len(group) + 1)
        # Without leading dots the output must begin with the first group.
        if number == 0:
            places = places[:1]
        # Without trailing dots the output must end with the last group.
        if is_last and group:
            places = places[-1:]
        found = next((place for place in places if _all_like(group, lines[place:])), None)
        if found is None:
            return _where(group, lines[at:])
        at = found + len(group)
    if groups[-1] and at != len(lines):
        return f"printed besides: {lines[at]!r}"
    return ""


def is_like(told: str, printed: str) -> bool:
    """Return True where one printed line matches the page."""
    told, printed = _nameless(told), _nameless(printed)
    if _words(told) != _words(printed):
        return False
    pairs = zip(_TOKEN.findall(told), _TOKEN.findall(printed), strict=True)
    return all(_is_near(*pair) for pair in pairs)


def _all_like(group: Sequence[str], lines: Sequence[str]) -> bool:
    return all(is_like(told, line) for told, line in zip(group, lines, strict=False))


def _nameless(line: str) -> str:
    for pattern, name in _NAMELESS:
        line = pattern.sub(name, line)
    return line


def _words(line: str) -> list[str]:
    return _TOKEN.sub("#", line).split()


def _is_near(told: str, printed: str) -> bool:
    a, b = (float(each.replace(",", "")) for each in (told, printed))
    is_whole = "." not in told + printed and "e" not in told + printed
    # Waves, workers and slots: these must be exact.
    if is_whole and max(a, b) <= EXACT_UP_TO:
        return a == b
    return abs(a - b) <= max(TOLERANCE * max(a, b), TOLERANCE_ABSOLUTE)


def _where(group: Sequence[str], lines: Sequence[str]) -> str:
    """The first line of the group without a match, and the most similar printed line."""
    for told in group:
        if not any(is_like(told, line) for line in lines):
            words = set(_words(_nameless(told)))
            nearest = max(
                lines, key=lambda line: len(words & set(_words(_nameless(line)))), default=""
            )
            return f"the page says {told!r}; printed was {nearest!r}"
    return (
        f"the page shows {group[0]!r} and the lines after it; "
        "printed, they are in another order or not together"
    )

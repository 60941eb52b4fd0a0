"""Cells, loads, runtimes and lists of names in words."""

from collections.abc import Sequence
from difflib import get_close_matches

from lab.experiments.experiment import Cell, Load
from lab.rounded import counted


def cell(what: Cell) -> str:
    """Cell in words, such as "flask-svc /io, 16 at once"."""
    if what.load.kind == "threads":
        return load(what.load)
    path = "" if what.load.kind == "ask" else f" {what.path}"
    return f"{what.shape}{path}, {load(what.load)}"


def load(what: Load) -> str:
    """Load in words, such as "16 at once", "100 users" or "40 per second"."""
    match what.kind:
        case "burst":
            times = f", {what.bursts} times" if what.bursts > 1 else ""
            return f"{what.requests:,} at once{times}"
        case "closed":
            return counted(what.users, "user")
        case "open":
            return f"{what.rate_rps:g} per second"
        case "hold":
            return f"{what.requests:,} held" if what.requests else "idle"
        case "sockets":
            return f"{what.requests:,} WebSockets"
        case "threads":
            return f"{what.requests:,} threads"
        case "ask":
            return f"{len(what.asks)} questions"
    return what.kind


def several(names: Sequence[str]) -> str:
    """Names in words: up to three with commas, more as "01-one-user to 22-soak"."""
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} to {names[-1]}"


def one_of(names: Sequence[str]) -> str:
    """What to choose from in words: the only name, or "one of " and the names."""
    return names[0] if len(names) == 1 else f"one of {several(names)}"


def nearest(text: str, names: Sequence[str]) -> list[str]:
    """The name that `text` is probably a misspelling of, in a list; else an empty list."""
    return get_close_matches(text, names, n=1, cutoff=0.75)


def runtime(name: str) -> str:
    """Runtime in words; an unknown name stays as it is."""
    return {"docker": "containers", "local": "local processes"}.get(name, name)

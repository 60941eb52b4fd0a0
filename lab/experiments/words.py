"""A cell, a load and a time as they are said aloud."""

from lab.experiments.experiment import Cell, Load


def cell(what: Cell) -> str:
    """Such as "flask-svc /io, 16 at once"."""
    if what.load.kind == "threads":
        return load(what.load)
    path = "" if what.load.kind == "ask" else f" {what.path}"
    return f"{what.shape}{path}, {load(what.load)}"


def load(what: Load) -> str:
    """Such as "16 at once", "100 users" or "40 per second"."""
    match what.kind:
        case "burst":
            times = f", {what.bursts} times" if what.bursts > 1 else ""
            return f"{what.requests:,} at once{times}"
        case "closed":
            return f"{what.users:,} user{'' if what.users == 1 else 's'}"
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


def runtime(name: str) -> str:
    """Where programs run."""
    return {"docker": "containers", "local": "local processes"}.get(name, name)


def seconds(time_s: float) -> str:
    """Such as "3 min 40 s"; whole seconds."""
    minutes, left = divmod(round(max(0.0, time_s)), 60)
    return f"{minutes} min {left:02} s" if minutes else f"{left} s"

"""The machine in words: what a reader needs to set the numbers beside those of another."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from lab.report.gathering import Gathered
from lab.rounded import share
from lab.verdicts.words import digits, said

RUNTIMES = {"docker": "Docker containers", "local": "local processes"}
UNKNOWN = "not known"


def date(metadata: Mapping[str, Any]) -> str:
    """The day of a run: "20 November 2026"."""
    text = metadata.get("started_at")
    if not text:
        return UNKNOWN
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%B %Y}"


def runtime(metadata: Mapping[str, Any]) -> str:
    """How the servers were started."""
    name = str(metadata.get("runtime", UNKNOWN))
    return RUNTIMES.get(name, name)


def in_short(metadata: Mapping[str, Any]) -> str:
    """Such as "2 cores, AMD EPYC, 4.1 GB"."""
    machine = metadata.get("machine") or {}
    cores = machine.get("cores")
    told = [f"{cores} core{'' if cores == 1 else 's'}" if cores else "", machine.get("cpu") or ""]
    if memory := machine.get("memory_bytes"):
        told.append(said("pss_bytes", memory))
    return ", ".join(filter(None, told)) or "an unknown machine"


def facts(gathered: Gathered) -> list[tuple[str, str]]:
    """Pairs of a name and its value, for a list."""
    metadata = gathered.metadata
    machine, git = metadata.get("machine") or {}, metadata.get("git")
    runs = [each.run.metadata for each in gathered.judged]
    found = [
        ("Processor", f"{machine.get('cpu') or UNKNOWN}, {machine.get('cores', '?')} cores"),
        ("Memory", _bytes(machine.get("memory_bytes"))),
        ("System", f"{machine.get('system') or UNKNOWN}, kernel {machine.get('kernel') or '?'}"),
        ("Python of the lab", str(machine.get("python") or UNKNOWN)),
        ("Servers ran as", runtime(metadata)),
        ("Source", _source(git)),
        ("Measured", _period(runs)),
    ]
    return [(name, value) for name, value in found if value]


def limits(gathered: Gathered) -> list[tuple[str, str]]:
    """What a load could have run into here before the servers did."""
    known = gathered.metadata.get("limits") or {}
    names = {
        "open_files": "Open files in a process",
        "somaxconn": "Connections waiting to be accepted",
        "local_ports": "Local ports",
        "processes": "Processes",
    }
    found = [
        (name, "no limit" if known.get(key) is None else f"{known[key]:,}")
        for key, name in names.items()
        if key in known
    ]
    runs = [each.run.metadata for each in gathered.judged]
    rates = [each["ceiling"]["rate_rps"] for each in runs if each.get("ceiling")]
    if rates:
        found.append(("The load driver's own ceiling", f"{digits(median(rates))} requests/s"))
    busy = [each["busy_before"] for each in runs if each.get("busy_before") is not None]
    if busy:
        found.append(
            ("Used by others before a run", f"{share(median(busy))}, at most {share(max(busy))}")
        )
    return found


def versions(gathered: Gathered) -> dict[str, str]:
    """Packages of all servers, by name."""
    found: dict[str, str] = {}
    for each in gathered.judged:
        found |= each.run.metadata.get("versions") or {}
    return dict(sorted(found.items()))


def _bytes(value: float | None) -> str:
    return "" if value is None else said("pss_bytes", value)


def _source(git: Mapping[str, Any] | None) -> str:
    if not git:
        return ""
    return str(git["commit"])[:10] + (" with changes" if git.get("changed") else "")


def _period(runs: Sequence[Mapping[str, Any]]) -> str:
    begun = [datetime.fromisoformat(each["started_at"]) for each in runs if each.get("started_at")]
    ended = [datetime.fromisoformat(each["ended_at"]) for each in runs if each.get("ended_at")]
    if not begun or not ended:
        return ""
    minutes, seconds = divmod(round((max(ended) - min(begun)).total_seconds()), 60)
    return f"{min(begun):%Y-%m-%d %H:%M} UTC, in {minutes} min {seconds:02} s"

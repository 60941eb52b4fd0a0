"""The machine in words, so that readers can compare its numbers with those of another."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from lab.report.report_data import Gathered
from lab.results import reading
from lab.rounded import byte_size, counted, digits, minutes, share

RUNTIMES = {"docker": "Docker containers", "local": "local processes"}
UNKNOWN = "not known"


def date(metadata: Mapping[str, Any]) -> str:
    """The day of a run, such as "20 November 2026"."""
    text = metadata.get("started_at")
    if not text:
        return UNKNOWN
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%B %Y}"


def runtime(metadata: Mapping[str, Any]) -> str:
    """How the servers were started, in words."""
    name = str(metadata.get("runtime", UNKNOWN))
    return RUNTIMES.get(name, name)


def in_short(metadata: Mapping[str, Any]) -> str:
    """The machine in short, such as "2 cores, AMD EPYC, 4.1 GB"."""
    machine = metadata.get("machine") or {}
    cores = machine.get("cores")
    told = [counted(cores, "core") if cores else "", machine.get("cpu") or ""]
    if memory := machine.get("memory_bytes"):
        told.append(byte_size(memory))
    return ", ".join(filter(None, told)) or "an unknown machine"


def facts(gathered: Gathered) -> list[tuple[str, str]]:
    """Return facts about the machine and the runs, as pairs of a name and a value."""
    metadata = gathered.metadata
    machine = metadata.get("machine") or {}
    runs = [each.run.metadata for each in gathered.judged]
    found = [
        ("Processor", f"{machine.get('cpu') or UNKNOWN}, {machine.get('cores', '?')} cores"),
        (
            "Memory",
            byte_size(memory) if (memory := machine.get("memory_bytes")) is not None else "",
        ),
        ("System", f"{machine.get('system') or UNKNOWN}, kernel {machine.get('kernel') or '?'}"),
        ("Python of the lab", str(machine.get("python") or UNKNOWN)),
        ("Servers ran as", runtime(metadata)),
        ("Source", reading.commit(metadata)),
        ("Measured", _period(runs)),
    ]
    return [(name, value) for name, value in found if value]


def limits(gathered: Gathered) -> list[tuple[str, str]]:
    """Return what could limit a load before the servers do, as pairs of a name and a value."""
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
    """Versions of the packages of all servers, by name."""
    found: dict[str, str] = {}
    for each in gathered.judged:
        found |= each.run.metadata.get("versions") or {}
    return dict(sorted(found.items()))


def _period(runs: Sequence[Mapping[str, Any]]) -> str:
    begun = [datetime.fromisoformat(each["started_at"]) for each in runs if each.get("started_at")]
    ended = [datetime.fromisoformat(each["ended_at"]) for each in runs if each.get("ended_at")]
    if not begun or not ended:
        return ""
    took_s = (max(ended) - min(begun)).total_seconds()
    return f"{min(begun):%Y-%m-%d %H:%M} UTC, in {minutes(took_s)}"

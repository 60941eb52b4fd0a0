"""The machine in words, so that readers can compare its numbers with those of another."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from lab.report.report_data import Gathered
from lab.results import reading
from lab.rounded import byte_size, counted, digits, listed, minutes, share

RUNTIMES = {"docker": "Docker containers", "local": "local processes"}
UNKNOWN = "unknown"


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
        ("Python of the servers", _pythons(runs)),
        ("Servers ran as", runtime(metadata)),
        ("Source", listed(list(dict.fromkeys(filter(None, map(reading.commit, runs)))))),
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
    ceilings = {
        "ceiling": "The load driver's own ceiling",
        "upstream_ceiling": "The upstream's own ceiling",
    }
    for key, name in ceilings.items():
        if rates := [each[key]["rate_rps"] for each in runs if each.get(key)]:
            found.append((name, f"{digits(median(rates))} requests/s"))
    busy = [each["busy_before"] for each in runs if each.get("busy_before") is not None]
    if busy:
        found.append(
            ("Used by others beside a series", f"{share(median(busy))}, at most {share(max(busy))}")
        )
    return found


def versions(gathered: Gathered) -> dict[str, str]:
    """Versions of the servers' packages, by name; several where the servers differ.

    A server's own list counts. Where it has none, the run's list does.
    """
    found: dict[str, set[str]] = {}
    for each in gathered.judged:
        servers = [server or {} for server in (each.run.metadata.get("servers") or {}).values()]
        lists = [server["packages"] for server in servers if server.get("packages")]
        for packages in lists or [each.run.metadata.get("versions") or {}]:
            for name, version in packages.items():
                found.setdefault(name, set()).add(version)
    return {name: ", ".join(sorted(found[name])) for name in sorted(found, key=str.casefold)}


def changed_runs(gathered: Gathered) -> str:
    """Return a sentence with the runs whose sources differed from their commit; "" for none."""
    numbers = [
        each.number
        for each in gathered.judged
        if (git := each.run.metadata.get("git") or {}).get("changed_sources", git.get("changed"))
    ]
    if not numbers:
        return ""
    which = "all experiments"
    if len(numbers) < len(gathered.judged):
        which = f"experiment{'s' if len(numbers) > 1 else ''} {listed(numbers)}"
    return f"When {which} ran, sources differed from the commit: nobody can repeat that exactly."


def _pythons(runs: Sequence[Mapping[str, Any]]) -> str:
    servers = [server or {} for each in runs for server in (each.get("servers") or {}).values()]
    found = sorted({str(server["python"]) for server in servers if server.get("python")})
    return listed(found) or UNKNOWN


def _period(runs: Sequence[Mapping[str, Any]]) -> str:
    begun = [datetime.fromisoformat(each["started_at"]) for each in runs if each.get("started_at")]
    ended = [datetime.fromisoformat(each["ended_at"]) for each in runs if each.get("ended_at")]
    if not begun or not ended:
        return ""
    took_s = (max(ended) - min(begun)).total_seconds()
    return f"{min(begun):%Y-%m-%d %H:%M} UTC, in {minutes(took_s)}"

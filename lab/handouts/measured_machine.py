"""The sentence that says where the numbers of a page come from."""

from pathlib import Path

from lab.environment import ROOT
from lab.report.gathering import Gathered

RUNTIMES = {"docker": "in containers", "local": "as local processes"}


def machine(gathered: Gathered) -> str:
    """Such as "From a run on a machine with 2 cores, in containers, on 2026-11-20 (`...`)."""
    metadata = gathered.metadata
    cores = (metadata.get("machine") or {}).get("cores")
    runtime = RUNTIMES.get(str(metadata.get("runtime")), "")
    day = str(metadata.get("started_at") or "")[:10]
    with_cores = f" with {cores} core{'' if cores == 1 else 's'}" if cores else ""
    told = [
        f"From a {'quick ' if gathered.quick else ''}run on a machine{with_cores}",
        runtime,
        f"on {day}" if day else "",
    ]
    return f"{', '.join(filter(None, told))} (`{_named(gathered.folder)}`)."


def _named(folder: Path) -> str:
    """Its path in the repository; outside of it only its name."""
    folder = folder.resolve()
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else folder.name

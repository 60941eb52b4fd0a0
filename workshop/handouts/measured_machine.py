"""The sentence that names the source of a page's numbers."""

from pathlib import Path

from lab.environment import ROOT
from lab.report.report_data import Gathered
from lab.rounded import counted

RUNTIMES = {"docker": "in containers", "local": "as local processes"}


def machine(gathered: Gathered) -> str:
    """For example "From a run on a machine with 2 cores, in containers, on 2026-11-20 (`...`)." """
    metadata = gathered.metadata
    cores = (metadata.get("machine") or {}).get("cores")
    runtime = RUNTIMES.get(str(metadata.get("runtime")), "")
    day = str(metadata.get("started_at") or "")[:10]
    with_cores = f" with {counted(cores, 'core')}" if cores else ""
    told = [
        f"From a {'quick ' if gathered.quick else ''}run on a machine{with_cores}",
        runtime,
        f"on {day}" if day else "",
    ]
    return f"{', '.join(filter(None, told))} (`{_named(gathered.folder)}`)."


def _named(folder: Path) -> str:
    """Path inside the repository; for a folder outside only its name."""
    folder = folder.resolve()
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else folder.name

"""Judge a stored run again from its files and compare the result with the stored verdicts."""

import sys
from collections.abc import Mapping
from math import isclose
from pathlib import Path
from typing import Any

from lab.results import reading
from lab.results.reading import RunUnreadableError
from lab.running import run_screen
from lab.verdicts import verdict_files
from lab.verdicts.judge import ExperimentVerdict, judge
from lab.verdicts.summary import Summary, summarize

AGREE, DIFFER, UNREADABLE = 0, 1, 2


def check_run(folder: Path) -> int:
    """Judge the run in `folder`, or each run of a report, and print the result. Writes nothing.

    Returns 0 where everything agrees with the stored files, 1 where something differs, 2 where
    nothing can be read.
    """
    try:
        codes = [_check(each) for each in reading.runs(folder)]
    except RunUnreadableError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return UNREADABLE
    # The worst result of all runs decides: DIFFER (1) over AGREE (0).
    return max(codes)


def differences(
    stored: tuple[Summary, ExperimentVerdict], now: tuple[Summary, ExperimentVerdict]
) -> list[str]:
    """Compare stored summary and verdict with the new ones; one line per difference."""
    return [
        *_apart(
            verdict_files.summary_as_dict(stored[0]),
            verdict_files.summary_as_dict(now[0]),
            verdict_files.SUMMARY,
        ),
        *_apart(
            verdict_files.verdict_as_dict(stored[1]),
            verdict_files.verdict_as_dict(now[1]),
            verdict_files.VERDICT,
        ),
    ]


def _check(folder: Path) -> int:
    run = reading.read(folder)
    summary = summarize(run)
    verdict = judge(run, summary)
    print(f"{run.experiment.name}, judged from {folder}")
    print(run_screen.table(run, summary, verdict))
    missing = [
        each
        for each in (verdict_files.SUMMARY, verdict_files.VERDICT)
        if not (folder / each).exists()
    ]
    if missing:
        print(f"nothing to compare with: {' and '.join(missing)} not there")
        return DIFFER
    found = differences(
        (verdict_files.read_summary(folder), verdict_files.read_verdict(folder)), (summary, verdict)
    )
    for each in found:
        print(f"differs: {each}")
    if not found:
        print(f"same as stored in {verdict_files.SUMMARY} and {verdict_files.VERDICT}")
    return DIFFER if found else AGREE


def _apart(stored: Any, now: Any, place: str) -> list[str]:
    """Differences of two JSON values.

    Numbers that differ by less than 1e-6 relative count as equal.
    """
    if isinstance(stored, Mapping) and isinstance(now, Mapping):
        # A sentinel, because None is a valid stored value.
        missing = object()
        return [
            each
            for key in dict.fromkeys([*stored, *now])
            for each in _apart(stored.get(key, missing), now.get(key, missing), f"{place}: {key}")
        ]
    if isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        return [each for a, b in zip(stored, now, strict=True) for each in _apart(a, b, place)]
    if isinstance(stored, float | int) and isinstance(now, float | int):
        # Float results may differ in the last digits.
        if isclose(stored, now, rel_tol=1e-6):
            return []
        return [f"{place}: stored {stored:g}, now {now:g}"]
    return [] if stored == now else [f"{place}: stored {_shown(stored)}, now {_shown(now)}"]


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | list | float | int | None) else "nothing"
